"""Every key of the store: its type, members, scores and lifetime. This file is the schema.

All keys begin with `up:`. What one script touches shares a hash tag: `{m<id>}` for a monitor,
`{a<id>}` for an account, `{due}` for the schedule. Functions return the key as text.
"""

from dataclasses import dataclass

HOUR_MS = 3_600_000
DAY_MS = 86_400_000

HOURS_A_STRING = 240
"""Hours whose counts share one string."""

DAYS_A_STRING = 128
"""Days whose counts share one string."""

HOURS_A_HASH = 24
"""Hours whose latencies share one hash: a day."""

DAYS_A_HASH = 32
"""Days whose latencies share one hash."""

COUNT_FIELDS = 6
"""Counters of 16 bits in each hour and day: up, degraded, down, maintenance, unknown, extra."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each kind of history is kept; heartbeats have the TTL of their account instead."""

    hour_days: int = 90
    day_days: int = 400
    change_days: int = 400
    evidence_days: int = 90


# Heartbeats, one monitor and location each


def state(monitor_id: int, location: str) -> str:
    """String: the packed State, its version in the first four bytes. No expiry."""
    return f"up:{{m{monitor_id}}}:state:{location}"


def chunk(monitor_id: int, location: str, start: int, span: int) -> str:
    """Sorted set. Score: planned time in ms since start, and a half for an extra. Member: one packed heartbeat.

    Expires the TTL after its last heartbeat can have ended. `start` and `span` in seconds.
    """
    return f"up:{{m{monitor_id}}}:beats:{location}:{start}:{span}"


def chunks(monitor_id: int, location: str) -> str:
    """Sorted set: the chunks that exist. Member: `start:span`. Score: the second by which its heartbeats have ended.

    Those past the TTL leave when the next chunk opens. No expiry.
    """
    return f"up:{{m{monitor_id}}}:chunks:{location}"


def evidence(monitor_id: int, location: str) -> str:
    """Sorted set: texts of failures. Score: planned ms. Member: planned ms, reason, message, excerpt, packed.

    At most 5,000; expires evidence_days after the last.
    """
    return f"up:{{m{monitor_id}}}:evidence:{location}"


def changes(monitor_id: int, location: str) -> str:
    """Sorted set: changes of the settled status as JSON. Score: ms. Expires change_days after the last."""
    return f"up:{{m{monitor_id}}}:changes:{location}"


def outages(monitor_id: int, location: str) -> str:
    """Sorted set: packed outages. Score: start in ms. Expires change_days after the last one ended."""
    return f"up:{{m{monitor_id}}}:outages:{location}"


def tokens(monitor_id: int, location: str) -> str:
    """Sorted set: tokens of extras on record, so that a repeat is known. Score: ms. At most 1,000; expires in a day."""
    return f"up:{{m{monitor_id}}}:tokens:{location}"


def certificate(monitor_id: int, location: str) -> str:
    """String: the newest certificate as JSON. No expiry."""
    return f"up:{{m{monitor_id}}}:certificate:{location}"


def locations(monitor_id: int) -> str:
    """Set: the locations that have heartbeats on record. No expiry."""
    return f"up:{{m{monitor_id}}}:locations"


# What was heard and said of monitors that run no check


def push(monitor_id: int) -> str:
    """String: Heard as JSON: when a push monitor last reported, how, and its runs. No expiry."""
    return f"up:{{m{monitor_id}}}:push"


def push_log(monitor_id: int) -> str:
    """List: pushes as JSON, newest first. At most 100."""
    return f"up:{{m{monitor_id}}}:push:log"


def push_token(digest: str) -> str:
    """String: the monitor's id, by the SHA-256 of its token. No expiry."""
    return f"up:push:{digest}"


def listening() -> str:
    """String: ms since when pushes can have been heard: before, nobody may have been there. No expiry."""
    return "up:listening"


def stance(monitor_id: int) -> str:
    """String: the Stance of a manual monitor as JSON. No expiry."""
    return f"up:{{m{monitor_id}}}:stance"


# Rollups, one monitor and location each


def hour_counts(monitor_id: int, location: str, hour: int) -> str:
    """String: the counts of 240 hours, big-endian. `hour` since 1970. Expires hour_days after its last hour."""
    return f"up:{{m{monitor_id}}}:hours:{location}:{hour // HOURS_A_STRING}"


def day_counts(monitor_id: int, location: str, day: int) -> str:
    """String: the counts of 128 days, big-endian. `day` since 1970. Expires day_days after its last day."""
    return f"up:{{m{monitor_id}}}:days:{location}:{day // DAYS_A_STRING}"


def hour_latencies(monitor_id: int, location: str, hour: int) -> str:
    """Hash: packed latencies by hour of one day, a byte. `hour` since 1970. Expires hour_days after its day."""
    return f"up:{{m{monitor_id}}}:hourms:{location}:{hour // HOURS_A_HASH}"


def day_latencies(monitor_id: int, location: str, day: int) -> str:
    """Hash: packed latencies by day of 32 days, a byte. `day` since 1970. Expires day_days after its last day."""
    return f"up:{{m{monitor_id}}}:dayms:{location}:{day // DAYS_A_HASH}"


def rollups(monitor_id: int, location: str) -> str:
    """Sorted set: the four kinds of keys above that exist. Score: the second at which each expires. No expiry."""
    return f"up:{{m{monitor_id}}}:rollups:{location}"


# The schedule


def due(location: str) -> str:
    """Sorted set: monitor ids. Score: the ms at which each is due, or at which its lease ends."""
    return f"up:{{due}}:at:{location}"


def due_facts(location: str) -> str:
    """Hash by monitor id: interval, phase, timeout, planned time, fence and whether it is claimed, packed."""
    return f"up:{{due}}:facts:{location}"


def due_fence() -> str:
    """Integer: the number of the newest claim."""
    return "up:{due}:fence"


def due_answer(asker: str, location: str) -> str:
    """String: number of the newest question of one asker, a colon, and the claims it was answered with, packed.

    Expires in 10 minutes.
    """
    return f"up:{{due}}:answer:{asker}:{location}"


def due_locations() -> str:
    """Set: the locations that have monitors in the schedule."""
    return "up:{due}:locations"


# Work: who does it, and the sweeps


def workers(kind: str) -> str:
    """Sorted set: names of the processes of a kind. Score: ms of the last mark; those a minute old are removed."""
    return f"up:workers:{kind}"


def line(location: str) -> str:
    """String: `answering` or `broken`, as was told last of the line of a location. No expiry."""
    return f"up:line:{location}"


def turn(errand: str) -> str:
    """String: held by the one process that runs an errand this time. Expires with the turn."""
    return f"up:turn:{errand}"


def sweep(account: int) -> str:
    """String: the id of the sweep that runs. Expires 10 s after its owner renewed it last."""
    return f"up:{{a{account}}}:sweep"


def findings(account: int, sweep_id: str) -> str:
    """List: what a sweep found, a letter before each: f and a Finding, at last e and the Ending, as JSON.

    Expires in 5 minutes.
    """
    return f"up:{{a{account}}}:sweep:{sweep_id}"


def lock(name: str) -> str:
    """String: the token of the one process that does something of which one at a time is enough. Expires in seconds."""
    return f"up:lock:{name}"


# Telling people: what has changed, what was decided, what is on its way


def alert_state(monitor_id: int) -> str:
    """String: the AlertState as JSON. No expiry; goes with the monitor's history."""
    return f"up:{{m{monitor_id}}}:alert"


def outbox(monitor_id: int) -> str:
    """List: changes nobody has decided about yet, as JSON Events, oldest first. At most 1,000."""
    return f"up:{{m{monitor_id}}}:outbox"


def decisions(monitor_id: int) -> str:
    """Sorted set: Decided as JSON. Score: ms. At most 1,000; expires change_days after the last."""
    return f"up:{{m{monitor_id}}}:decisions"


def outbox_ready() -> str:
    """Sorted set: ids of monitors to decide about. Score: ms from which on, and a fraction that tells writes apart."""
    return "up:outbox:ready"


def pending(channel_id: int) -> str:
    """Hash by delivery id: the Delivery as JSON. No expiry."""
    return f"up:{{c{channel_id}}}:pending"


def told(channel_id: int) -> str:
    """Hash by monitor id: the event of the trouble this channel tells of and has not told the end of. No expiry."""
    return f"up:{{c{channel_id}}}:told"


def sent(channel_id: int) -> str:
    """Sorted set: ids of deliveries that were sent. Score: ms. Forgotten after two days."""
    return f"up:{{c{channel_id}}}:sent"


def delivery_log(channel_id: int) -> str:
    """List: LogEntry as JSON, newest first. At most 1,000."""
    return f"up:{{c{channel_id}}}:log"


def channels_ready() -> str:
    """Sorted set: ids of channels with something to send. Score: as in outbox_ready."""
    return "up:channels:ready"


def channel_ids() -> str:
    """Integer: the newest channel id; contacts share it."""
    return "up:ids:channel"


# Accounts and what they own


def channels(account: int) -> str:
    """Hash by channel id: the Channel as JSON. No expiry."""
    return f"up:{{a{account}}}:channels"


def contacts(account: int) -> str:
    """Hash by contact id: the Contact as JSON. No expiry."""
    return f"up:{{a{account}}}:contacts"


def channel_account(channel_id: int) -> str:
    """String: the account of a channel. No expiry."""
    return f"up:{{c{channel_id}}}:account"


def accounts() -> str:
    """Set: the ids of all accounts. No expiry."""
    return "up:accounts"


def monitor_ids() -> str:
    """Integer: the newest monitor id."""
    return "up:ids:monitor"


def key_ids() -> str:
    """Integer: the newest API key id."""
    return "up:ids:key"


def maintenance_ids() -> str:
    """Integer: the newest maintenance id."""
    return "up:ids:maintenance"


def tag_ids() -> str:
    """Integer: the newest tag id."""
    return "up:ids:tag"


def project_ids() -> str:
    """Integer: the newest project id."""
    return "up:ids:project"


def tags(account: int) -> str:
    """Hash by tag id: the Tag as JSON. No expiry."""
    return f"up:{{a{account}}}:tags"


def projects(account: int) -> str:
    """Hash by project id: the Project as JSON. No expiry."""
    return f"up:{{a{account}}}:projects"


def monitor(monitor_id: int) -> str:
    """String: the Monitor as JSON. No expiry; goes with its history."""
    return f"up:{{m{monitor_id}}}:monitor"


def monitors(account: int) -> str:
    """Sorted set: ids of the account's monitors. Score: ms of creation, which is the display order. No expiry."""
    return f"up:{{a{account}}}:monitors"


def monitor_names(account: int) -> str:
    """Sorted set of one score: `name NUL id`, so that a name is found by its range. No expiry."""
    return f"up:{{a{account}}}:names"


def groups(account: int) -> str:
    """Set: ids of the account's groups, so that a change of a member finds them. No expiry."""
    return f"up:{{a{account}}}:groups"


def removed_monitors(account: int) -> str:
    """Sorted set: ids of monitors whose configuration is gone and whose history was kept. Score: ms. No expiry."""
    return f"up:{{a{account}}}:removed"


def site(account: int) -> str:
    """String: the Site as JSON. No expiry."""
    return f"up:{{a{account}}}:site"


def runs(account: int) -> str:
    """List: the run log as JSON, newest first. At most 1,000."""
    return f"up:{{a{account}}}:runs"


def snapshot(account: int) -> str:
    """Hash: `view` as JSON, `mark` of what it was built from. No expiry: it outlives trouble."""
    return f"up:{{a{account}}}:snapshot"


def snapshot_mark(account: int) -> str:
    """Integer: raised by whatever readers of the public status would see."""
    return f"up:{{a{account}}}:snapshot:mark"


def snapshot_turn(account: int) -> str:
    """String: held by who rebuilds the snapshot. Expires after 0.7 s, so that nobody rebuilds it more often."""
    return f"up:{{a{account}}}:snapshot:turn"


# Cron jobs


def cron_jobs(account: int) -> str:
    """Hash by job id: the CronJob as JSON. No expiry."""
    return f"up:{{jobs}}:of:{account}"


def cron_runs(account: int, job_id: str) -> str:
    """List: executions of a job as JSON, newest first. At most 100."""
    return f"up:{{jobs}}:runs:{account}:{job_id}"


def cron_due() -> str:
    """Sorted set: `account:job id` of the jobs that are on. Score: ms of the next run, or of the lease's end."""
    return "up:{jobs}:due"


# Maintenance


def maintenances(account: int) -> str:
    """Hash by maintenance id: the Maintenance as JSON. No expiry."""
    return f"up:{{maintenance}}:of:{account}"


def maintenance_edges() -> str:
    """Sorted set: `account:maintenance id`. Score: ms at which a window begins or ends next, or a lease ends."""
    return "up:{maintenance}:edges"


# People and keys


def set_up() -> str:
    """String: exists once the set-up is complete. No expiry."""
    return "up:{users}:set-up"


def user(user_id: int) -> str:
    """String: the User as JSON. No expiry."""
    return f"up:{{users}}:user:{user_id}"


def user_names() -> str:
    """Hash by name: the user's id."""
    return "up:{users}:names"


def session(digest: str) -> str:
    """String: the Session as JSON, by the SHA-256 of its token. Expires with the session."""
    return f"up:session:{digest}"


def sessions(user_id: int) -> str:
    """Set: digests of the user's sessions. Expires with the longest of them."""
    return f"up:sessions:{user_id}"


def api_keys(account: int) -> str:
    """Hash by key id: the ApiKey as JSON. No expiry."""
    return f"up:{{a{account}}}:keys"


def api_keys_used(account: int) -> str:
    """Hash by key id: ms of the last use."""
    return f"up:{{a{account}}}:keys:used"


def keys_made() -> str:
    """Set: digests of the secrets that API_KEY has named, so that a revoked one does not come back. No TTL."""
    return "up:keys-made"


def api_key(digest: str) -> str:
    """String: `account:key id`, by the SHA-256 of the secret. No expiry."""
    return f"up:key:{digest}"


def throttle(name: str) -> str:
    """Sorted set: attempts at something. Score: ms. Those older than its window leave; expires with it."""
    return f"up:throttle:{name}"


FEED = "up:feed"
"""Channel: lists of events as JSON."""

EVERYTHING = "up:*"
"""The pattern of every key of ours."""
