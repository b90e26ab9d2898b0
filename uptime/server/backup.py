"""Everything of ours into one file, and back from one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid
from uptime.server import archive
from uptime.server.archive import Header, Step
from uptime.store import Patience, Store
from uptime.store.backups import Entry
from uptime.worker.embedded import CannotRun, Embedded, answers, kept
from uptime.worker.process import open_store
from uptime.worker.tick import Scheduler

Watch = Callable[[str, int], AbstractContextManager[Step]]
"""Shows how far something has got: what it is, and how many keys there are."""

BATCH = 2_000
"""Keys and members that are written in one go."""

PARTS = ("checks", "scheduler", "notifier")


@contextmanager
def store_of(settings: Settings, *, new: bool) -> Iterator[Store]:
    """The store of the settings. An embedded one that is at rest runs for as long as the block lasts.

    `new`: its data folder may be empty. Conflict: it must not be and is, or the store cannot be started.
    """
    embedded = Embedded(settings.data_dir) if settings.redis_url is None and not answers(settings.socket) else None
    if embedded is not None and not new and not kept(settings.data_dir):
        raise Conflict(f"There is no data in {settings.data_dir.absolute()}. Set DATA_DIR, or REDIS_URL.")
    if embedded is not None:
        try:
            embedded.start()
        except CannotRun as error:
            raise Conflict(str(error)) from None
    store = open_store(settings, Patience.WORKER)
    try:
        yield store
    finally:
        store.close()
        if embedded is not None:
            embedded.stop(30.0)


def back_up(store: Store, path: Path, now: datetime, watch: Watch) -> Header:
    """Write everything that lasts into a file. It goes on working while others work. Conflict: there is nothing."""
    lots = store.backups.lots()
    total = sum(map(len, lots))
    if not total:
        raise Conflict("There is nothing in this store that could be backed up.")
    if (began := store.backups.interrupted()) is not None:
        raise Conflict(f"A restore that began at {began:%Y-%m-%d %H:%M} UTC has not ended: this store is not whole.")
    with watch("Backing up", total) as step, _writing(path):

        def entries() -> Iterator[Entry]:
            for lot in lots:
                yield from store.backups.read(lot)
                step(len(lot))

        return archive.write(path, entries(), now)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid("file", f"{path} cannot be written: {error.strerror}.") from None


def verified(path: Path, watch: Watch) -> Header:
    """What a backup says of itself, after it was read to its end. Invalid: it is not whole."""
    try:
        with watch("Reading", archive.head(path).keys) as step:
            return archive.verified(path, step)
    except OSError as error:
        raise Invalid("file", f"{path} cannot be read: {error.strerror}.") from None


def in_the_way(store: Store, now: datetime) -> int:
    """How many keys the store holds that a restore would replace. Conflict: somebody works with them."""
    if busy := [kind for kind in PARTS if store.workers.alive(kind, now)]:
        raise Conflict(
            f"Upspeak is at work on this store ({', '.join(busy)}). Stop it first; an embedded store is started for "
            "the restore by itself."
        )
    return store.backups.count()


def restore(store: Store, settings: Settings, path: Path, total: int, watch: Watch) -> int:
    """Make the store hold what a verified backup holds and nothing else of ours; how many keys it holds now.

    What has expired since is left out. Interrupted, it can be done again.
    """
    store.backups.begin(_now())
    # The note that a restore is under way goes along, and comes back at once.
    store.wipe()
    store.backups.begin(_now())
    written = 0
    with watch("Restoring", total) as step:
        for batch in _batches(archive.entries(path)):
            written += store.backups.write(batch, _now())
            step(len(batch))
    mend(store, settings)
    store.backups.end()
    return written


def mend(store: Store, settings: Settings) -> None:
    """Make the schedule anew, and put right what changed while the backup was written."""
    store.pushes.listen(_now())
    Scheduler("restore", Core(store, settings), store).repair(_now())


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += 1 if isinstance(entry.value, bytes) else len(entry.value)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _now() -> datetime:
    return datetime.now(UTC)
