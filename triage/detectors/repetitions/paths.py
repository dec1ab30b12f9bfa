"""The loaders from the first list down: ``selectinload(Author.books).selectinload(Book.reviews)``.

Where the parent of a lazy load was itself loaded lazily, row by row, or eagerly by ``selectinload``, the option has to
begin at the first list.
"""

from collections.abc import Iterable

from triage.detectors.repetitions.context import Known, same
from triage.detectors.repetitions.groups import Group
from triage.detectors.repetitions.names import is_plural, names, plain
from triage.detectors.repetitions.reading import is_list, read
from triage.evidence import RepetitionStats
from triage.sql.shape import Shape

Step = tuple[str, str]
"""A loader and the relationship it loads."""


def fix_of(group: Group, groups: Iterable[Group], known: Known) -> str | None:
    """The code that ends the repetition, from the first list on."""
    steps = _lazy_steps(group, list(groups))
    if steps is None:
        return group.verdict.fix
    top, path = steps
    if prefix := _eager_step(top, known):
        path = [prefix, *path]
    if len(path) == 1:
        return group.verdict.fix if _is_root(top, known) else None
    root = path[0][1].partition(".")[0]
    return f"select({root}).options({'.'.join(f'{loader}({name})' for loader, name in path)})"


def _is_root(top: Group, known: Known) -> bool:
    """Say whether the list was one of the class that has the relationship, and did not merely join it."""
    verdict, dialect = top.verdict, top.members[0].stats.dialect
    main = read(verdict.parent, dialect).table if verdict.parent else None
    tables = next((each.tables for each in verdict.candidates if each.statement == verdict.parent), ())
    if main is None or not tables:
        return True
    owner = verdict.relationships[0].partition(".")[0] if verdict.relationships else None
    classes = known.models.classes if known.models else ()
    also = [table for each in classes if each.name == owner for table in each.tables]
    return any(plain(main) == plain(table) for table in (*tables, *also))


def _lazy_steps(group: Group, groups: list[Group]) -> tuple[Group, list[Step]] | None:
    """The topmost lazy load above a group, and the loaders from it down; None where one has no name."""
    seen: list[Group] = []
    current: Group | None = group
    path: list[Step] = []
    while current is not None and current not in seen and len(path) < 6:
        verdict = current.verdict
        if verdict.loader is None or len(verdict.relationships) != 1:
            return None
        path.insert(0, (verdict.loader, verdict.relationships[0]))
        seen.append(current)
        parent = verdict.parent
        current = next(
            (
                each
                for each in groups
                if each.statement == parent and each.verdict.finding == "n-plus-one" and each.verdict.loader
            ),
            None,
        )
    return (seen[-1], path) if seen else None


def _eager_step(top: Group, known: Known) -> Step | None:
    """The selectinload that fetched the parents, known by its list of keys and by the key that it selects first."""
    stats, parent = top.members[0].stats, top.verdict.parent
    listed = read(parent, stats.dialect) if parent else None
    if listed is None or not listed.in_list or not listed.projection or listed.table is None:
        return None
    key = listed.projection[0].column
    for found in _lists_before(stats, parent):
        owner = known.class_name(found.table)
        mapped = [
            each
            for each in (known.models.relationships if known.models else ())
            if same(each.tables, listed.table)
            and any(pair.remote == key and same([pair.local_table], found.table) for pair in each.pairs)
        ]
        if len(mapped) == 1:
            return "selectinload", mapped[0].label
        if owner and not known.models and found.table and names(key, found.table) and is_plural(listed.table):
            return "selectinload", f"{owner}.{plain(listed.table).lower()}"
    return None


def _lists_before(stats: RepetitionStats, statement: str | None) -> list[Shape]:
    """What ran before a statement that ran before, the latest first."""
    earlier = [each.statement for each in stats.before]
    position = earlier.index(statement) if statement in earlier else 0
    shapes = [read(each, stats.dialect) for each in reversed(earlier[:position])]
    return [each for each in shapes if is_list(each)]
