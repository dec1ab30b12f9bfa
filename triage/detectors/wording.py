"""Numbers and names as the findings' sentences say them."""

from datetime import timedelta

from triage.evidence import SessionSnapshot

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(value: timedelta) -> str:
    """A duration in its largest unit and the next one: ``7 min 12 s``, ``0.4 s``, ``3 d 2 h``, ``1 h``."""
    seconds = value.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    rest = int(seconds)
    largest = next(index for index, (size, _) in enumerate(_UNITS) if rest >= size)
    parts = []
    for size, unit in _UNITS[largest : largest + 2]:
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts)


def count(number: int, noun: str) -> str:
    """A number and its noun: ``1 session``, ``12 sessions``."""
    return f"{number} {noun if number == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("s"):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


def verb(number: int, singular: str, plural: str) -> str:
    """The verb that goes with the number."""
    return singular if number == 1 else plural


def owner(session: SessionSnapshot) -> str:
    """Whose session it is: its application where it has a name, and its user."""
    user = f"user {session.user}" if session.user else "an unknown user"
    return f"{session.application_name} ({user})" if session.application_name else user


def shortened(statement: str | None, length: int = 120) -> str:
    """A statement on one line, cut where it is long."""
    text = " ".join((statement or "").split())
    return text if len(text) <= length else text[: length - 1] + "…"


def listed(items: list[str], most: int = 5) -> str:
    """Items joined by commas, the number of the rest at the end."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"


def subject(session: SessionSnapshot) -> str:
    """Whose session it is, and in which database it works where it has one."""
    return f"{owner(session)} in {session.database}" if session.database else owner(session)
