"""The check types: every module of this folder whose name has no leading underscore is one."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from uptime.checks._kind import CheckType


@cache
def check_types() -> dict[str, CheckType]:
    """Every check type by its word. Found by looking into this folder; nothing is registered."""
    found = {}
    for module in iter_modules(__path__):
        if not module.name.startswith("_"):
            kind: CheckType = import_module(f"{__name__}.{module.name}").CHECK
            found[kind.word] = kind
    return found
