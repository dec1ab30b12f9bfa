"""By what a failure is known: SQLAlchemy's code, then the class, then SQLSTATE or errno, then the text.

The order is that of how long each stays the same: codes since SQLAlchemy 1.2, classes mostly, the servers' codes always but
for errors that the client makes up itself, texts as long as nobody mends a sentence or translates it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from triage.evidence import ErrorClue

_ROOT = "sqlalchemy"
Rank = tuple[int, int]
"""How well a signature fits, the least best; of two texts the one that stands first in the message."""
CODE, CLASS, STATE, TEXT, VAGUE = range(5)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a failure's errors have, any of it."""

    codes: tuple[str, ...] = ()
    """SQLAlchemy's, as in https://sqlalche.me/e/20/3o7r."""
    classes: tuple[str, ...] = ()
    """SQLAlchemy's by their names alone; with a module, only that of this module."""
    sqlstates: tuple[str, ...] = ()
    errnos: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    """Patterns, whatever the case."""
    unless: tuple[str, ...] = ()
    """Patterns of another error that has the same code or words."""
    otherwise: "Signature | None" = None
    """What counts where nothing else of any signature does: a driver says so of itself, whatever the reason was."""

    def rank(self, clue: ErrorClue) -> Rank | None:
        """How well it fits; None if it does not."""
        if self.unless and _any_of(self.unless).search(clue.message):
            return None
        return self._rank(clue)

    def _rank(self, clue: ErrorClue) -> Rank | None:
        if clue.code in self.codes:
            return CODE, 0
        if any(self._has(name) for name in clue.classes):
            return CLASS, 0
        state = clue.sqlstate
        if (state and state in self.sqlstates) or clue.errno in self.errnos:
            return STATE, 0
        found = _any_of(self.texts).search(clue.message) if self.texts else None
        if found:
            return TEXT, found.start()
        if self.otherwise is None or self.otherwise.rank(clue) is None:
            return None
        return VAGUE, 0

    def _has(self, name: str) -> bool:
        if name in self.classes:
            return True
        module, _, last = name.rpartition(".")
        return last in self.classes and (not module or module.startswith(_ROOT))


@lru_cache
def _any_of(texts: tuple[str, ...]) -> "re.Pattern[str]":
    return re.compile("|".join(f"(?:{text})" for text in texts), re.IGNORECASE)
