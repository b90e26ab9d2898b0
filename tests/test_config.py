"""What the environment may say, and how nonsense is refused."""

import json
import stat
import threading
from ipaddress import ip_network
from pathlib import Path

import pytest

from uptime.cli import main
from uptime.config import ConfigError, Settings
from uptime.domain.mail import Mailbox, MailServer, Security

ROOT = Path(__file__).parent.parent

SECRET = "x" * 40


def of(**env: str) -> Settings:
    return Settings.from_environment({"SECRET_KEY": SECRET, **env})


def test_an_empty_environment_means_the_documented_defaults() -> None:
    settings = of()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path("data"))
    assert settings.store_url == f"unix://{Path('data').absolute()}/store.sock"
    assert (settings.check_concurrency, settings.check_allow_private, settings.registration) == (256, True, "closed")
    assert settings == Settings(secret_key=SECRET)


def test_every_value_is_read_from_its_variable() -> None:
    settings = of(
        HOST="::", PORT="9000", REDIS_URL="redis://localhost:6379/1", RATE_LIMIT_FACTOR="0.5", REGISTRATION="Open",
        TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.1", CHECK_RESOLVERS="1.1.1.1, [::1]:5353, 9.9.9.9:5300",
        WITNESSES="1.1.1.1:53, example.org:443,[::1]:53,",
        CHECK_ALLOW_PRIVATE="no", PUBLIC_URL="https://status.example.org/", LOG_LEVEL="debug", PING_BUDGET="25",
    )  # fmt: skip
    assert (settings.host, settings.port, settings.store_url) == ("::", 9000, "redis://localhost:6379/1")
    assert (settings.rate_limit_factor, settings.registration, settings.ping_budget) == (0.5, "open", 25.0)
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"))
    assert settings.check_resolvers == ("1.1.1.1:53", "[::1]:5353", "9.9.9.9:5300")
    assert settings.witnesses == (("1.1.1.1", 53), ("example.org", 443), ("::1", 53))
    assert not settings.check_allow_private
    assert (settings.public_url, settings.log_level) == ("https://status.example.org", "DEBUG")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WITNESSES", "1.1.1.1"), ("WITNESSES", "a b:1"), ("WITNESSES", "::1:53"), ("WITNESSES", "a.test:0"),
        ("WITNESSES", "a.test:65536"), ("WITNESSES", "[a.test]:1x"),
        ("PORT", "eighty"), ("PORT", "65536"), ("PORT", "-1"), ("HOST", "a b"), ("HOST", "127.0.0.1:80"),
        ("API_KEY", "x" * 31), ("CRON_SECRET", "short"), ("ADMIN_PASSWORD", "seven77"), ("ADMIN_EMAIL", "nobody"),
        ("REDIS_URL", "http://localhost"), ("REDIS_URL", "redis://elsewhere:6379/0"), ("REDIS_URL", "unix://"),
        ("QUEUE_URL", "rediss://10.0.0.5:6379"), ("REGISTRATION", "perhaps"), ("RATE_LIMIT_FACTOR", "nan"),
        ("RATE_LIMIT_FACTOR", "-1"), ("RATE_LIMIT_FACTOR", "."), ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("CHECK_RESOLVERS", "dns.example.com:53"), ("CHECK_RESOLVERS", "1.1.1.1:0"), ("CHECK_CA_FILE", "/nowhere.pem"),
        ("CHECK_ALLOW_PRIVATE", "maybe"), ("CHECK_CONCURRENCY", "0"), ("PUBLIC_URL", "status.example.org"),
        ("PUBLIC_URL", "https://"), ("DEADMAN_URL", "ftp://example.org/"), ("PING_BUDGET", "0"), ("LOG_LEVEL", "LOUD"),
        ("SMTP_URL", "mail.example.com"), ("SMTP_URL", "smtp://"), ("SMTP_URL", "smtp://mail:x"), ("SMTP_URL", "smtp://m:0"),
        ("SMTP_URL", "smtp://mail/path"), ("SMTP_URL", "smtp://mail?security=some"), ("SMTP_URL", "smtp://mail?tls=1"),
        ("SMTP_URL", "smtp://:password@mail"), ("SMTP_URL", "smtp://a%0Ab:c@mail"), ("SMTP_URL", "smtp://a b"),
        ("MAIL_FROM", "nobody"), ("MAIL_FROM", "A <nobody>"), ("MAIL_FROM", "a@example.org, b@example.org"),
        ("MAIL_FROM", "<a@example.org"), ("MAIL_FROM", "A\nB <a@example.org>"), ("WEB_THREADS", "1"),
        ("HOUR_DAYS", "1e3"), ("DATA_DIR", "/etc/passwd"), ("SERVERLESS", "2"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{variable} "):
        of(**{variable: value})


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, Security.STARTTLS)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, Security.TLS)),
        ("smtp+insecure://10.0.0.25", MailServer("10.0.0.25", 25, Security.NONE)),
        ("smtp://localhost:2525?security=none", MailServer("localhost", 2525, Security.NONE)),
        ("smtp://mail.example.com/?security=tls", MailServer("mail.example.com", 465, Security.TLS)),
        ("smtps://[::1]:4650", MailServer("::1", 4650, Security.TLS)),
        (
            "smtp://up%40example.org:a%2Fb%3Ac%40@mail.example.com:587",
            MailServer("mail.example.com", 587, Security.STARTTLS, "up@example.org", "a/b:c@"),
        ),
    ],
)
def test_the_mail_server_is_read_from_one_url(given: str, meant: MailServer) -> None:
    assert of(SMTP_URL=given).smtp_url == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("status@example.org", Mailbox("status@example.org")),
        ("<status@example.org>", Mailbox("status@example.org")),
        ("Upspeak, of course <status@example.org>", Mailbox("status@example.org", "Upspeak, of course")),
        ('"Größe" <status@exämple.org>', Mailbox("status@exämple.org", "Größe")),
    ],
)
def test_the_sender_of_mail_may_have_a_name(given: str, meant: Mailbox) -> None:
    assert of(MAIL_FROM=given).mail_from == meant


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        of(PORT="x", API_KEY="short", REGISTRATION="perhaps")
    assert [line.split()[0] for line in str(refused.value).splitlines()] == ["PORT", "API_KEY", "REGISTRATION"]


def test_a_message_repeats_no_secret() -> None:
    with pytest.raises(ConfigError) as refused:
        of(
            API_KEY="hush-hush",
            CRON_SECRET="mum",
            REDIS_URL="redis://:sesame@elsewhere:x/0",
            ADMIN_PASSWORD="knock",
            SMTP_URL="smtp://up:whisper@mail:x",
        )
    assert not [secret for secret in ("hush", "mum", "sesame", "knock", "whisper") if secret in str(refused.value)]


def test_no_secret_stands_in_the_representation() -> None:
    settings = of(API_KEY="k" * 32, ADMIN_PASSWORD="p" * 12, CRON_SECRET="c" * 16, REDIS_URL="redis://:sesame@a:1/0",
                  SMTP_URL="smtp://up:whisper@mail")  # fmt: skip
    assert not [text for text in (SECRET, "kkkk", "pppp", "cccc", "sesame", "whisper") if text in repr(settings)]


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0", "redis://[::1]:6379", "rediss://:word@far.example:6380/0",
        "redis+sentinel://:word@a:26379,b:26379/main/0", "unix:///run/redis.sock",
    ],
)  # fmt: skip
def test_a_store_is_here_or_has_a_password(url: str) -> None:
    assert of(REDIS_URL=url).store_url == url


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("f" * 40 + "\n")
    assert of(API_KEY_FILE=str(tmp_path / "key")).api_key == "f" * 40
    with pytest.raises(ConfigError, match="API_KEY is set, and API_KEY_FILE too"):
        of(API_KEY_FILE=str(tmp_path / "key"), API_KEY="a" * 40)
    with pytest.raises(ConfigError, match="API_KEY names a file that cannot be read"):
        of(API_KEY_FILE=str(tmp_path / "missing"))


def test_a_password_keeps_its_spaces() -> None:
    assert of(ADMIN_PASSWORD=" a password ").admin_password == " a password "


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert of(PORT="", REDIS_URL=" ") == of()


def test_the_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path / "data")}
    first = Settings.from_environment(env).secret_key
    kept = tmp_path / "data" / "secret-key"
    assert len(first) == 64
    assert Settings.from_environment(env).secret_key == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    found: list[str] = []
    env = {"DATA_DIR": str(tmp_path / "data")}
    starters = [
        threading.Thread(target=lambda: found.append(Settings.from_environment(env).secret_key)) for _ in range(12)
    ]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(found) == 12
    assert len(set(found)) == 1


def test_without_a_secret_and_a_place_for_one_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="SECRET_KEY is not set, and DATA_DIR"):
        Settings.from_environment({"DATA_DIR": str(tmp_path / "file" / "data")})


def test_serverless_needs_a_secret_and_a_store_and_denies_private_targets() -> None:
    with pytest.raises(ConfigError, match="REDIS_URL must be set"):
        of(VERCEL="1")
    with pytest.raises(ConfigError, match="SECRET_KEY must be set"):
        Settings.from_environment({"VERCEL": "1", "REDIS_URL": "redis://localhost"})
    settings = of(VERCEL="1", REDIS_URL="redis://localhost")
    assert settings.serverless
    assert not settings.check_allow_private
    assert of(SERVERLESS="1", REDIS_URL="redis://localhost", CHECK_ALLOW_PRIVATE="1").check_allow_private
    assert not of(SERVERLESS="0", VERCEL="1").serverless


def test_serverless_hosts_are_told_about_the_ping_and_how_long_it_takes() -> None:
    told = json.loads((ROOT / "vercel.json").read_text())
    assert told["functions"]["app.py"]["maxDuration"] > of().ping_budget
    assert told["rewrites"] == [{"source": "/(.*)", "destination": "/app.py"}]
    assert [cron["path"] for cron in told["crons"]] == ["/api/ping"]


def test_the_procfile_names_commands_that_there_are() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["web", "worker", "notifier", "scheduler"]
    assert {line.split()[-1] for line in lines} <= set(main.commands)
