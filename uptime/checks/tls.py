"""TLS certificate: up when the handshake succeeds and the certificate is accepted and lasts long enough."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from uptime.checks._certificates import days, ends_too_soon
from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._tls import TlsOptions, authorities
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Certificate, Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

USUAL_PORT = 443


def _server_name(text: str) -> str:
    return checked_host(text) if text.strip() else ""


@dataclass(frozen=True, slots=True)
class TlsTarget:
    """Whose certificate is looked at, and what it must be like."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)
    server_name: str = setting(
        "Server name", default="", help="Asked for and verified instead of the host", check=_server_name
    )
    verify_tls: bool = setting("Verify the certificate", default=True)
    expiry_days: int | None = setting(
        "Days before expiry", default=None, low=0, high=3_650, help="Down when the certificate ends sooner"
    )
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


async def run(target: TlsTarget, net: "Net") -> Result:
    options = TlsOptions(target.server_name, target.verify_tls, target.ca_pem)
    async with net.connect(target.host, target.port, options, target.ip_family) as (_, writer):
        session = writer.get_extra_info("ssl_object")
        facts = {"version": session.version(), "cipher": session.cipher()[0]}
    return _judged(target, net.certificate, facts, datetime.now(UTC))


def _judged(target: TlsTarget, certificate: Certificate | None, facts: dict[str, str], now: datetime) -> Result:
    if certificate is None:
        if target.expiry_days is None:
            return up("The handshake succeeded; the certificate cannot be read", facts=facts)
        return down(Reason.TLS, "The certificate cannot be read, so nobody knows when it ends.", facts=facts)
    if too_soon := ends_too_soon(certificate, target.expiry_days, now):
        return down(Reason.TLS, too_soon, facts=facts)
    left, ends = (certificate.not_after - now).days, f"{certificate.not_after:%Y-%m-%d}"
    lasts = f"is valid until {ends} ({days(left)} left)" if left >= 0 else f"has expired on {ends}"
    return up(f"The certificate {lasts}", facts=facts)


def _address(target: TlsTarget) -> str:
    return f"tls://{shown(target.host, target.port)}"


def _parse(url: str) -> dict[str, JsonValue]:
    found = endpoint(url, "tls")
    return {"host": found.host, "port": found.port or USUAL_PORT}


CHECK = CheckType("tls", "TLS certificate", TlsTarget, run, _address, _parse, ("tls",))
