"""The app's mapped classes: what SQLAlchemy knows of tables, keys and relationships, without SQLAlchemy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Direction(StrEnum):
    """Where the foreign key of a relationship is."""

    ONE_TO_MANY = "one-to-many"
    MANY_TO_ONE = "many-to-one"
    MANY_TO_MANY = "many-to-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPair:
    """Two columns that a relationship compares; tables are named with their schema, if they have one."""

    local_table: str
    local: str
    remote_table: str
    remote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipModel:
    """One relationship, as the class that declares it has it."""

    owner: str
    """The class that declares it."""
    name: str
    direction: Direction
    target: str
    """The class it leads to."""
    tables: tuple[str, ...]
    """The target's tables, those of its base classes included."""
    pairs: tuple[ColumnPair, ...]
    """From the owner's columns to the target's, or to those of the secondary table."""
    secondary: str | None = None
    uselist: bool = True
    lazy: str = "select"
    """SQLAlchemy's name of the way it loads: select, dynamic, write_only, …"""
    bind_left: bool = True
    """Whether a lazy load has the value on the left, as it has unless a custom primaryjoin says otherwise."""
    filtered: bool = False
    """Whether its primaryjoin asks for more than the keys."""

    @property
    def label(self) -> str:
        """How the app's code calls it: ``Author.books``."""
        return f"{self.owner}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassModel:
    """One mapped class."""

    name: str
    table: str | None
    """The table of its own; that of its base class where it shares one, None where it has none."""
    tables: tuple[str, ...] = ()
    """All tables its rows are in."""
    primary_key: tuple[str, ...] = ()
    """The columns of its own table's primary key."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What the class calls the columns of its own table, by their names."""
    deferred: frozenset[str] = frozenset()
    """Columns that are loaded only when they are read."""
    base: str | None = None
    """The mapped class it inherits from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """All mapped classes of one declarative base."""

    classes: tuple[ClassModel, ...] = ()
    relationships: tuple[RelationshipModel, ...] = ()
