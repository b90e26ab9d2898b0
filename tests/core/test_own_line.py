"""Our own line: told once when it breaks and once when it is back, by whichever process sees it first."""

from datetime import timedelta

from tests.conftest import NOW
from uptime.checks._line import BROKEN
from uptime.core import Core
from uptime.core.own_line import BACK, OwnLine
from uptime.domain.feed import LineChanged
from uptime.domain.push import SILENCE, WAITING, Heard, PushTarget, look
from uptime.store import Store


def told(store: Store, *tellings: tuple[OwnLine, bool | None]) -> list[tuple[str, str]]:
    """Location and message of the events that come of what processes tell one after the other."""
    events = store.feed.listen(0.2)
    assert next(events) == []
    for process, answering in tellings:
        process.tell(answering, NOW)
    heard = []
    while batch := next(events):
        heard += [(event.location, event.message) for event in batch if isinstance(event, LineChanged)]
    events.close()
    return heard


def test_one_message_for_all_processes(store: Store) -> None:
    a, b = OwnLine(store), OwnLine(store)
    tellings = [(a, None), (a, True), (b, True), (a, False), (b, False), (a, False), (b, True), (a, True)]
    assert told(store, *tellings) == [("local", BROKEN), ("local", BACK)]


def test_each_location_has_a_line_of_its_own(store: Store) -> None:
    assert told(store, (OwnLine(store), False), (OwnLine(store, "berlin"), False)) == [
        ("local", BROKEN), ("berlin", BROKEN)
    ]  # fmt: skip


def test_a_process_that_died_while_it_was_broken_is_followed_by_one_that_says_it_is_back(store: Store) -> None:
    OwnLine(store).tell(False, NOW)
    assert told(store, (OwnLine(store), True)) == [("local", BACK)]


def test_pushes_that_could_not_reach_us_are_not_missed(core: Core, store: Store) -> None:
    OwnLine(store).tell(False, NOW)
    heard, since = store.pushes.heard(1)
    assert (heard, since) == (Heard(), NOW)
    assert look(heard, PushTarget(), 60, since, NOW + timedelta(seconds=89)).result.message == WAITING
    assert look(heard, PushTarget(), 60, since, NOW + timedelta(seconds=90)).result.message == SILENCE
