"""What SQLAlchemy's classes and relationships are probably called, from the names of tables and columns.

Guesses by the common convention: plural tables, singular classes, ``author_id`` for the key of authors. Who has the
models need not guess.
"""


def plain(table: str) -> str:
    """The table's name without its schema."""
    return table.rpartition(".")[2]


def singular(word: str) -> str:
    """The singular of an English plural: categories, boxes, books."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def class_of(table: str) -> str:
    """The class of a table: ``Author`` of authors, ``OrderLine`` of shop.order_lines."""
    *head, last = plain(table).split("_")
    return "".join(part[:1].upper() + part[1:] for part in [*head, singular(last)])


def stem(column: str) -> str | None:
    """What a foreign key is of: ``author`` of author_id."""
    return column[:-3] if column.lower().endswith("_id") and len(column) > 3 else None


def refers_to(column: str, table: str) -> bool:
    """Say whether a column of this name probably refers to the table."""
    name = stem(column)
    return name is not None and name.lower() in {singular(plain(table)).lower(), plain(table).lower()}


def is_primary_key(column: str, table: str) -> bool:
    """Say whether a column of this name probably is the table's primary key."""
    return column.lower() in {"id", "pk", "uuid"} or refers_to(column, table)
