"""What is wrong with a file: where, what, and what was probably meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from triage.errors import ConfigError

Place = tuple[str | int, ...]
"""The keys that lead to a value; a number counts the tables of a list from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a file."""

    place: Place
    message: str
    """What is wrong, after the name of the key."""
    hint: str

    def error(self, path: Path, line: int | None) -> ConfigError:
        """The error to raise for it."""
        where = f"{path}, line {line}" if line else f"{path}"
        name = named(self.place)
        return ConfigError(f"{where}: {name} {self.message}" if name else f"{where}: {self.message}", self.hint)


def named(place: Place) -> str:
    """The place as a person writes it: ``targets.bookstore.url``, ``outputs[1].format``, the tables counted from 1."""
    name = ""
    for key in place:
        name += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if name else key
    return name


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """A hint that names what was probably meant."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known {what}s: {', '.join(names)}" if names else f"no {what} is defined there"


def found(value: object) -> str:
    """A hint that repeats a wrong value, but not what is inside a list or a table: it may be a URL with its password."""
    return f"it is a {type(value).__name__}" if isinstance(value, list | dict) else f"it is {value!r}"
