"""What a value of ``triage.toml`` may be: in words, as a test, as JSON Schema, and how it is taken in."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

UNREACHABLE = timedelta.max.total_seconds()
"""No number is as large as this, so that each can be a duration in seconds."""

_DURATION = re.compile(r"([0-9]{1,5})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of value."""

    expected: str
    fits: Callable[[Any], bool]
    schema: Mapping[str, object]
    read: Callable[[Any], Any] = lambda value: value


def is_number(value: object) -> bool:
    """Whether it is a number that can be reached, also in seconds; NaN is not, and True is none but an int to Python."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < UNREACHABLE


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_texts(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_count(value: object) -> bool:
    return is_number(value) and value == int(value) and 1 <= value <= _MOST  # type: ignore[operator,call-overload]


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _duration(value: str) -> timedelta:
    found = _DURATION.fullmatch(value)
    assert found
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


_MOST = 1_000_000
_TEXT_SCHEMA = {"type": "string", "minLength": 1}

TEXT = Kind(expected="str, not empty", fits=_is_text, schema=_TEXT_SCHEMA)
TEXTS = Kind(
    expected="str or list of str, none of them empty",
    fits=_is_texts,
    schema={"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA}]},
    read=_several,
)
COUNT = Kind(
    expected="int, 1 or more", fits=_is_count, schema={"type": "integer", "minimum": 1, "maximum": _MOST}, read=int
)
FLAG = Kind(expected="bool", fits=lambda value: isinstance(value, bool), schema={"type": "boolean"})
ABOVE_ZERO = Kind(
    expected="a number above 0",
    fits=lambda value: is_number(value) and value > 0,
    schema={"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": UNREACHABLE},
)
NUMBER = Kind(
    expected="a number, 0 or more",
    fits=is_number,
    schema={"type": "number", "minimum": 0, "exclusiveMaximum": UNREACHABLE},
)
DURATION = Kind(
    expected='a duration such as "90d", in s, m, h, d or w',
    fits=lambda value: isinstance(value, str) and _DURATION.fullmatch(value) is not None,
    schema={"type": "string", "pattern": f"^{_DURATION.pattern}$"},
    read=_duration,
)
DATE = Kind(
    expected="a date such as 2026-12-31, without quotation marks",
    fits=lambda value: isinstance(value, date) and not isinstance(value, datetime),
    schema={"type": "string", "format": "date"},
)


def one_of(*choices: str) -> Kind:
    """One of these texts."""
    return Kind(
        expected=f"one of {', '.join(choices)}", fits=lambda value: value in choices, schema={"enum": list(choices)}
    )
