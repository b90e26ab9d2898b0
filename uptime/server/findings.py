"""What an examination finds: how something is, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it is. `broken`: it must be put right; `doubtful`: it should be."""

    what: str
    sentence: str
    broken: bool = False
    doubtful: bool = False

    @property
    def mark(self) -> str:
        return "wrong" if self.broken else "warning" if self.doubtful else "ok"
