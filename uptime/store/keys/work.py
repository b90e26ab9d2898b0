"""Keys of what is to be done: checks that are due, who does them, and what is to be told."""

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


def restoring() -> str:
    """Integer: ms at which a restore began; gone when it has ended. No expiry."""
    return "up:restoring"


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
