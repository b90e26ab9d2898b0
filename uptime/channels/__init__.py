"""The channel types: every module of this folder whose name has no leading underscore is one."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from uptime.channels._kind import ChannelType


@cache
def channel_types() -> dict[str, ChannelType]:
    """Every channel type by its word. Found by looking into this folder; nothing is registered."""
    found = {}
    for module in iter_modules(__path__):
        if not module.name.startswith("_"):
            kind: ChannelType = import_module(f"{__name__}.{module.name}").CHANNEL
            found[kind.word] = kind
    return found
