"""What a scenario is: an application, and what a replay of its log has to say.

Where a server, a driver or a log differs for a good reason, the scenario says so, with the reason.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

App = Callable[[Engine], None]
AsyncApp = Callable[[AsyncEngine], Awaitable[None]]
AnyApp = TypeVar("AnyApp", App, AsyncApp)
STYLES = {"postgresql": ("statement", "min-duration"), "mariadb": ("all",), "mysql": ("all",)}
DRIVERS = {
    "postgresql": ("psycopg2", "psycopg", "asyncpg"),
    "mariadb": ("pymysql",),
    "mysql": ("pymysql",),
}
ASYNC_DRIVERS = {"psycopg": "psycopg", "asyncpg": "asyncpg", "pymysql": "aiomysql"}
"""What an asyncio application uses where others use the first; psycopg2 has nothing of the kind."""


class Target(NamedTuple):
    """A server, the way it logs, and the driver that talks to it."""

    server: str
    style: str
    driver: str

    def __str__(self) -> str:
        return "-".join(self)


TARGETS = tuple(
    Target(server, style, driver)
    for server, drivers in DRIVERS.items()
    for style in STYLES[server]
    for driver in drivers
)


class Exact(NamedTuple):
    """What the models make of a finding whose name the log alone does not tell."""

    kind: str
    relationship: str | None
    loader: str | None
    id: str = "n-plus-one"


class Expected(NamedTuple):
    """What one finding has to say."""

    id: str
    kind: str
    relationship: str | None
    loader: str | None
    executions: int
    episodes: int = 1
    is_low: bool = False
    """Whether its confidence is low: the log alone cannot tell it from something healthy."""
    is_optional: bool = False
    """Whether it may be missing as well, because nothing but the pace of a machine tells it from something healthy."""
    exact: Exact | None = None
    """What it says with the models, where that is something else."""

    @property
    def by_models(self) -> "Expected":
        return self._replace(**self.exact._asdict(), exact=None) if self.exact else self


class Difference(NamedTuple):
    """What is expected where all of the words are true: of a server, a style, a driver, or a log format."""

    where: frozenset[str]
    expected: tuple[Expected, ...]
    because: str


class Exclusion(NamedTuple):
    """Where the application cannot run at all, or the log cannot show it."""

    where: frozenset[str]
    because: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """An application and its verdict."""

    app: Callable[[Any], Any]
    """An App, or an AsyncApp where it is one."""
    expected: tuple[Expected, ...]
    is_async: bool = False
    engine: Mapping[str, Any] = field(default_factory=dict)
    """Options of its engine."""
    differences: tuple[Difference, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def name(self) -> str:
        return self.app.__name__

    def runs_on(self, target: Target, log_format: str | None = None) -> bool:
        """Whether the target can run it, and the log show it."""
        words = {*target, log_format}
        return not any(each.where <= words for each in self.exclusions)

    def expected_on(self, target: Target, log_format: str) -> tuple[Expected, ...]:
        """The verdict on this target, in this log."""
        words = {*target, log_format}
        return next((each.expected for each in self.differences if each.where <= words), self.expected)


CASES: list[Case] = []


def silent(app: App) -> App:
    """There is nothing to find."""
    CASES.append(Case(app=app, expected=()))
    return app


def finds(*expected: Expected) -> Callable[[App], App]:
    def add(app: App) -> App:
        CASES.append(Case(app=app, expected=expected))
        return app

    return add


def finds_async(*expected: Expected) -> Callable[[AsyncApp], AsyncApp]:
    def add(app: AsyncApp) -> AsyncApp:
        no_driver = Exclusion(frozenset({"psycopg2"}), "it has no asyncio")
        CASES.append(Case(app=app, expected=expected, is_async=True, exclusions=(no_driver,)))
        return app

    return add


def but(where: str, *expected: Expected, because: str) -> Callable[[AnyApp], AnyApp]:
    """Above ``finds`` or ``silent``: what is expected where all the words are true."""

    def change(app: AnyApp) -> AnyApp:
        difference = Difference(frozenset(where.split()), expected, because)
        CASES[-1] = replace(CASES[-1], differences=(*CASES[-1].differences, difference))
        return app

    return change


def not_on(where: str, because: str) -> Callable[[AnyApp], AnyApp]:
    """Above ``finds`` or ``silent``: where it cannot run, or cannot be seen."""

    def change(app: AnyApp) -> AnyApp:
        exclusion = Exclusion(frozenset(where.split()), because)
        CASES[-1] = replace(CASES[-1], exclusions=(*CASES[-1].exclusions, exclusion))
        return app

    return change


def with_engine(**options: Any) -> Callable[[App], App]:
    """Above ``finds`` or ``silent``: options of the application's engine."""

    def change(app: App) -> App:
        CASES[-1] = replace(CASES[-1], engine=options)
        return app

    return change
