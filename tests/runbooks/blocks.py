"""The blocks of code in a runbook, and how each kind is run."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.model import Database
from triage.demo.scene import Scene
from triage.runbooks import Runbook
from triage.sql.lexer import Dialect
from triage.sql.split import split

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<info>[a-z][^\n]*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_GLOBAL = re.compile(r"\bSET\s+GLOBAL\s+(\w+)", re.IGNORECASE)
_URL = re.compile(r"[a-z0-9+]+://")
_LOG = re.compile(r"[^\s=]+\.(log|csv|json)\S*")
_ENDS = {"|", ">", ">>", "&&", "2>"}
"""What comes after them on a command line is another program's."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: what the words after its fence say it is, and its text."""

    words: tuple[str, ...]
    code: str

    @property
    def language(self) -> str:
        return self.words[0]

    @property
    def backends(self) -> tuple[str, ...]:
        """Where SQL is to be run."""
        return self.words[1:]


def blocks(book: Runbook, language: str) -> list[Block]:
    """All blocks in that language, in order."""
    found = (Block(tuple(match["info"].split()), match["code"]) for match in _BLOCK.finditer(book.text))
    return [block for block in found if block.language == language]


def statements(book: Runbook, backend: str) -> list[str]:
    """The SQL of that backend, statement by statement."""
    dialect = Dialect.POSTGRESQL if backend == "postgresql" else Dialect.MYSQL
    return [
        statement
        for block in blocks(book, "sql")
        if backend in block.backends
        for statement in split(block.code, dialect)
    ]


def commands(book: Runbook) -> list[list[str]]:
    """The words of each command of triage that it tells its reader to type."""
    lines = [
        line.removeprefix("$ ")
        for block in blocks(book, "console")
        for line in block.code.replace("\\\n", " ").splitlines()
        if line.startswith("$ triage ")
    ]
    return [list(_before_the_next(shlex.split(line, comments=True))) for line in lines]


def _before_the_next(words: list[str]) -> Iterator[str]:
    for word in words:
        if word in _ENDS:
            return
        yield word


def with_real(words: list[str], scene: Scene) -> list[str]:
    """The command with the app's own files, logs and database in the place of the runbook's examples."""
    logs = [scene.app_log] if words[1] == "explain" else scene.query_logs
    real: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if _URL.match(word):
            real.append(scene.url)
        elif before == "--engine":
            real.append(str(scene.script))
        elif before == "--app-log":
            real.append(str(scene.app_log))
        elif before == "--log":
            real.append(str(scene.query_logs[0]))
        elif _LOG.fullmatch(word):
            real += map(str, logs)
        else:
            real.append(word)
    return real


@contextmanager
def typed(typing: list[list[str]], scene: Scene) -> Iterator[list[str]]:
    """Type the commands, all at once; when the block has ended, what was wrong with them."""
    lines = [with_real(words, scene) for words in typing]
    for words in lines:
        assert "--follow" not in words, f"{shlex.join(words)} would not come to an end"
    environment = os.environ | {"TRIAGE_URL": scene.url}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in lines
    ]
    wrong: list[str] = []
    try:
        yield wrong
    finally:
        for words, command in zip(lines, running, strict=True):
            _, said = command.communicate(timeout=60)
            if command.returncode not in {0, 1, 3} or "Traceback" in said:
                wrong.append(f"$ {shlex.join(words)}\n{said}")


def execute(sql: list[str], database: Database) -> None:
    """Run the statements on one connection of an administrator's, and undo what is global."""
    if not sql:
        return
    before = [
        f"SET GLOBAL {name} = {value}"
        for name in _GLOBAL.findall("\n".join(sql))
        for _, value in database.admin(f"SHOW GLOBAL VARIABLES LIKE '{name}'")
    ]
    database.admin(*sql, *before)
