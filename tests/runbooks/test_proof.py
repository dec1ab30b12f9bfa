"""Every runbook is true: its broken apps show what it says, its fixed ones show nothing, its commands and SQL run."""

from dataclasses import dataclass

import pytest

from tests.runbooks.blocks import execute, statements, typed
from tests.runbooks.stages import Stage, Stages
from tests.servers.fixtures import MYSQL, POSTGRES
from triage import runbooks
from triage.demo.looks import looks
from triage.demo.scene import Scene, staged
from triage.proof import Proof
from triage.runbooks import Runbook

BACKEND = {name: "postgresql" if name in POSTGRES else name for name in (*POSTGRES, *MYSQL)}
"""By server, what it speaks."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A broken app and its fixed partner, with all that is to be seen of them on one backend."""

    book: Runbook
    app: str
    proofs: tuple[Proof, ...]
    is_first: bool
    """Whether it is the book's first here: while it waits, what the book says to type is typed."""


CASES = [
    pytest.param(
        name,
        Case(book=book, app=app, proofs=proofs, is_first=number == 0),
        id=f"{book.id}-{app.removesuffix('.py')}-{name}",
    )
    for book in runbooks.load().values()
    for name, backend in BACKEND.items()
    for number, (app, proofs) in enumerate(book.apps(backend).items())
]
SQL_ALONE = [
    pytest.param(name, book, id=f"{book.id}-{name}")
    for book in runbooks.load().values()
    for name, backend in BACKEND.items()
    if statements(book, backend) and not book.apps(backend)
]


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library will take away is an error in an app, as it is in the tests."""
    monkeypatch.setenv("PYTHONWARNINGS", "error::DeprecationWarning")


@pytest.mark.parametrize(("server", "case"), CASES)
def test_the_broken_app_shows_it_and_the_fixed_one_does_not(stages: Stages, server: str, case: Case) -> None:
    with stages.stage(server) as stage, staged(case.book.folder / case.app, stage) as scene:
        hold(scene, case.proofs)
        if case.is_first:
            follow(case.book, scene, stage)
    with stages.stage(server) as stage, staged(case.book.folder / case.proofs[0].partner, stage) as scene:
        hold(scene, case.proofs)


@pytest.mark.parametrize(("server", "book"), SQL_ALONE)
def test_its_sql_runs_where_no_app_shows_it(stages: Stages, server: str, book: Runbook) -> None:
    with stages.stage(server) as stage:
        execute(statements(book, BACKEND[server]), stage.database)


def hold(scene: Scene, proofs: tuple[Proof, ...]) -> None:
    """See in each look what the runbook says, no more and no less."""
    for look in looks(scene, proofs):
        about = f"{scene.script.name}: {look.command}\n{look.seen.render(False)}\n" + "\n".join(scene.printed)
        assert look.seen.found == look.expected, about
        assert look.seen.unread == (), about


def follow(book: Runbook, scene: Scene, stage: Stage) -> None:
    """Do what the runbook tells its reader to type."""
    with typed(book, scene) as wrong:
        execute(statements(book, stage.logs.server.backend), stage.database)
    assert wrong == []
