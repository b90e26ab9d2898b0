"""PostgreSQL: up when the server lets us in and answers a query."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime.checks._endpoint import checked_host
from uptime.checks._kind import CheckType, setting
from uptime.checks._login import address, login, named
from uptime.checks._optional import lacking
from uptime.checks._tls import authorities
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

USUAL_PORT = 5432
SCHEMES = ("postgresql", "postgres")
TLS_MODES = {"disable": False, "allow": False, "prefer": False, "require": True, "verify-ca": True, "verify-full": True}


@dataclass(frozen=True, slots=True)
class PostgresTarget:
    """Which server is asked what, and who logs in there."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)
    username: str = setting("User name", default="postgres", limit=1_024, check=named)
    password: str = setting("Password", default="", limit=1_024, secret=True)
    database: str = setting("Database", default="", limit=1_024, help="Empty: the one named as the user")
    query: str = setting("Query", default="", lines=True, help="Run in a transaction that may only read")
    keyword: str = setting("Keyword", default="", limit=1_024, help="Text that the first row must hold")
    tls: bool = setting("TLS", default=False)
    verify_tls: bool = setting("Verify the certificate", default=True)
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


async def run(target: PostgresTarget, net: "Net") -> Result:
    if missing := await lacking("postgres", net):
        return missing
    from uptime.checks import _postgres

    rows = await _postgres.ask(target, net)
    return rows.judged(target.query, target.keyword)


def _address(target: PostgresTarget) -> str:
    return address("postgresql", target.host, target.port, target.database)


def _parse(url: str) -> dict[str, JsonValue]:
    found = login(url, SCHEMES)
    raw = found.settings(USUAL_PORT)
    if found.name:
        raw["database"] = found.name
    mode = found.options.get("sslmode", "")
    if mode in TLS_MODES:
        raw |= {"tls": TLS_MODES[mode], "verify_tls": mode.startswith("verify")} if TLS_MODES[mode] else {"tls": False}
    return raw


CHECK = CheckType("postgres", "PostgreSQL", PostgresTarget, run, _address, _parse, SCHEMES)
