"""Keys of people, of what lets them and programs in, and of what they did."""


def set_up() -> str:
    """String: exists once the set-up is complete. No expiry."""
    return "up:{users}:set-up"


def user(user_id: int) -> str:
    """String: the User as JSON. No expiry."""
    return f"up:{{users}}:user:{user_id}"


def user_ids() -> str:
    """Integer: how many users were made after the first."""
    return "up:ids:user"


def account_ids() -> str:
    """Integer: how many accounts were made after the first."""
    return "up:ids:account"


def logins() -> str:
    """Hash by name and by e-mail address, case folded: the user's id. No expiry."""
    return "up:{users}:logins"


def last_logins() -> str:
    """Hash by user id: ms of the last login. No expiry."""
    return "up:{users}:last-logins"


def members(account: int) -> str:
    """Set: ids of the account's users. No expiry."""
    return f"up:{{users}}:of:{account}"


def owners(account: int) -> str:
    """Set: ids of the account's active owners; never empty again once there was one. No expiry."""
    return f"up:{{users}}:owners:{account}"


def invitations(account: int) -> str:
    """Hash by id: the Invitation as JSON. Those past their end leave when the next is made. No expiry."""
    return f"up:{{users}}:invitations:{account}"


def invitation_ids() -> str:
    """Integer: the newest invitation id."""
    return "up:ids:invitation"


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


def audit(account: int) -> str:
    """Sorted set: entries of the audit log as JSON. Score: their id. At most 10,000; expires in 401 days."""
    return f"up:{{a{account}}}:audit"


def audit_ids(account: int) -> str:
    """Integer: the newest id of an audit entry. No expiry."""
    return f"up:{{a{account}}}:audit:ids"
