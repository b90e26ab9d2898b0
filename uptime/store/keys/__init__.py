"""Every key of the store: its type, members, scores and lifetime. This package is the schema.

All keys begin with `up:`. What one script touches shares a hash tag: `{m<id>}` for a monitor, `{a<id>}` for an
account, `{c<id>}` for a channel, `{due}` for the schedule. Functions return the key as text.
"""

from uptime.store.keys.history import COUNT_FIELDS as COUNT_FIELDS
from uptime.store.keys.history import DAY_MS as DAY_MS
from uptime.store.keys.history import DAYS_A_HASH as DAYS_A_HASH
from uptime.store.keys.history import DAYS_A_STRING as DAYS_A_STRING
from uptime.store.keys.history import HOUR_MS as HOUR_MS
from uptime.store.keys.history import HOURS_A_HASH as HOURS_A_HASH
from uptime.store.keys.history import HOURS_A_STRING as HOURS_A_STRING
from uptime.store.keys.history import Retention as Retention
from uptime.store.keys.history import certificate as certificate
from uptime.store.keys.history import changes as changes
from uptime.store.keys.history import chunk as chunk
from uptime.store.keys.history import chunks as chunks
from uptime.store.keys.history import day_counts as day_counts
from uptime.store.keys.history import day_latencies as day_latencies
from uptime.store.keys.history import evidence as evidence
from uptime.store.keys.history import hour_counts as hour_counts
from uptime.store.keys.history import hour_latencies as hour_latencies
from uptime.store.keys.history import listening as listening
from uptime.store.keys.history import locations as locations
from uptime.store.keys.history import outages as outages
from uptime.store.keys.history import push as push
from uptime.store.keys.history import push_log as push_log
from uptime.store.keys.history import push_token as push_token
from uptime.store.keys.history import rollups as rollups
from uptime.store.keys.history import stance as stance
from uptime.store.keys.history import state as state
from uptime.store.keys.history import tokens as tokens
from uptime.store.keys.pages import incident_causes as incident_causes
from uptime.store.keys.pages import incident_ids as incident_ids
from uptime.store.keys.pages import incidents as incidents
from uptime.store.keys.pages import incidents_by_time as incidents_by_time
from uptime.store.keys.pages import incidents_open as incidents_open
from uptime.store.keys.pages import incidents_untold as incidents_untold
from uptime.store.keys.pages import page_hosts as page_hosts
from uptime.store.keys.pages import page_ids as page_ids
from uptime.store.keys.pages import page_slugs as page_slugs
from uptime.store.keys.pages import page_snapshot as page_snapshot
from uptime.store.keys.pages import page_snapshot_turn as page_snapshot_turn
from uptime.store.keys.pages import pages as pages
from uptime.store.keys.pages import postings as postings
from uptime.store.keys.pages import postings_due as postings_due
from uptime.store.keys.pages import subscriber_addresses as subscriber_addresses
from uptime.store.keys.pages import subscriber_ids as subscriber_ids
from uptime.store.keys.pages import subscribers as subscribers
from uptime.store.keys.people import account_ids as account_ids
from uptime.store.keys.people import api_key as api_key
from uptime.store.keys.people import api_keys as api_keys
from uptime.store.keys.people import api_keys_used as api_keys_used
from uptime.store.keys.people import audit as audit
from uptime.store.keys.people import audit_ids as audit_ids
from uptime.store.keys.people import invitation_ids as invitation_ids
from uptime.store.keys.people import invitations as invitations
from uptime.store.keys.people import keys_made as keys_made
from uptime.store.keys.people import last_logins as last_logins
from uptime.store.keys.people import logins as logins
from uptime.store.keys.people import members as members
from uptime.store.keys.people import owners as owners
from uptime.store.keys.people import session as session
from uptime.store.keys.people import sessions as sessions
from uptime.store.keys.people import set_up as set_up
from uptime.store.keys.people import throttle as throttle
from uptime.store.keys.people import user as user
from uptime.store.keys.people import user_ids as user_ids
from uptime.store.keys.work import alert_state as alert_state
from uptime.store.keys.work import channel_ids as channel_ids
from uptime.store.keys.work import channels_ready as channels_ready
from uptime.store.keys.work import decisions as decisions
from uptime.store.keys.work import delivery_log as delivery_log
from uptime.store.keys.work import due as due
from uptime.store.keys.work import due_answer as due_answer
from uptime.store.keys.work import due_facts as due_facts
from uptime.store.keys.work import due_fence as due_fence
from uptime.store.keys.work import due_locations as due_locations
from uptime.store.keys.work import findings as findings
from uptime.store.keys.work import line as line
from uptime.store.keys.work import lock as lock
from uptime.store.keys.work import outbox as outbox
from uptime.store.keys.work import outbox_ready as outbox_ready
from uptime.store.keys.work import pending as pending
from uptime.store.keys.work import restoring as restoring
from uptime.store.keys.work import sent as sent
from uptime.store.keys.work import sweep as sweep
from uptime.store.keys.work import told as told
from uptime.store.keys.work import turn as turn
from uptime.store.keys.work import workers as workers

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


FEED = "up:feed"
"""Channel: lists of events as JSON."""

EVERYTHING = "up:*"
"""The pattern of every key of ours."""

PASSING = (
    "up:session:*", "up:sessions:*", "up:lock:*", "up:turn:*", "up:workers:*", "up:line:*", "up:throttle:*",
    "up:{a*}:sweep*", "up:{a*}:snapshot*", "up:{a*}:page:*", "up:{due}:*", "up:listening", "up:restoring",
)  # fmt: skip
"""Patterns of what matters at this moment only, or is made anew from the rest: no backup holds it."""
