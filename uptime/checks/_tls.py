"""TLS for checks that do their own talking: whom to trust, what a server showed, why a handshake failed."""

import ssl
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509

from uptime.checks._certificates import certificate_of
from uptime.checks._curl_faults import TLS_WORDS, VERIFY_ERRORS
from uptime.domain.result import Certificate

CONTEXTS = 64


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """How to secure a connection. `server_name` is asked for and verified instead of the host connected to."""

    server_name: str = ""
    verify: bool = True
    ca_pem: str = ""
    """Trusted authorities beside the usual ones."""


def authorities(pem: str) -> str:
    """The text with its ends trimmed. ValueError: it is neither empty nor certificates."""
    if pem.strip():
        try:
            x509.load_pem_x509_certificates(pem.encode())
        except ValueError:
            raise ValueError("The authorities are not certificates in PEM form.") from None
    return pem.strip()


class _Watched(ssl.SSLObject):
    """Keeps what a server showed before the handshake failed: with the error is the only way it gets out of asyncio."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLWantReadError:
            raise
        except ssl.SSLError as error:
            error.certificate = shown_by(self)  # type: ignore[attr-defined]
            raise


class TlsContexts:
    """The contexts in use. Parsing the authorities takes some 20 ms, so each set of them is parsed once."""

    def __init__(self, ca_file: Path | None) -> None:
        self._own = ca_file.read_text(errors="replace") if ca_file is not None else ""
        self._contexts: OrderedDict[tuple[bool, str], ssl.SSLContext] = OrderedDict()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: OrderedDict[str, Path] = OrderedDict()
        self.get(TlsOptions())

    def get(self, options: TlsOptions) -> ssl.SSLContext:
        """The context for these options: TLS 1.2 or newer."""
        key = options.verify, options.ca_pem if options.verify else ""
        if key not in self._contexts:
            self._contexts[key] = self._make(*key)
            if len(self._contexts) > CONTEXTS:
                self._contexts.popitem(last=False)
        self._contexts.move_to_end(key)
        return self._contexts[key]

    def trusted(self, ca_pem: str = "") -> str:
        """Every trusted authority in one text, for libraries that make their own handshakes."""
        return "\n".join([Path(certifi.where()).read_text(), self._own, ca_pem])

    def file(self, ca_pem: str = "") -> Path:
        """The same as a file, for libraries that take nothing else."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="upspeak-ca-")
        if ca_pem not in self._files:
            with tempfile.NamedTemporaryFile("w", dir=self._folder.name, suffix=".pem", delete=False) as joined:
                joined.write(self.trusted(ca_pem))
            self._files[ca_pem] = Path(joined.name)
            if len(self._files) > CONTEXTS:
                self._files.popitem(last=False)[1].unlink(missing_ok=True)
        self._files.move_to_end(ca_pem)
        return self._files[ca_pem]

    def close(self) -> None:
        """Let go of the files."""
        if self._folder is not None:
            self._folder.cleanup()

    def _make(self, verify: bool, ca_pem: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslobject_class = _Watched
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        # As libcurl has it: whoever is trusted ends a chain, be it no root.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(certifi.where())
        if further := f"{self._own}\n{ca_pem}".strip():
            # Comments between certificates may be in any language; this takes nothing but ASCII.
            context.load_verify_locations(cadata=further.encode("ascii", "replace").decode())
        return context


def shown_by(session: ssl.SSLObject) -> Certificate | None:
    """The facts of the chain that the other side sent, verified or not; None where there is none to be read."""
    # Public from Python 3.13 on; until then only the object inside has it.
    chain = session._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
    try:
        return certificate_of([x509.load_pem_x509_certificate(each.public_bytes().encode()) for each in chain or ()])
    except (ValueError, IndexError):
        return None


def why_failed(error: OSError, place: str) -> str:
    """A sentence that says why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = VERIFY_ERRORS.get(error.verify_code, error.verify_message.rstrip("."))
        return f"The certificate of {place} was not accepted: {why}."
    words = str(getattr(error, "reason", None) or error.strerror or error).replace("_", " ").lower()
    why = next((why for hint, why in TLS_WORDS.items() if hint in words), words[:80] or "the connection was closed")
    return f"The TLS handshake with {place} failed: {why}."
