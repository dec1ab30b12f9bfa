"""What SQLAlchemy's classes and relationships are probably called, from the names of tables and columns.

Guesses by the common convention: plural tables, singular classes, ``author_id`` for the key of authors. A name that
does not follow it yields None: no name is better than a wrong one. Who has the models need not guess.

https://docs.sqlalchemy.org/en/21/core/constraints.html#configuring-constraint-naming-conventions
"""

import re
from functools import lru_cache

_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "feet": "foot",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "criteria": "criterion",
    "media": "medium",
    "statuses": "status",
    "buses": "bus",
    "viruses": "virus",
    "campuses": "campus",
    "bonuses": "bonus",
    "aliases": "alias",
    "analyses": "analysis",
    "bases": "base",
    "movies": "movie",
    "cookies": "cookie",
    "leaves": "leaf",
    "knives": "knife",
    "halves": "half",
    "shelves": "shelf",
    "wolves": "wolf",
    "gases": "gas",
    "caches": "cache",
    "headaches": "headache",
    "axes": "axis",
    "series": "series",
    "species": "species",
}
_NO_PLURAL = ("ss", "us", "is", "ous", "news")
_MARKERS = frozenset({"id", "ids", "fk", "fkey", "uuid", "guid", "pk", "key", "ref", "oid"})
_PRIMARY_KEYS = frozenset({"id", "pk", "uuid", "guid", "oid"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_\W]+", re.ASCII)


def plain(table: str) -> str:
    """The table's name without its schema."""
    return table.rpartition(".")[2]


def singular(word: str) -> str:
    """The singular of an English plural: categories, boxes, books; any other word as it is."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if lower.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if lower.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return word[:-1] if lower.endswith("s") and not lower.endswith(_NO_PLURAL) and len(word) > 2 else word


def is_plural(table: str) -> bool:
    """Say whether the table is called by an English plural."""
    *_, last = words(plain(table)) or [""]
    return last in _IRREGULAR or singular(last) != last


def words(name: str) -> list[str]:
    """The words of a name, in lower case: authorId, author_id and AUTHOR_ID are author and id."""
    if name.isascii():
        return [word.lower() for word in _WORD.findall(name)]
    return [word.lower() for word in name.split("_") if word]


def class_of(table: str) -> str:
    """The class of a table: ``Author`` of authors, ``OrderLine`` of shop.order_lines."""
    *head, last = words(plain(table)) or [plain(table)]
    return "".join(part[:1].upper() + part[1:] for part in [*head, singular(last)])


@lru_cache(maxsize=16384)
def stem(column: str) -> str | None:
    """What a foreign key is of: ``author`` of author_id, authorId and fk_author; None where nothing marks it as one."""
    parts = words(column)
    rest = list(parts)
    while len(rest) > 1 and rest[-1] in _MARKERS:
        rest.pop()
    while len(rest) > 1 and rest[0] in _MARKERS:
        rest.pop(0)
    return "_".join(rest) if rest and len(rest) < len(parts) else None


def is_key(column: str) -> bool:
    """Say whether a column is called as a foreign key is."""
    return stem(column) is not None


def names(column: str, table: str) -> bool:
    """Say whether a foreign key of this name is probably one of the table: author_id, authorId, or author, of authors."""
    return bool(called_by(column) & called(table))


def names_end(column: str, table: str) -> bool:
    """Say whether a foreign key plays a role for the table: billing_address_id, or author_id for shop_authors."""
    given = stem(column)
    if given is None:
        return False
    return any(given.endswith(f"_{each}") or each.endswith(f"_{given}") for each in called(table))


def is_primary_key(column: str, table: str, first: str | None = None) -> bool:
    """Say whether a column is probably the table's primary key: id, or author_id of authors.

    ``first`` is the first column that a query of whole rows selects: there the mapper's primary key stands, so a
    natural key such as countries.code is known by it, unless it is called as a foreign key is.
    """
    if column.lower().strip("_") in _PRIMARY_KEYS or (is_key(column) and stem(column) in called(table)):
        return True
    return first == column and not is_key(column)


def called_by(column: str) -> frozenset[str]:
    """How the table of a foreign key may be called."""
    return frozenset({stem(column) or "_".join(words(column))})


@lru_cache(maxsize=16384)
def called(table: str) -> frozenset[str]:
    """How foreign keys call a table: by its name, or the singular of it."""
    *head, last = words(plain(table)) or [plain(table).lower()]
    return frozenset({"_".join([*head, singular(last)]), "_".join([*head, last])})
