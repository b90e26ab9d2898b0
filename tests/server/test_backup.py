"""A backup holds everything that lasts, whole or not at all, and any kind of store takes it back."""

import gzip
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.store import serving
from tests.worker.making import bad, entry, good
from uptime.config import Settings
from uptime.core import Core
from uptime.core.recording import Recording
from uptime.domain.channel import ChannelDraft
from uptime.domain.errors import Conflict, Invalid
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.schedule import slot_after_ms, to_ms
from uptime.domain.user import Scope
from uptime.server import archive, backup
from uptime.store import Store
from uptime.store.backups import Entry, Kind
from uptime.web import create_app

ROOT = Path(__file__).parent.parent.parent
KEY = "admin-key-of-the-tests-0123456789abcdef"
SECRET = "k" * 40

ASKED = (
    "/api/services", "/api/status", "/api/keys", "/api/history/Shop?timeRange=7d", "/api/history/Shop%202?timeRange=7d",
    "/api/uptime", "/api/days?name=Shop", "/api/outages?name=Shop", "/api/changes?name=Shop", "/api/ping-history/ttl",
    "/api/channels", "/api/maintenance", "/api/settings", "/api/tags", "/api/projects", "/api/contacts",
)  # fmt: skip
"""What both installations are asked, and must answer alike."""


@pytest.fixture(scope="module")
def redis_server() -> Iterator[str]:
    """A store of the other kind: what the distribution calls Redis."""
    found = shutil.which("redis-server")
    if found is None:
        pytest.fail("the tests need a redis-server")
    with serving(found) as url:
        yield url


@pytest.fixture
def here(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


@pytest.fixture
def there(redis_server: str) -> Iterator[Store]:
    made = Store(redis_server)
    made.client.flushall()
    yield made
    made.close()


@contextmanager
def unwatched(label: str, length: int) -> Iterator[Any]:
    yield lambda done: None


def settings(store: Store) -> Settings:
    return Settings(secret_key=SECRET, rate_limit_factor=0)


def furnished(store: Store, now: datetime) -> list[Monitor]:
    """Something of everything, and three days of heartbeats with an outage each day."""
    core = Core(store, settings(store))
    core.users.set_up("alice", "a rather long password", "alice@example.com", None, now)
    core.api_keys.make(1, "for the tests", Scope.ADMIN, now, secret=KEY)
    core.history.set_ttl(1, 30 * 86_400, now)
    core.channels.add(1, ChannelDraft("hook", "webhook", {"url": "http://127.0.0.1:9/größe"}), now)
    drafts = [MonitorDraft(name, "http", {"url": "http://127.0.0.1:9/"}, interval=300) for name in ("Shop", "Shop 2")]
    monitors = [core.monitors.add(1, draft, now) for draft in drafts]
    recording = Recording(store)
    for monitor in monitors:
        planned = slot_after_ms(monitor.id, 300, to_ms(now - timedelta(days=3)))
        while planned < to_ms(now) - 300_000:
            failing = planned // 1000 % 86_400 < 1_200
            result = bad("500 Nö", evidence="oh\x00 no") if failing else good(12.0 + planned % 7)
            recording.write([entry(monitor, planned, result)])
            planned += 300_000
    return monitors


def answers(store: Store) -> dict[str, Any]:
    """What the native API says of everything, without what depends on the moment of asking."""
    app = create_app(settings(store), store)
    client = app.test_client(use_cookies=False)
    found: dict[str, Any] = {}
    for path in ASKED:
        answer = client.get(path, headers={"X-API-Key": KEY})
        assert answer.status_code == 200, path
        found[path] = _without(answer.json, {"timestamp", "generatedAt", "lastUsedAt", "currentTime", "onlineSince"})
    return found


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(part, names) for name, part in value.items() if name not in names or name == "history"}
    return [_without(part, names) for part in value] if isinstance(value, list) else value


def everything(store: Store) -> dict[bytes, Entry]:
    return {entry.key: entry for lot in store.backups.lots() for entry in store.backups.read(lot)}


def restored(store: Store, path: Path) -> int:
    header = backup.verified(path, unwatched)
    assert backup.in_the_way(store, datetime.now(UTC)) == 0
    return backup.restore(store, settings(store), path, header.keys, unwatched)


def test_what_was_backed_up_reads_the_same_from_another_kind_of_store(
    here: Store, there: Store, tmp_path: Path
) -> None:
    monitors = furnished(here, datetime.now(UTC))
    header = backup.back_up(here, tmp_path / "file", datetime.now(UTC), unwatched)
    assert header.counts["monitors"] == 2
    assert header.counts["heartbeats"] > 1_700
    assert restored(there, tmp_path / "file") == header.keys
    before, after = answers(here), answers(there)
    for path in ASKED:
        assert after[path] == before[path], path
    for monitor in monitors:
        assert there.heartbeats.outages(monitor.id, LOCAL) == here.heartbeats.outages(monitor.id, LOCAL)
        assert there.heartbeats.evidence(monitor.id, LOCAL) == here.heartbeats.evidence(monitor.id, LOCAL)
        assert there.due.size(datetime.now(UTC))[0] == 2


def test_it_goes_back_the_other_way_byte_for_byte(here: Store, there: Store, tmp_path: Path) -> None:
    furnished(there, datetime.now(UTC))
    backup.back_up(there, tmp_path / "file", datetime.now(UTC), unwatched)
    restored(here, tmp_path / "file")
    before, after = everything(there), everything(here)
    assert after.keys() == before.keys()
    for key, was in before.items():
        if key == b"up:outbox:ready":
            continue  # The repair at the end calls them all up anew.
        assert (after[key].kind, after[key].value) == (was.kind, was.value), key
        assert (after[key].expires_ms is None) == (was.expires_ms is None), key
        assert abs((after[key].expires_ms or 0) - (was.expires_ms or 0)) <= 50, "expiry survives"


def test_every_type_of_value_survives_whatever_its_bytes(here: Store, there: Store, tmp_path: Path) -> None:
    wild = bytes(range(256))
    soon = to_ms(datetime.now(UTC)) + 3_600_000
    made = [
        Entry(b"up:a" + wild, Kind.STRING, wild, soon),
        Entry(b"up:b", Kind.HASH, [(b"", b""), (b"a" + wild, wild)]),
        Entry(b"up:c", Kind.LIST, [wild, b"", "größe \ud7ff".encode(), wild]),
        Entry(b"up:d", Kind.SET, [b"", wild]),
        Entry(b"up:e", Kind.ZSET, [(wild, -1.5), (b"b", 1.1), (b"c", 1772445600000.123), (b"d", float("inf"))]),
        Entry(b"up:f", Kind.LIST, [b"%d" % number for number in range(2_500)]),
    ]
    here.backups.write(made, datetime.now(UTC))
    backup.back_up(here, tmp_path / "file", datetime.now(UTC), unwatched)
    restored(there, tmp_path / "file")
    found = everything(there)
    for one in made:
        assert found[one.key].value == one.value
        assert (found[one.key].expires_ms is None) is (one.expires_ms is None)


def test_what_has_expired_since_is_left_out(here: Store, there: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old = [Entry(b"up:gone", Kind.STRING, b"1", to_ms(now) - 1), Entry(b"up:there", Kind.STRING, b"1")]
    archive.write(tmp_path / "file", old, now)
    assert restored(there, tmp_path / "file") == 1
    assert set(everything(there)) == {b"up:there"}


def test_sessions_locks_and_the_schedule_stay_behind(here: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    furnished(here, now)
    core = Core(here, settings(here))
    core.users.login("alice", "a rather long password", "192.0.2.1", now)
    here.locks.take("something", 30)
    here.workers.seen("web", "me", now)
    here.sweeps.begin(1, "sweep")
    core.status_pages.snapshot(now)
    backup.back_up(here, tmp_path / "file", now, unwatched)
    words = {entry.key.split(b":")[1] for entry in archive.entries(tmp_path / "file")}
    assert not words & {b"session", b"sessions", b"lock", b"workers", b"throttle", b"turn", b"{due}"}
    rest = {entry.key.rpartition(b"}:")[2] for entry in archive.entries(tmp_path / "file")}
    assert not {name for name in rest if name.startswith((b"sweep", b"snapshot"))}


def test_a_backup_under_load_is_whole(here: Store, there: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    monitors = furnished(here, now)
    over, core = threading.Event(), Core(here, settings(here))

    def work() -> None:
        recording, turn = Recording(here), 0
        while not over.is_set():
            turn += 1
            made = core.monitors.add(1, MonitorDraft(f"new {turn}", "http", {"url": "http://127.0.0.1:9/"}), now)
            recording.write([entry(each, to_ms(now) + turn, good(), token=f"s:{turn}:{each.id}") for each in monitors])
            if turn % 2:
                core.monitors.remove(1, made.id, now, keep_history=False)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for number in range(3):
            backup.back_up(here, tmp_path / f"file{number}", datetime.now(UTC), unwatched)
    finally:
        over.set()
        thread.join()
    restored(there, tmp_path / "file2")
    listed = Core(there, settings(there)).monitors.list(1)
    assert {monitor.name for monitor in listed} > {"Shop", "Shop 2"}
    for monitor in monitors:
        (state,) = there.heartbeats.states([(monitor.id, LOCAL)])
        beats = there.heartbeats.count(monitor.id, LOCAL, datetime.now(UTC) + timedelta(minutes=5), 0)
        assert beats == state.version, "state and heartbeats of a monitor are of one moment"


@pytest.mark.parametrize("cut", [0, 20, 200, -9, -1])
def test_a_truncated_file_is_refused(here: Store, there: Store, tmp_path: Path, cut: int) -> None:
    furnished(here, datetime.now(UTC))
    backup.back_up(here, tmp_path / "file", datetime.now(UTC), unwatched)
    whole = (tmp_path / "file").read_bytes()
    (tmp_path / "file").write_bytes(whole[:cut])
    with pytest.raises(Invalid):
        backup.verified(tmp_path / "file", unwatched)


def altered(path: Path, line: int, change: Any) -> None:
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    lines[line] = change(lines[line])
    path.write_bytes(gzip.compress(b"".join(lines)))


@pytest.mark.parametrize(
    ("line", "change"),
    [
        (0, lambda line: line.replace(b'"program":"', b'"program":"1')),
        (0, lambda line: line.replace(b'"monitors":2', b'"monitors":3')),
        (1, lambda line: line.replace(b"1", b"2")),
        (2, lambda line: b""),
        (2, lambda line: line + line),
        (3, lambda line: b"nonsense\n"),
        (-1, lambda line: b""),
    ],
)
def test_an_altered_file_is_refused(here: Store, tmp_path: Path, line: int, change: Any) -> None:
    furnished(here, datetime.now(UTC))
    backup.back_up(here, tmp_path / "file", datetime.now(UTC), unwatched)
    altered(tmp_path / "file", line, lambda before: before)
    backup.verified(tmp_path / "file", unwatched)
    altered(tmp_path / "file", line, change)
    with pytest.raises(Invalid, match=r"altered|cannot be understood|no backup"):
        backup.verified(tmp_path / "file", unwatched)


@pytest.mark.parametrize(
    "content", [b"", b"hello", gzip.compress(b"hello", mtime=0), gzip.compress(b'{"format":"other"}\n', mtime=0)]
)
def test_another_file_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Invalid, match="no backup"):
        backup.verified(tmp_path / "file", unwatched)


def test_a_backup_of_a_newer_version_says_so(here: Store, tmp_path: Path) -> None:
    archive.write(tmp_path / "file", [Entry(b"up:a", Kind.STRING, b"1")], datetime.now(UTC))
    altered(tmp_path / "file", 0, lambda line: line.replace(b'"version":1', b'"version":2'))
    with pytest.raises(Invalid, match="newer"):
        backup.verified(tmp_path / "file", unwatched)


def test_an_interrupted_restore_can_be_done_again(
    here: Store, there: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "BATCH", 20)
    furnished(here, datetime.now(UTC))
    header = backup.back_up(here, tmp_path / "file", datetime.now(UTC), unwatched)

    @contextmanager
    def breaking(label: str, length: int) -> Iterator[Any]:
        def step(done: int) -> None:
            raise KeyboardInterrupt

        yield step

    with pytest.raises(KeyboardInterrupt):
        backup.restore(there, settings(there), tmp_path / "file", header.keys, breaking)
    assert there.backups.interrupted()
    with pytest.raises(Conflict, match="not whole"):
        backup.back_up(there, tmp_path / "other", datetime.now(UTC), unwatched)
    assert 0 < backup.in_the_way(there, datetime.now(UTC)) < header.keys
    assert backup.restore(there, settings(there), tmp_path / "file", header.keys, unwatched) == header.keys
    assert there.backups.interrupted() is None
    assert answers(there) == answers(here)


def test_nobody_may_be_at_work_where_something_is_restored(there: Store) -> None:
    there.workers.seen("scheduler", "me", datetime.now(UTC))
    with pytest.raises(Conflict, match="at work on this store"):
        backup.in_the_way(there, datetime.now(UTC))


def test_an_empty_store_is_not_backed_up(there: Store, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="nothing"):
        backup.back_up(there, tmp_path / "file", datetime.now(UTC), unwatched)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_replaces_the_one_before_only_when_it_is_complete(here: Store, tmp_path: Path) -> None:
    furnished(here, datetime.now(UTC))
    backup.back_up(here, tmp_path / "file", datetime.now(UTC), unwatched)
    before = (tmp_path / "file").read_bytes()
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600

    @contextmanager
    def breaking(label: str, length: int) -> Iterator[Any]:
        def step(done: int) -> None:
            raise KeyboardInterrupt

        yield step

    with pytest.raises(KeyboardInterrupt):
        backup.back_up(here, tmp_path / "file", datetime.now(UTC), breaking)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == before


def test_a_place_that_cannot_be_written_is_one_sentence(here: Store, tmp_path: Path) -> None:
    furnished(here, datetime.now(UTC))
    with pytest.raises(Invalid, match="cannot be written: No such file"):
        backup.back_up(here, tmp_path / "no" / "file", datetime.now(UTC), unwatched)
