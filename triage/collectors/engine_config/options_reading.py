"""The options of one engine, read one by one.

Values are converted as SQLAlchemy converts them: ``engine_from_config`` turns the text of some
options into numbers, ``create_engine`` turns none.

Source: https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.engine_from_config.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from triage.collectors.engine_config import database_url
from triage.collectors.engine_config.connect_options import connect_options
from triage.collectors.engine_config.database_url import DatabaseUrl
from triage.collectors.engine_config.declaration import REST, Declaration, Reference, Unread
from triage.collectors.engine_config.defaults import (
    ANY_POOL,
    ENGINE_OPTIONS,
    FLASK_MYSQL_RECYCLE,
    QUEUE_POOLS,
    default_poolclass,
)
from triage.collectors.engine_config.values import READERS, whole_number

READ = frozenset({*READERS, "connect_args", "url"})
"""The options that matter here."""

_POOL_OPTIONS = frozenset(name for name in READERS if name.startswith("pool") or name == "max_overflow")
_NEAR = 0.8
"""How alike two names must be, by difflib's ratio, for one to be a slip of the other."""

_NAME_THE_ENGINE = "give it as a literal, or name the engine the running app has: --engine package.module:engine"
_CORRECT_IT = "correct it where it stands, or name the engine the running app has: --engine package.module:engine"


@dataclass(slots=True)
class OptionsReading:
    """What has been read of one declaration."""

    declaration: Declaration
    options: dict[str, object] = field(init=False)
    """What is given; an isolation level wherever it stands."""
    url: DatabaseUrl | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """By SQLAlchemy's names: what is given, and what that makes of the pool; defaults are absent."""
    unknown: set[str] = field(default_factory=set)
    problems: dict[str, list[str]] = field(default_factory=dict)
    """By what to do about them."""

    def __post_init__(self) -> None:
        self.options = dict(self.declaration.options)

    @property
    def is_async(self) -> bool:
        """Whether it is an engine for asyncio, as far as its call or its driver tells."""
        return self.declaration.is_async or (self.url is not None and self.url.is_async)

    def read(self) -> None:
        """Read all that the declaration has."""
        self._read_url()
        self._lift_isolation_level()
        for name, reader in READERS.items():
            if name in self.options:
                self._read_option(name, reader)
        self._read_connect_args()
        self._note_misspellings()
        self._note_rest()
        self._complete_pool()
        self.values.update(dict.fromkeys(self.unknown & READERS.keys() - {"poolclass"}))

    def read_processes(self) -> int | None:
        """How many processes the source itself says there are."""
        value = self.declaration.processes
        if value is None:
            return None
        try:
            number = whole_number(value, self.declaration.converts_text)
        except ValueError:
            number = 0
        if number < 1:
            self._problem(
                f"processes is {_shown(value)}, not a whole number above 0", "correct it, or pass --processes"
            )
            return None
        return number

    def _problem(self, reason: str, hint: str) -> None:
        self.problems.setdefault(hint, []).append(reason)

    def _read_url(self) -> None:
        """Read the URL; one that is set from outside, as most are, is unknown and no gap."""
        value = self.options.get("url")
        if isinstance(value, str):
            self.url = database_url.parse(value)
        elif isinstance(value, Unread):
            self.url = database_url.parse_head(value.head)
        if value is not None and (self.url is None or self.url.text is None):
            self.unknown.add("url")

    def _lift_isolation_level(self) -> None:
        """Take the isolation level from ``execution_options``, which win over the argument."""
        execution = self.options.get("execution_options")
        if isinstance(execution, Mapping):
            execution = execution.get("isolation_level", execution.get(REST))
        if isinstance(execution, str | Unread):
            self.options["isolation_level"] = execution

    def _read_option(self, name: str, reader: Callable[[object, bool], object]) -> None:
        value = self.options[name]
        try:
            if isinstance(value, Unread):
                self.unknown.add(name)
                self._problem(f"{name} is {value.reason}", _NAME_THE_ENGINE)
            else:
                self.values[name] = reader(value, self.declaration.converts_text)
        except ValueError as error:
            self.unknown.add(name)
            self._problem(f"{name} is {_shown(value)}, {error}", _CORRECT_IT)

    def _read_connect_args(self) -> None:
        given = self.options.get("connect_args")
        arguments: dict[str, object] = dict(self.url.query) if self.url else {}
        self.values["connect_args"] = {}
        if isinstance(given, Mapping):
            arguments.update(given)
        elif isinstance(given, Unread):
            self.unknown.add("connect_args")
            self._problem(f"connect_args is {given.reason}", given.hint or _NAME_THE_ENGINE)
        elif given is not None:
            self.unknown.add("connect_args")
            self._problem("connect_args is not a table of arguments", _CORRECT_IT)
        try:
            self.values["connect_args"] = connect_options(arguments)
        except ValueError as error:
            self.unknown.add("connect_args")
            self._problem(str(error), _NAME_THE_ENGINE)

    def _note_misspellings(self) -> None:
        absent = READ - self.options.keys() - {"echo", "url"}
        for name in self.options:
            if name not in ENGINE_OPTIONS:
                for meant in get_close_matches(name, absent, n=1, cutoff=_NEAR):
                    self.unknown.add(meant)
                    self._problem(f"{name} is not an option of SQLAlchemy; did you mean {meant}?", _CORRECT_IT)

    def _note_rest(self) -> None:
        """Whatever is not given may be among what could not be read."""
        for key, names in ((REST, READ), ("pool", _POOL_OPTIONS)):
            rest = self.options.get(key)
            if isinstance(rest, Unread):
                implied = {"poolclass"} if {"pool_size", "max_overflow"} & self.options.keys() else set()
                self.unknown |= names - self.options.keys() - implied  # only a queue takes a size and an overflow
                origin = "more options come from" if key == REST else "its pool is"
                self._problem(f"{origin} {rest.reason}", _NAME_THE_ENGINE)
        binds = self.options.get("binds")
        if self.declaration.is_flask and isinstance(binds, Unread):
            self._problem(f"more engines come from SQLALCHEMY_BINDS, which is {binds.reason}", _NAME_THE_ENGINE)

    def _complete_pool(self) -> None:
        """Fill in what depends on other options."""
        values, url = self.values, self.url
        in_memory = url is not None and url.is_sqlite_memory
        default = default_poolclass(is_async=self.is_async, is_sqlite_memory=in_memory)
        if self.declaration.is_flask:
            default = "StaticPool" if in_memory else default
            self._apply_flask_defaults()
        poolclass = ANY_POOL if "poolclass" in self.unknown else values.get("poolclass") or default
        values["poolclass"] = poolclass
        if values.get("pool_size") == 0:  # as QueuePool itself has it
            values["max_overflow"] = -1
            self.unknown.discard("max_overflow")
        if poolclass not in QUEUE_POOLS:
            values.setdefault("max_overflow", None)
            values.setdefault("pool_size", 5 if poolclass == "SingletonThreadPool" else None)

    def _apply_flask_defaults(self) -> None:
        if "pool_recycle" in self.options:
            return
        if self.url is None:
            self.unknown.add("pool_recycle")
        elif self.url.dialect == "mysql":
            self.values["pool_recycle"] = timedelta(seconds=FLASK_MYSQL_RECYCLE)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a table"
    text = value.path if isinstance(value, Reference) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
