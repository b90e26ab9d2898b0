"""Secrets as they are shown: asterisks."""

import re
from urllib.parse import urlsplit, urlunsplit

from uptime.domain.monitor import JsonValue

MASK = "********"


def masked_url(url: JsonValue) -> str:
    """A URL with asterisks for its password."""
    text = str(url)
    if "@" not in text:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return re.sub(r"//[^/@]*@", f"//{MASK}@", text)
    user, _, host = parts.netloc.rpartition("@")
    if ":" not in user:
        return text
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{MASK}@{host}"))
