"""From a change to the people: decided once, told in order on each channel, never missed, never twice unasked."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from tests.servers.recording import Reply, Service, recording
from tests.worker.making import add, bad, entry, good
from uptime.config import Settings
from uptime.core import Core
from uptime.core.own_line import OwnLine
from uptime.core.recording import Recording
from uptime.domain.channel import Channel, ChannelDraft, Contact, ContactDraft, Rules
from uptime.domain.delivery import Outcome
from uptime.domain.errors import Conflict, DeliveryFailed, Invalid, NotFound
from uptime.domain.monitor import Monitor
from uptime.domain.notification import Occasion
from uptime.domain.route import Route
from uptime.domain.schedule import to_ms
from uptime.store import Store

HOUR = 3_600_000


@pytest.fixture
def core(store: Store) -> Core:
    here = (ip_network("127.0.0.0/8"),)
    return Core(store, Settings(secret_key="x" * 32, outbound_allow=here, public_url="https://up.example"))


@pytest.fixture
def service() -> Iterator[Service]:
    with recording() as listening:
        yield listening


def now() -> datetime:
    return datetime.now(UTC)


def channel(core: Core, service: Service, name: str = "hook", standard: bool = True, **rules: Any) -> Channel:
    draft = ChannelDraft(name, "webhook", {"url": f"{service.url}/{name}"}, standard=standard, rules=Rules(**rules))
    return core.channels.add(1, draft, now())


class Story:
    """A monitor whose checks succeed and fail as it is told, an hour ago and minute by minute since."""

    def __init__(self, store: Store, **fields: Any) -> None:
        self.store, self.recording = store, Recording(store)
        self.at_ms = to_ms(now()) - HOUR
        self.monitor: Monitor = add(store, **fields)

    def goes(self, *results: bool) -> "Story":
        for ok in results:
            self.at_ms += 60_000
            result = good() if ok else bad()
            self.recording.write([entry(self.monitor, self.at_ms, result)])
        return self


def told(service: Service, name: str = "hook") -> list[tuple[str, str]]:
    """What a webhook heard: the monitor and the occasion of each message."""
    bodies = [asked.json for asked in service.asked if asked.path == f"/{name}"]
    return [(body["monitor"]["name"] if body["monitor"] else "", body["occasion"]) for body in bodies]


def settle(core: Core) -> None:
    core.notifying.drain(now(), 20)


def test_down_and_up_are_told_once_with_the_evidence(core: Core, store: Store, service: Service) -> None:
    channel(core, service)
    story = Story(store, name="Shop").goes(True, False, False, True)
    settle(core)
    settle(core)
    assert told(service) == [("Shop", "down"), ("Shop", "recovered")]
    down, up = (asked.json for asked in service.asked)
    assert down["event"] != up["event"]
    assert (down["status"], down["before"], down["reason"]) == ("down", "up", "status")
    assert down["message"]
    assert down["link"] == f"https://up.example/monitors/{story.monitor.id}"
    assert up["duration"] >= 60
    assert "Shop" in down["title"]
    log = core.channels.log(1, 1, 10)
    assert [line.outcome for line in log] == [Outcome.SENT, Outcome.SENT]


def test_why_it_was_told_is_on_record(core: Core, store: Store, service: Service) -> None:
    hook = channel(core, service)
    story = Story(store).goes(True, False)
    settle(core)
    newest = core.alerting.decisions(1, story.monitor.id, 10)[0]
    assert (newest.occasion, newest.channels) == (Occasion.DOWN, (hook.id,))
    assert newest.trace[-1] == "People believed that it is up, so they are told."


def test_a_first_check_that_succeeds_is_no_news(core: Core, store: Store, service: Service) -> None:
    channel(core, service)
    Story(store).goes(True)
    settle(core)
    assert service.asked == []


def test_nothing_is_lost_when_nobody_was_called(core: Core, store: Store, service: Service) -> None:
    """A crash between the record of a change and the call of the notifier is mended within a minute."""
    channel(core, service)
    story = Story(store).goes(True, False)
    store.client.delete("up:outbox:ready")
    settle(core)
    assert service.asked == []
    core.notifying.repair([story.monitor], now())
    settle(core)
    assert [occasion for _, occasion in told(service)] == ["down"]


def test_a_crash_between_sending_and_noting_repeats_the_message_under_its_id(
    core: Core, store: Store, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel(core, service)
    Story(store).goes(True, False)
    done = store.deliveries.done
    monkeypatch.setattr(store.deliveries, "done", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        settle(core)
    monkeypatch.setattr(store.deliveries, "done", done)
    store.deliveries.index.call([1], now())
    settle(core)
    ids = [asked.json["event"] for asked in service.asked]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_crash_between_messages_and_decision_sends_nothing_twice(
    core: Core, store: Store, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel(core, service)
    Story(store).goes(True, False)
    commit = store.outbox.commit
    monkeypatch.setattr(store.outbox, "commit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        core.notifying.decide(now())
    core.notifying.deliver(1)
    monkeypatch.setattr(store.outbox, "commit", commit)
    settle(core)
    assert [occasion for _, occasion in told(service)] == ["down"]


def test_a_channel_that_fails_is_tried_again_in_order_and_delays_no_other(core: Core, store: Store) -> None:
    with recording(Reply(503), Reply(503), Reply(200)) as weak, recording() as strong:
        channel(core, weak, "weak")
        channel(core, strong, "strong")
        Story(store, name="Shop").goes(True, False, True)
        settle(core)
        assert told(strong, "strong") == [("Shop", "down"), ("Shop", "recovered")]
        assert len(weak.asked) == 1
        for _ in range(2):
            overdue(store, 1)
            core.notifying.deliver(1)
        assert [occasion for _, occasion in told(weak, "weak")] == ["down", "down", "down", "recovered"]
        log = [(line.outcome, line.message) for line in core.channels.log(1, 1, 10)]
        assert [outcome for outcome, _ in log] == [Outcome.SENT, Outcome.SENT, Outcome.RETRY, Outcome.RETRY]
        assert "503" in log[-1][1]


def overdue(store: Store, channel_id: int) -> None:
    """Every pause of a channel has passed."""
    for one in store.deliveries.pending(channel_id):
        earlier = replace(one, next_at=now() - timedelta(seconds=1))
        store.client.hset(f"up:{{c{channel_id}}}:pending", one.id, encoded(earlier))


def encoded(noun: Any) -> bytes:
    from uptime.store.codec import encode

    return encode(noun)


def test_what_a_channel_refuses_for_good_is_not_tried_again(core: Core, store: Store) -> None:
    with recording(Reply(410)) as gone:
        hook = channel(core, gone)
        Story(store).goes(True, False)
        settle(core)
        settle(core)
        assert len(gone.asked) == 1
        assert store.deliveries.pending(hook.id) == []
        assert core.channels.log(1, hook.id, 10)[0].outcome is Outcome.FAILED


def test_a_dead_channel_is_asked_three_times_and_then_left_alone(core: Core, store: Store) -> None:
    with recording(Reply(500)) as dead:
        hook = channel(core, dead)
        for index in range(10):
            Story(store, name=f"m{index}").goes(True, False)
        settle(core)
        assert len(dead.asked) == 3
        waiting = store.deliveries.pending(hook.id)
        assert len(waiting) == 10
        assert all(one.next_at and one.next_at > now() - timedelta(seconds=5) for one in waiting)


def test_many_changes_at_once_become_one_message_that_names_them_all(
    core: Core, store: Store, service: Service
) -> None:
    channel(core, service)
    for index in range(30):
        Story(store, name=f"m{index}").goes(True, False)
    settle(core)
    [asked] = service.asked
    assert asked.json["occasion"] == "several"
    assert {line["name"] for line in asked.json["lines"]} == {f"m{index}" for index in range(30)}
    assert len({line["event"] for line in asked.json["lines"]}) == 30


def test_each_monitor_has_the_channels_and_contacts_of_its_own(core: Core, store: Store, service: Service) -> None:
    standard, other, third = (channel(core, service, name, name == "a") for name in "abc")
    contact: Contact = core.contacts.add(1, ContactDraft("team", (other.id, third.id)), now())
    Story(store, name="usual").goes(True, False)
    Story(store, name="own", routes=(Route(contact=contact.id), Route(channel=other.id))).goes(True, False)
    Story(store, name="nobody", routes=()).goes(True, False)
    settle(core)
    assert told(service, "a") == [("usual", "down")]
    assert told(service, "b") == told(service, "c") == [("own", "down")]
    assert standard.id


def test_a_delay_tells_only_what_lasts(core: Core, store: Store, service: Service) -> None:
    channel(core, service, delay=2 * 3_600)
    Story(store, name="short").goes(True, False, True)
    long = Story(store, name="long", routes=(Route(channel=1, delay=60),)).goes(True, False)
    settle(core)
    assert told(service) == [("long", "down")]
    assert long.monitor.id
    assert {line.outcome for line in core.channels.log(1, 1, 10)} == {Outcome.SENT, Outcome.DROPPED}


def test_reminders_end_when_somebody_looks_after_it(core: Core, store: Store, service: Service) -> None:
    channel(core, service, repeat=60)
    story = Story(store, name="Shop").goes(True, False)
    settle(core)
    remind(core, store)
    assert [occasion for _, occasion in told(service)] == ["down", "still down"]
    core.alerting.acknowledge(1, story.monitor.id, "alice", "on it", now())
    settle(core)
    remind(core, store)
    assert [occasion for _, occasion in told(service)] == ["down", "still down", "acknowledged"]
    story.goes(True)
    settle(core)
    assert told(service)[-1] == ("Shop", "recovered")
    assert core.alerting.state(1, story.monitor.id).acknowledged is None
    with pytest.raises(Conflict):
        core.alerting.acknowledge(1, story.monitor.id, "alice", "on it", now())


def remind(core: Core, store: Store) -> None:
    """The time of every reminder has come."""
    for one in store.deliveries.pending(1):
        earlier = replace(one, not_before=now() - timedelta(seconds=1))
        store.client.hset("up:{c1}:pending", one.id, encoded(earlier))
    core.notifying.deliver(1)


def test_a_silence_holds_trouble_back_until_it_ends(core: Core, store: Store, service: Service) -> None:
    channel(core, service)
    story = Story(store, name="Shop")
    core.alerting.silence(1, story.monitor.id, "alice", "being moved", None, now())
    story.goes(True, False)
    settle(core)
    assert service.asked == []
    core.alerting.unsilence(1, story.monitor.id, now())
    settle(core)
    assert told(service) == [("Shop", "down")]


def test_children_of_a_failed_parent_are_told_of_when_it_has_recovered(
    core: Core, store: Store, service: Service
) -> None:
    channel(core, service)
    router = Story(store, name="Router").goes(True, False)
    child = Story(store, name="Shop", parent=router.monitor.id).goes(True, False)
    healed = Story(store, name="Blog", parent=router.monitor.id).goes(True, False, True)
    settle(core)
    assert told(service) == [("Router", "down")]
    assert "Router, on which it depends" in " ".join(core.alerting.decisions(1, child.monitor.id, 1)[0].trace)
    router.goes(True)
    settle(core)
    settle(core)
    assert told(service)[0] == ("Router", "down")
    assert set(told(service)[1:]) == {("Router", "recovered"), ("Shop", "down")}
    assert healed.monitor.id


def test_the_messages_of_a_channel_that_is_switched_off_or_gone_are_dropped(
    core: Core, store: Store, service: Service
) -> None:
    hook = channel(core, service)
    Story(store).goes(True, False)
    core.notifying.decide(now())
    core.channels.replace(1, hook.id, replace(ChannelDraft("hook", "webhook", hook.settings), enabled=False), now())
    core.notifying.deliver(hook.id)
    assert (service.asked, store.deliveries.pending(hook.id)) == ([], [])
    core.channels.remove(1, hook.id, now())
    store.deliveries.index.call([hook.id], now())
    core.notifying.deliver(hook.id)
    assert store.deliveries.index.size() == 0
    with pytest.raises(NotFound):
        core.channels.log(1, hook.id, 1)


def test_a_removed_monitor_leaves_nothing_to_tell(core: Core, store: Store, service: Service) -> None:
    channel(core, service)
    story = Story(store).goes(True, False)
    core.monitors.remove(1, story.monitor.id, now(), keep_history=False)
    settle(core)
    assert service.asked == []
    assert store.outbox.index.size() == 0
    assert list(store.client.scan_iter(f"up:{{m{story.monitor.id}}}*")) == []


@pytest.mark.parametrize(
    ("alter", "field"),
    [
        (lambda draft: replace(draft, type="pigeon"), "type"),
        (lambda draft: replace(draft, name=" "), "name"),
        (lambda draft: replace(draft, settings={}), "url"),
        (lambda draft: replace(draft, rules=Rules(delay=-1)), "delay"),
        (lambda draft: replace(draft, rules=Rules(repeat=5)), "repeat"),
        (lambda draft: replace(draft, rules=Rules(title="{pigeon}")), "title"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_by_its_field(
    core: Core, alter: Callable[[ChannelDraft], ChannelDraft], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        core.channels.add(1, alter(ChannelDraft("a", "webhook", {"url": "https://a.example/"})), now())
    assert refused.value.field == field


def test_secrets_are_shown_masked_and_go_nowhere_else(core: Core, service: Service) -> None:
    settings = {"url": f"{service.url}/secret-path", "secret": "s3cret"}
    made = core.channels.add(1, ChannelDraft("a", "webhook", settings), now())
    shown = core.channels.shown_settings(made)
    assert "secret-path" not in str(shown)
    assert "s3cret" not in str(shown)
    kept = core.channels.replace(1, made.id, ChannelDraft("b", "webhook", shown), now())
    assert kept.settings == made.settings
    with pytest.raises(Invalid):
        core.channels.replace(1, made.id, ChannelDraft("b", "webhook", shown | {"url": "https://evil.example/"}), now())


def test_a_test_message_is_sent_at_once_and_a_failure_is_said(core: Core, service: Service) -> None:
    hook = channel(core, service)
    assert core.channels.test(1, hook.id, now()).outcome is Outcome.SENT
    assert service.asked[0].json["occasion"] == "test"
    with recording(Reply(500)) as broken, pytest.raises(DeliveryFailed):
        core.channels.test(1, channel(core, broken, "broken").id, now())


def test_a_message_of_the_log_can_be_sent_again_under_its_id(core: Core, store: Store, service: Service) -> None:
    hook = channel(core, service)
    Story(store).goes(True, False)
    settle(core)
    [sent] = core.channels.log(1, hook.id, 10)
    core.channels.replay(1, hook.id, sent.id, now())
    ids = [asked.json["event"] for asked in service.asked]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_without_a_notifier_a_sweep_tells_people_itself(core: Core, store: Store, service: Service) -> None:
    channel(core, service)
    monitor = add(store, "http://127.0.0.1:1/", name="Shop")
    core.checking.sweep(1, now())
    assert told(service) == [("Shop", "down")]
    assert monitor.id


def test_where_a_notifier_lives_a_sweep_leaves_telling_to_it(core: Core, store: Store, service: Service) -> None:
    channel(core, service)
    add(store, "http://127.0.0.1:1/", name="Shop")
    store.workers.seen("notifier", "other", now())
    core.checking.sweep(1, now())
    assert service.asked == []


def test_a_fresh_account_has_one_contact_with_an_e_mail_channel(core: Core) -> None:
    core.users.set_up("admin", "correct horse battery", "ops@shop.example", None, now())
    [channel_] = core.channels.list(1)
    assert (channel_.type, channel_.settings["to"], channel_.enabled, channel_.standard) == (
        "email",
        ["ops@shop.example"],
        True,
        True,
    )
    [contact] = core.contacts.list(1)
    assert contact.channels == (channel_.id,)


def test_the_operator_hears_once_that_our_own_line_is_down_and_once_that_it_is_back(
    core: Core, store: Store, service: Service
) -> None:
    channel(core, service)
    channel(core, service, "other", standard=False)
    for answering in (True, False, False, True):
        OwnLine(store).tell(answering, now())
    settle(core)
    assert told(service) == [("", "operator"), ("", "operator")]
    assert told(service, "other") == []
    assert "back" in service.asked[1].json["text"]
