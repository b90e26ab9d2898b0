"""What can be wrong with what people have set up: monitors that cannot be checked, channels that tell nobody."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from uptime.config import Settings
from uptime.core import Core
from uptime.domain.channel import Channel
from uptime.domain.delivery import LogEntry, Outcome
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.result import Reason
from uptime.domain.user import FIRST_ACCOUNT
from uptime.domain.wording import duration
from uptime.server.findings import Finding
from uptime.store import Store

SHOWN = 5
LONG = timedelta(days=7)
"""After that time nobody knows whether a channel still works."""

LOG = 1_000


def of_monitors(store: Store, monitors: Sequence[Monitor]) -> Iterator[Finding]:
    """Those whose check fails in us and not in the target: a library is missing, or a type or setting not known."""
    states = store.heartbeats.states([(monitor.id, LOCAL) for monitor in monitors])
    failing = [
        (monitor, state.last.message)
        for monitor, state in zip(monitors, states, strict=True)
        if state.last is not None and state.last.reason is Reason.INTERNAL
    ]
    for monitor, message in failing[:SHOWN]:
        yield Finding(f"monitor {monitor.name}", message, doubtful=True)
    if len(failing) > SHOWN:
        yield Finding("monitors", f"{len(failing) - SHOWN} more cannot be checked", doubtful=True)
    if not failing:
        yield Finding("monitors", f"{len(monitors)} active, and all of them can be checked")


def of_channels(store: Store, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether messages arrive, channel by channel."""
    core = Core(store, settings)
    channels = [
        channel
        for account in sorted({FIRST_ACCOUNT, *store.monitors.accounts()})
        for channel in core.channels.list(account)
        if channel.enabled
    ]
    if not channels:
        yield Finding("channels", "there is none, so nobody is told of anything; add one.", doubtful=True)
    for channel in channels:
        if channel.type not in core.channels.kinds():
            yield Finding(f"channel {channel.name}", f"this version knows no channel type {channel.type}", broken=True)
        else:
            yield _channel(channel, store.deliveries.log(channel.id, LOG), now)


def _channel(channel: Channel, log: Sequence[LogEntry], now: datetime) -> Finding:
    what = f"channel {channel.name}"
    tried = [entry for entry in log if entry.outcome is not Outcome.DROPPED]
    sent = next((entry.at for entry in tried if entry.outcome is Outcome.SENT), None)
    delivered = f"the last message arrived {duration(now - sent)} ago" if sent else "no message has ever arrived"
    if tried and tried[0].outcome is not Outcome.SENT:
        said = f"{delivered}, and the newest failed: {tried[0].message}"
        return Finding(what, said, doubtful=True, broken=sent is None or now - sent > LONG)
    if sent is None or now - sent > LONG:
        return Finding(what, f"{delivered}; send a test to see whether it works.", doubtful=True)
    return Finding(what, delivered)


def of_zones(store: Store) -> Finding:
    """Whether this machine has the rules of the time zones that are in use."""
    named = {store.sites.get(account).timezone for account in (FIRST_ACCOUNT, *store.monitors.accounts())}
    missing = sorted(zone for zone in named if not _known(zone))
    if missing:
        said = f"no rules for {', '.join(missing)}: install the system's package tzdata, or pip install tzdata."
        return Finding("time zones", said, broken=True)
    return Finding("time zones", f"rules for {', '.join(sorted(named))}")


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
