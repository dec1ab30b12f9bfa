"""An engine as it stands in a source, before SQLAlchemy's defaults and conversions.

Every kind of source comes down to this: the names SQLAlchemy has for the options, and for each
its value or the reason why the value is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from triage.evidence import Gap

REST = "**"
"""The key of options under which stands why there may be more of them that could not be read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that cannot be known without running the app."""

    reason: str
    """What it is instead, to be read after "is"."""
    head: str = ""
    """The literal text it begins with, such as the dialect of a URL."""
    hint: str = ""
    """What would let us see it, where that is not to name the engine itself."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that belongs to SQLAlchemy, such as ``sqlalchemy.pool.NullPool``."""

    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One engine, as its source declares it."""

    path: tuple[str, ...]
    """Where it stands: the names of the tables, or of the class, and its own name last."""
    options: Mapping[str, object]
    converts_text: bool = False
    """Whether text is converted the way ``engine_from_config`` converts it."""
    is_flask: bool = False
    """Whether Flask-SQLAlchemy builds it, which adds defaults of its own."""
    is_async: bool = False
    file: str | None = None
    """The file it stands in, where that is not the source itself."""
    line: int | None = None
    function: str | None = None
    processes: object = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source declares, and what of it could not be read."""

    declarations: tuple[Declaration, ...] = ()
    gaps: tuple[Gap, ...] = ()
