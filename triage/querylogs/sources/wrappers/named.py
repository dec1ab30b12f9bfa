"""Several programs' lines in one log, each line with the name of what wrote it in front.

- ``docker compose logs``: ``web-1  | ``, padded so that the bars stand below each other.
  ``docker service logs``: ``web.1.k3v9x@host    | ``.
  https://docs.docker.com/reference/cli/docker/compose/logs/
- ``kubectl logs --prefix``: ``[pod/web-5d4f/app] ``.
  https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/
- Heroku's and Dokku's logs: ``2026-01-31T15:00:00.123456+00:00 app[web.1]: ``.
  https://devcenter.heroku.com/articles/logging#log-format

The programs' lines come in any order, so a statement of one may stand between two lines of another's, and each has a
format of its own: they are taken apart by name. A logger's level before a bar, ``INFO     | ``,
is no name, and neither is a logger's, ``sqlalchemy.engine.Engine | ``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from triage.querylogs.sources.wrappers.base import INSTANT, LineRemover, Sample, at_line_starts
from triage.querylogs.sources.wrappers.lines import Lines, Piece, whole_lines

_COMPOSE = (
    rb"(?!(?i:trace|debug|info|notice|success|warn|warning|error|critical|fatal|none|\d+) *\|)"
    rb"(?P<name>[A-Za-z0-9][\w-]{0,255}(?:\.\d{1,9}\.\w{1,64}@[\w.-]{1,255})?) {1,255}\|(?: |(?=\n)|\Z)"
)
_POSTGRES = rb"app\[postgres\."
# PostgreSQL's lines are whole with their processes, as syslog's are: they have one name and lose nothing.
_HEROKU = (
    rb"(?=%b (?:app\[(?=postgres\.\d))?(?P<name>postgres|(?:app|heroku)\[[\w.-]{1,64}\](?=:)))" % INSTANT
    + rb"(?:%b (?!%b\d)[^ \n]++(?: |(?=\n)|\Z))?" % (INSTANT, _POSTGRES)
)
MOST_NAMES = 100
"""More are no programs: the log is read as it is."""


@dataclass(frozen=True, slots=True)
class Named:
    """A prefix that names what wrote the line."""

    name: str
    pattern: bytes
    columns: int | None = None
    """In how many columns the prefixes may end: one, and a few more because a program with a longer name came later."""

    def carried(self, sample: Sample) -> bool:
        """Say whether nearly all lines begin so, and some would lose something."""
        found = sample.matches(re.compile(self.pattern))
        if not any(match[0] for match in found):
            return False
        if self.columns and len({match.end() for match in found if match[0].endswith(b" ")}) > self.columns:
            return False
        return 0 < len({match["name"] for match in found}) <= MOST_NAMES

    def remover(self) -> LineRemover:
        """Return what takes the names off and leaves the lines in their order."""
        return LineRemover(at_line_starts(self.pattern), cuts_beginnings=True)

    def splitter(self) -> "Splitter":
        """Return what takes the lines apart by name."""
        return Splitter(self.pattern)


COMPOSE = Named("docker compose", _COMPOSE, columns=3)
KUBECTL = Named("kubectl", rb"\[pod/(?P<name>[^\]\s]{1,512})\](?: |(?=\n)|\Z)")
HEROKU = Named("heroku", _HEROKU)


class Splitter:
    """Takes a stream apart by the names before its lines. A line without belongs to the one before it."""

    def __init__(self, pattern: bytes) -> None:
        self._lines = Lines()
        self._pattern = re.compile(pattern)
        self._name = b""
        self._names: set[bytes] = set()

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield names and what the chunk has of their lines, without the names."""
        for piece, data in self._lines.feed(chunk):
            yield from self._split(piece, data)

    def finish(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the last line, if it had no newline."""
        for piece, data in self._lines.finish():
            yield from self._split(piece, data)

    def _split(self, piece: Piece, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        if piece is Piece.REST:
            yield self._name, data
            return
        lines = [self._line(line) for line in whole_lines(data)]
        for name, group in groupby(lines, key=lambda line: line[0]):
            yield name, b"".join([text for _, text in group])

    def _line(self, line: bytes) -> tuple[bytes, bytes]:
        match = self._pattern.match(line)
        if match is None:
            return self._name, line
        name = match["name"]
        if name not in self._names:
            if len(self._names) == MOST_NAMES:
                return self._name, line
            self._names.add(name)
        self._name = name
        return name, line[match.end() :]
