"""Statements, each read once: what the judgement asks of a shape again and again."""

from functools import lru_cache

from triage.detectors.repetitions.names import plain
from triage.sql.lexer import Dialect
from triage.sql.shape import Shape, Verb, shape

WRITES = frozenset({Verb.INSERT, Verb.UPDATE, Verb.DELETE})
_CATALOGS = ("pg_catalog.", "information_schema.", "performance_schema.", "mysql.", "sys.")


@lru_cache(maxsize=16384)
def read(statement: str, dialect: str) -> Shape:
    """Return the shape of a statement."""
    return shape(statement, Dialect.MYSQL if dialect == Dialect.MYSQL else Dialect.POSTGRESQL)


def is_plumbing(found: Shape) -> bool:
    """Say whether it asks for nothing of the app's: no table, or one of the server's own."""
    table = (found.table or "").lower()
    return not table or plain(table).startswith("pg_") or table.startswith(_CATALOGS)


def is_list(found: Shape) -> bool:
    """Say whether it returns rows of a table, as the list before an N+1 does."""
    return found.verb is Verb.SELECT and not found.aggregate and not is_plumbing(found)


def entities(found: Shape) -> list[str]:
    """The tables whose columns it selects, the main one first: those of joinedload as well."""
    named = [column.table for column in found.projection if column.table]
    return list(dict.fromkeys([*([found.table] if found.table else []), *named]))


def columns_of(found: Shape, table: str) -> set[str]:
    """The columns that it selects of a table; of an unnamed one where there is only that."""
    return {column.column for column in found.projection if column.table is None or plain(column.table) == plain(table)}


def first_column(found: Shape) -> str | None:
    """The first column of a query of whole rows, which SQLAlchemy makes the primary key."""
    return found.projection[0].column if len(found.projection) > 1 else None
