"""All cases of a session, run ahead of their tests: the servers side by side, since an app mostly waits.

On each server there is one case at a time, as a look sees the whole server.
"""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from tests.runbooks.case import Case
from tests.runbooks.stages import Stages


class Rehearsals:
    """Cases that are run, or will be."""

    def __init__(self, stages: Stages, cases: Iterable[tuple[str, Case]]) -> None:
        self._stages = stages
        self._cases = list(cases)
        self._rows: dict[str, ThreadPoolExecutor] = {}
        self._outcomes: dict[tuple[str, int], Future[None]] = {}

    def outcome(self, server: str, case: Case) -> None:
        """Wait until the case has been run on this server, and raise what it raised."""
        self._stages.server(server)
        if server not in self._rows:
            self._rows[server] = ThreadPoolExecutor(max_workers=1)
            for name, each in self._cases:
                if name == server:
                    self._outcomes[server, id(each)] = self._rows[server].submit(each.prove, self._stages, server)
        self._outcomes[server, id(case)].result()

    def close(self) -> None:
        """Wait for what is being run, and leave the rest."""
        for row in self._rows.values():
            row.shutdown(cancel_futures=True)
