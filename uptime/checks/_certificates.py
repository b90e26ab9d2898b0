"""The facts of certificates: read from what a server sent, judged by their end, and remembered between checks."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from uptime.domain.result import Certificate

LOOK_AGAIN_S = 600.0
REMEMBERED = 16_384


def certificate_of(chain: Sequence[x509.Certificate]) -> Certificate:
    """The facts of a chain, which begins with the leaf."""
    leaf = chain[0]
    return Certificate(
        subject=leaf.subject.rfc4514_string(),
        issuer=leaf.issuer.rfc4514_string(),
        names=_names(leaf),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        fingerprint=leaf.fingerprint(SHA256()).hex(),
        chain=tuple(each.subject.rfc4514_string() for each in chain),
    )


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return (
        *found.get_values_for_type(x509.DNSName),
        *(str(address) for address in found.get_values_for_type(x509.IPAddress)),
    )


def ends_too_soon(certificate: Certificate, wanted_days: int | None, now: datetime) -> str:
    """The sentence about a certificate that does not last the days it must; "" where it does, or nothing is wanted."""
    left = certificate.not_after - now
    if wanted_days is None or left >= timedelta(days=wanted_days):
        return ""
    ends = f"{certificate.not_after:%Y-%m-%d}"
    soon = f"in {days(left.days)}" if left.days else "within a day"
    when = f"ends {soon}, on {ends}" if left >= timedelta() else f"has expired on {ends}"
    return f"The certificate {when}; at least {days(wanted_days)} were asked for. Renew it."


def days(count: int) -> str:
    """So many days, in words."""
    return "1 day" if count == 1 else f"{count} days"


@dataclass(slots=True)
class _Known:
    certificate: Certificate | None
    looked_at: float
    failed: bool


class CertificateBook:
    """What is known of each host and port. Times are monotonic seconds.

    Asking a server's certificate costs a tenth of a check, so it is looked at only when it is due:
    never seen, seen long ago, or not accepted the last time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()

    def get(self, place: tuple[str, int]) -> Certificate | None:
        known = self._known.get(place)
        return known.certificate if known else None

    def due(self, place: tuple[str, int], at: float) -> bool:
        known = self._known.get(place)
        return known is None or known.failed or at - known.looked_at >= LOOK_AGAIN_S

    def distrust(self, place: tuple[str, int]) -> None:
        """Note that what is known of this place was not accepted: it is due for a look."""
        if known := self._known.get(place):
            known.failed = True

    def note(self, place: tuple[str, int], pems: Sequence[bytes], at: float, *, failed: bool) -> Certificate | None:
        """Remember the chain that was just seen; the facts of it."""
        certificate = _read(pems) or self.get(place)
        self._known[place] = _Known(certificate, at, failed)
        self._known.move_to_end(place)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return certificate


def _read(pems: Sequence[bytes]) -> Certificate | None:
    try:
        return certificate_of([x509.load_pem_x509_certificate(pem) for pem in pems]) if pems else None
    except ValueError:
        return None
