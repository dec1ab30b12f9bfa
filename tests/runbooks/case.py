"""What is proved of a runbook on one server, in one go."""

from dataclasses import dataclass

from tests.runbooks.blocks import commands, execute, statements, typed
from tests.runbooks.stages import Stages
from triage import runbooks
from triage.demo.looks import looks
from triage.demo.scene import Scene, staged
from triage.proof import Proof
from triage.reports import text
from triage.runbooks import Runbook

BOOKS = runbooks.load()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A broken app and its fixed partner, with all that is to be seen of them; or SQL that no app goes with."""

    book: Runbook
    app: str | None = None
    proofs: tuple[Proof, ...] = ()
    is_first: bool = True
    """Whether it is the book's first on this backend: then what the book says to type is typed."""

    def prove(self, stages: Stages, server: str) -> None:
        """Look at the broken app, follow the book, and look at the fixed app.

        Raises:
            AssertionError: something is not as the runbook says.
        """
        with stages.stage(server) as stage:
            sql = statements(self.book, stage.logs.server.backend) if self.is_first else []
            if self.app is None:
                execute(sql, stage.database)
                return
            with staged(self.book.folder / self.app, stage) as scene:
                _hold(scene, self.proofs)
                with typed(commands(self.book) if self.is_first else [], scene) as wrong:
                    execute(sql, stage.database)
                assert wrong == []
        with stages.stage(server) as stage, staged(self.book.folder / self.proofs[0].partner, stage) as scene:
            _hold(scene, self.proofs)


def _hold(scene: Scene, proofs: tuple[Proof, ...]) -> None:
    """See in each look what the runbook says, no more and no less."""
    for look in looks(scene, proofs):
        about = f"{scene.script.name}: {look.command}\n{text.render(look.report, BOOKS)}\n" + "\n".join(scene.printed)
        assert look.found == look.expected, about
        assert look.unread == (), about
