"""Keys of incidents, of status pages, and of those who are told."""

# Incidents


def incident_ids() -> str:
    """Integer: the newest incident id."""
    return "up:ids:incident"


def incidents(account: int) -> str:
    """Hash by incident id: the Incident as JSON. No expiry."""
    return f"up:{{a{account}}}:incidents"


def incidents_by_time(account: int) -> str:
    """Sorted set: incident ids. Score: ms at which each began. No expiry."""
    return f"up:{{a{account}}}:incidents:time"


def incidents_open(account: int) -> str:
    """Set: ids of the incidents that are not resolved, drafts among them. No expiry."""
    return f"up:{{a{account}}}:incidents:open"


def incident_causes(account: int) -> str:
    """Hash by `monitor id:start in ms` of an outage: the id of the incident drafted from it. No expiry."""
    return f"up:{{a{account}}}:incidents:causes"


def incidents_untold(account: int) -> str:
    """Set: `incident id:update id` of what the subscribers have not been told. No expiry."""
    return f"up:{{a{account}}}:incidents:untold"


# Subscribers


def subscriber_ids() -> str:
    """Integer: the newest subscriber id."""
    return "up:ids:subscriber"


def subscribers(account: int) -> str:
    """Hash by subscriber id: the Subscriber as JSON. No expiry."""
    return f"up:{{a{account}}}:subscribers"


def subscriber_addresses(account: int) -> str:
    """Hash by `page id:kind:address`: the id of the subscriber. No expiry."""
    return f"up:{{a{account}}}:subscribers:addresses"


def postings() -> str:
    """Hash by posting id: the Posting as JSON. Each leaves when it was sent or given up."""
    return "up:{postings}:all"


def postings_due() -> str:
    """Sorted set: posting ids. Score: ms at which each is tried next, or at which its lease ends."""
    return "up:{postings}:due"


# Status pages


def page_ids() -> str:
    """Integer: the newest page id."""
    return "up:{pages}:ids"


def pages(account: int) -> str:
    """Hash by page id: the StatusPage as JSON. No expiry."""
    return f"up:{{pages}}:of:{account}"


def page_slugs() -> str:
    """Hash by slug: `account:page id`. No expiry."""
    return "up:{pages}:slugs"


def page_hosts() -> str:
    """Hash by host name: `account:page id`. No expiry."""
    return "up:{pages}:hosts"


def page_snapshot(account: int, page_id: int) -> str:
    """Hash: `view` as JSON, `mark` of what it was built from. Expires in 7 days; outlives trouble of less."""
    return f"up:{{a{account}}}:page:{page_id}:snapshot"


def page_snapshot_turn(account: int, page_id: int) -> str:
    """String: held by who rebuilds the snapshot of a page. Expires after 0.7 s."""
    return f"up:{{a{account}}}:page:{page_id}:turn"
