"""How each option's value is read.

A reader takes the value and whether its text is converted, as ``engine_from_config`` does for
options in a configuration file. It raises ValueError with what the value should have been.
"""

from collections.abc import Callable
from datetime import timedelta

from triage.collectors.engine_config.declaration import Reference
from triage.collectors.engine_config.defaults import POOL_CLASSES

_TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "f", "0"})

_RESET_ON_RETURN: dict[object, str | None] = {
    "rollback": "rollback",
    True: "rollback",
    "commit": "commit",
    "none": None,
    None: None,
    False: None,
}


def whole_number(value: object, converts_text: bool) -> int:
    """A count."""
    if converts_text and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise ValueError("not a whole number") from None
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("not a whole number")
    return value


def _seconds(value: object, converts_text: bool) -> timedelta:
    number = value if isinstance(value, float) else whole_number(value, converts_text)
    try:
        return timedelta(seconds=number)
    except (OverflowError, ValueError):
        raise ValueError("not a number of seconds") from None


def _timeout(value: object, converts_text: bool) -> timedelta | None:
    return None if value is None else _seconds(value, converts_text)


def _recycle(value: object, converts_text: bool) -> timedelta | None:
    age = _seconds(value, converts_text)
    return None if age < timedelta(0) else age


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("neither true nor false")
    return word in _TRUE


def _flag(value: object) -> bool:
    if value is not None and not isinstance(value, bool) and value not in (0, 1):
        raise ValueError("neither true nor false")
    return bool(value)


def _pre_ping(value: object, converts_text: bool) -> bool:
    if not converts_text or not isinstance(value, str):
        return _flag(value)
    if not _truth(value):
        # engine_from_config does not convert this one, and any text is true
        raise ValueError("as text, which SQLAlchemy takes for true")
    return True


def _echo(value: object, converts_text: bool) -> bool | str:
    if value == "debug":
        return "debug"
    return _truth(value) if converts_text and isinstance(value, str) else _flag(value)


def _isolation_level(value: object, _converts_text: bool) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not the name of an isolation level")
    return value.replace("_", " ").upper()


def _reset_on_return(value: object, _converts_text: bool) -> str | None:
    key = value.name.removeprefix("reset_") if isinstance(value, Reference) else value
    if not isinstance(key, str | int | None) or key not in _RESET_ON_RETURN:
        raise ValueError("neither rollback, commit nor none")
    return _RESET_ON_RETURN[key]


def _poolclass(value: object, converts_text: bool) -> str | None:
    """A pool class by name; configuration files name it in text, though SQLAlchemy leaves that to the app."""
    if value is None:
        return None
    if isinstance(value, str) and converts_text:
        value = Reference(value.replace(":", "."))
    if not isinstance(value, Reference) or value.name not in POOL_CLASSES:
        raise ValueError("not a pool class of SQLAlchemy")
    return value.name


READERS: dict[str, Callable[[object, bool], object]] = {
    "poolclass": _poolclass,
    "pool_size": whole_number,
    "max_overflow": whole_number,
    "pool_timeout": _timeout,
    "pool_recycle": _recycle,
    "pool_pre_ping": _pre_ping,
    "pool_reset_on_return": _reset_on_return,
    "echo": _echo,
    "isolation_level": _isolation_level,
}
"""The options that are read, by SQLAlchemy's names."""
