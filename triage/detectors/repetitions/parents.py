"""Which of the statements before a repetition gave it its keys: each is weighed, the heaviest is the parent.

Where two weigh the same, the later one is it. A parent may itself be a repetition: then the loads are a chain.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from triage.detectors.repetitions.context import Context
from triage.detectors.repetitions.names import is_key, is_primary_key, names, names_end, plain, stem
from triage.detectors.repetitions.reading import columns_of, entities
from triage.detectors.repetitions.verdict import Candidate, Signal
from triage.sql.shape import Shape, is_same_table


class Weighed(NamedTuple):
    """What speaks for and against one list."""

    tables: tuple[str, ...]
    signals: tuple[Signal, ...]


def candidates(context: Context, weigh: Callable[[Shape], Weighed]) -> tuple[Candidate, ...]:
    """All lists before the repetition, the latest first."""
    return tuple(
        Candidate(
            statement=before.statement,
            tables=weighed.tables,
            signals=weighed.signals,
            excluded=context.excluded(before, found),
        )
        for before, found in context.earlier()
        for weighed in (weigh(found),)
    )


def best(found: Iterable[Candidate]) -> Candidate | None:
    """The heaviest of those that weigh anything."""
    return max((each for each in found if each.score > 0), key=lambda each: each.score, default=None)


def owners(context: Context, key: str, table: str) -> Callable[[Shape], Weighed]:
    """Weigh lists as those of the rows that a key of ``table`` refers to: authors, for books.author_id."""

    def weigh(found: Shape) -> Weighed:
        return max((_owner(context, found, each, key, table) for each in entities(found)), key=_weight)

    return weigh


def _weight(weighed: Weighed) -> int:
    return sum(signal.weight for signal in weighed.signals)


def _owner(context: Context, found: Shape, owner: str, key: str, table: str) -> Weighed:
    signals: list[Signal] = []
    if is_same_table(owner, table) and stem(key) in {"parent", "root", "reply_to"}:
        signals.append(Signal(f"{key} leads to another row of {plain(table)}", 3))
    elif names(key, owner):
        signals.append(Signal(f"{key} names {plain(owner)}", 3))
    elif names_end(key, owner):
        signals.append(Signal(f"{key} may play a role for {plain(owner)}", 2))
    elif not is_same_table(owner, table) and _is_free(context, key):
        signals.append(Signal(f"no table of the log is called as {key} says, so it may refer to {plain(owner)}", 1))
    if signals and (selected := columns_of(found, owner)):
        first = found.projection[0].column
        if not any(each == "*" or is_primary_key(each, owner, first) for each in selected):
            signals.append(Signal(f"it selects no key of {plain(owner)}", -3))
    return Weighed((owner,), tuple(signals))


def _is_free(context: Context, key: str) -> bool:
    """Say whether a key's name is that of no table of the log, but of a role: owner_id."""
    return not context.known.is_named(key)


def referrers(context: Context, key: str, table: str) -> Callable[[Shape], Weighed]:
    """Weigh lists as those whose rows refer to ``table``: books, with their author_id, for authors."""

    def weigh(found: Shape) -> Weighed:
        columns = referring_columns(context, found, key, table)
        tables = tuple(dict.fromkeys(owner for owner, _, _ in columns))
        top = max((weight for _, _, weight in columns), default=0)
        said = " and ".join(dict.fromkeys(f"{plain(o)}.{c}" for o, c, weight in columns if weight == top))
        return Weighed(tables, (Signal(f"it selects {said}, a key of {plain(table)}", top),) if columns else ())

    return weigh


def referring_columns(context: Context, found: Shape, key: str, table: str) -> list[tuple[str, str, int]]:
    """The columns of a list that may hold keys of the table: whose each is, its name, and what it weighs."""
    certain: list[tuple[str, str, int]] = []
    roles: list[tuple[str, str, int]] = []
    for owner, column in found.projection:
        mine = owner or found.table or ""
        is_own = is_same_table(mine, table)
        if column == "*" or (is_own and is_primary_key(column, table)):
            continue
        if (
            (is_own and stem(column) in {"parent", "root", "reply_to"})
            or names(column, table)
            or _joins(column, table, key)
        ):
            certain.append((mine, column, 4))
        elif names_end(column, table):
            certain.append((mine, column, 3))
        elif not is_own and is_key(column) and not is_primary_key(column, mine) and _is_free(context, column):
            roles.append((mine, column, 2))
    return certain or (roles if len(roles) == 1 else [])


def _joins(column: str, table: str, key: str) -> bool:
    """Say whether a column is called by the table and its key: country_code, for countries.code."""
    short = column.lower().removesuffix(key.lower()).strip("_")
    return (
        column.lower() != key.lower() and column.lower().endswith(key.lower()) and bool(short) and names(short, table)
    )
