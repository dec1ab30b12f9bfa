"""The code that ends a repetition, as a line of SQLAlchemy; ``ids``, ``rows`` and ``changes`` are the app's own."""

from collections.abc import Sequence

from triage.sql.shape import Verb


def with_loader(owner: str | None, loader: str, relationships: Sequence[str]) -> str | None:
    """``select(Author).options(selectinload(Author.books))``."""
    if owner is None or not relationships:
        return None
    return f"select({owner}).options({', '.join(f'{loader}({each})' for each in relationships)})"


def in_list(name: str | None, attribute: str) -> str | None:
    """One select for all keys."""
    return f"select({name}).where({name}.{attribute}.in_(ids))" if name else None


def grouped(name: str | None, attribute: str) -> str | None:
    """One count for all parents."""
    key = f"{name}.{attribute}"
    return f"select({key}, func.count({key})).group_by({key})" if name else None


def bulk(verb: Verb, name: str | None, attribute: str | None, *, one_change: bool = False) -> str | None:
    """All rows in one statement; ``one_change`` where nothing but the key differed.

    An UPDATE with a list of rows is an executemany, which most drivers send row by row.
    """
    if name is None:
        return None
    where = f".where({name}.{attribute}.in_(ids))" if attribute else ""
    if verb is Verb.DELETE:
        return f"session.execute(delete({name}){where})" if where else None
    if verb is Verb.UPDATE and one_change and where:
        return f"session.execute(update({name}){where}.values(changes))"
    return f"session.execute({verb.value}({name}), rows)"
