"""What an account says about its site: names, the public page, looks, how checks are driven."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

DEFAULT_TTL = 86_400


@dataclass(frozen=True, slots=True)
class PublicPage:
    """The account's first public page."""

    enabled: bool = True
    title: str = "Service Status"
    description: str = "Current status of our services"


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the public page looks. `custom_header` and `description` are cleaned before they are shown."""

    custom_css: str = ""
    custom_header: str = ""
    logo: str | None = None
    favicon: str | None = None
    logo_url: str | None = None
    show_urls: bool = True
    show_descriptions: bool = True
    history_days: int = 90
    copyright_url: str = ""
    copyright_text: str = ""


@dataclass(frozen=True, slots=True)
class GithubWorkflow:
    """The workflow that calls the ping endpoint from outside."""

    enabled: bool = True
    repository: str = ""
    workflow: str = "ping.yml"
    schedule: str = "*/5 * * * *"
    secret_name: str = "PING_API_KEY"
    last_success_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Everything an account says about its site. `ttl` in seconds, 0 keeps heartbeats without limit."""

    name: str = "Upspeak"
    description: str = ""
    refresh_ms: int = 60_000
    history_length: int = 1_440
    contact_email: str = ""
    timezone: str = "UTC"
    ttl: int = DEFAULT_TTL
    page: PublicPage = field(default_factory=PublicPage)
    appearance: Appearance = field(default_factory=Appearance)
    github: GithubWorkflow = field(default_factory=GithubWorkflow)
    modified_at: datetime | None = None
    intervals_reset_at: datetime | None = None

    @property
    def zone(self) -> str:
        """The name of its time zone; UTC where this machine has no rules for the one it names."""
        try:
            return ZoneInfo(self.timezone).key
        except (ValueError, OSError, KeyError):
            return "UTC"
