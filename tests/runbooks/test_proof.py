"""Every runbook is true: its broken apps show what it says, its fixed ones show nothing, its commands and SQL run."""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.runbooks.blocks import statements
from tests.runbooks.case import Case
from tests.runbooks.rehearsals import Rehearsals
from tests.runbooks.stages import Stages
from tests.servers.fixtures import MYSQL, POSTGRES_ONCE
from triage import runbooks

BACKEND = {**dict.fromkeys(POSTGRES_ONCE, "postgresql"), **{name: name for name in MYSQL}}
"""By server, what it speaks."""

APPS = [
    pytest.param(
        server,
        Case(book=book, app=app, proofs=proofs, is_first=number == 0),
        id=f"{book.id}-{app.removesuffix('.py')}-{server}",
    )
    for book in runbooks.load().values()
    for server, backend in BACKEND.items()
    for number, (app, proofs) in enumerate(book.apps(backend).items())
]
SQL_ALONE = [
    pytest.param(server, Case(book=book), id=f"{book.id}-{server}")
    for book in runbooks.load().values()
    for server, backend in BACKEND.items()
    if statements(book, backend) and not book.apps(backend)
]


@pytest.fixture(scope="module")
def rehearsals(stages: Stages, request: pytest.FixtureRequest) -> Iterator[Rehearsals]:
    """The cases of the tests that were selected; what a library will take away is an error in their apps, too."""
    items = [
        each for each in request.session.items if isinstance(each, pytest.Function) and each.module is request.module
    ]
    cases = [(cast(str, each.callspec.params["server"]), cast(Case, each.callspec.params["case"])) for each in items]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONWARNINGS", "error::DeprecationWarning")
        made = Rehearsals(stages, cases)
        yield made
        made.close()


@pytest.mark.parametrize(("server", "case"), APPS)
def test_the_broken_app_shows_it_and_the_fixed_one_does_not(rehearsals: Rehearsals, server: str, case: Case) -> None:
    rehearsals.outcome(server, case)


@pytest.mark.parametrize(("server", "case"), SQL_ALONE)
def test_its_sql_runs_where_no_app_shows_it(rehearsals: Rehearsals, server: str, case: Case) -> None:
    rehearsals.outcome(server, case)
