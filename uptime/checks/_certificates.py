"""The facts of certificates: read from what a server sent, and remembered between checks."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

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
