"""How much a message matters, for services that ring louder or show colours by it."""

from enum import StrEnum

from uptime.domain.heartbeat import Status
from uptime.domain.notification import Notification, Occasion


class Severity(StrEnum):
    """From worst to best."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


OF_OCCASION = {
    Occasion.DOWN: Severity.CRITICAL,
    Occasion.RECOVERED: Severity.INFO,
    Occasion.DEGRADED: Severity.WARNING,
    Occasion.STILL_DOWN: Severity.CRITICAL,
    Occasion.ACKNOWLEDGED: Severity.INFO,
    Occasion.FLAPPING: Severity.WARNING,
    Occasion.CERTIFICATE: Severity.WARNING,
    Occasion.OPERATOR: Severity.ERROR,
    Occasion.TEST: Severity.INFO,
}

OF_STATUS = {Status.DOWN: Severity.CRITICAL, Status.DEGRADED: Severity.WARNING}


def severity(notification: Notification) -> Severity:
    """That of its occasion; several changes matter as much as the worst of them."""
    if notification.occasion is not Occasion.SEVERAL:
        return OF_OCCASION[notification.occasion]
    found = {OF_STATUS.get(line.status, Severity.INFO) for line in notification.lines}
    return next((worst for worst in Severity if worst in found), Severity.INFO)
