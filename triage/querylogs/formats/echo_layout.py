"""How a file of echo is laid out: its prefixes, what tells its streams apart, and how often it prints a record.

A layout is written as text, the variant of the format: its first line is a logging format, and a user may give no
more than that.
"""

from dataclasses import dataclass

from triage.sql.lexer import Dialect

_DEFAULT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What has to be known to read the file."""

    shapes: tuple[str, ...] = (_DEFAULT,)
    """Logging formats, or for JSON the path to the key of the message."""
    copies: tuple[str, ...] = ()
    """Logging formats in which the records of the others are printed once more."""
    is_json: bool = False
    streams: tuple[str, ...] = ()
    """Fields, or keys of JSON, that tell one stream of statements from another."""
    identity: str = "none"
    times: int = 1
    """How often each record is printed, one copy after the other."""
    bare_values: bool = False
    """Whether parameters have no bracket before them, as in SQLAlchemy 1.3."""
    is_named: bool = True
    """Whether every record tells its logger; if not, what looks like a statement may be another logger's."""
    tail: bool = False
    """Whether the logger's name stands behind the message, as structlog's console has it."""
    dialect: Dialect = Dialect.POSTGRESQL

    def variant(self) -> str:
        """Write it as text."""
        lines = [*self.shapes, *(f"copies: {shape}" for shape in self.copies)]
        facts = {
            "json": "yes" if self.is_json else "",
            "streams": " ".join(self.streams),
            "identity": "" if self.identity == "none" else self.identity,
            "times": str(self.times) if self.times > 1 else "",
            "values": "bare" if self.bare_values else "",
            "logger": "" if self.is_named else "unnamed",
            "tail": "name" if self.tail else "",
            "dialect": self.dialect.value,
        }
        return "\n".join([*lines, *(f"{name}: {value}" for name, value in facts.items() if value)])


def layout_of(variant: str | None) -> Layout:
    """Read a variant."""
    shapes: list[str] = []
    copies: list[str] = []
    facts: dict[str, str] = {}
    for line in (variant or _DEFAULT).split("\n"):
        name, colon, value = line.partition(": ")
        if colon and name == "copies":
            copies.append(value)
        elif colon and name in ("json", "streams", "identity", "times", "values", "logger", "tail", "dialect"):
            facts[name] = value
        else:
            shapes.append(line)
    return Layout(
        shapes=tuple(shapes),
        copies=tuple(copies),
        is_json="json" in facts,
        streams=tuple(facts.get("streams", "").split()),
        identity=facts.get("identity", "none"),
        times=int(facts.get("times", "1")),
        bare_values="values" in facts,
        is_named="logger" not in facts,
        tail="tail" in facts,
        dialect=Dialect(facts.get("dialect", Dialect.POSTGRESQL)),
    )
