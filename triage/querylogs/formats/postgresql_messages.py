"""What a message of PostgreSQL says ran, whichever way the log wraps it.

``log_statement`` logs before execution, and the duration comes on a line of its own; ``log_min_duration_statement``
logs at the end, duration and statement together. With the extended protocol the latter logs parse and bind as well,
each with the SQL: only execute ran anything.

https://www.postgresql.org/docs/current/runtime-config-logging.html
"""

import re

from triage.querylogs.ledger import Ledger
from triage.querylogs.statement import Vocabulary
from triage.querylogs.totals import Deadlock

STATEMENT = rb"(statement|execute|parse|bind)(?: (?:fetch from )?([^:\n]*+))?: "
"""What says that a statement follows: log_statement's words."""
DURATION = rb"duration: ([0-9.]++) ms(?:  (?=[a-z]))?"
MESSAGE = re.compile(rb"(?=duration: |statement: |execute |parse |bind )(?:%b)?(?:%b)?" % (DURATION, STATEMENT))
PARAMETERS = re.compile(rb"[Pp]arameters: ")
RAN = frozenset({b"statement", b"execute"})
PSYCOPG = b"_pg3_"
"""How psycopg 3 names what it prepares: a loop's statement after five times, an executemany's at once."""


class Messages:
    """Reads messages into a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.vocabulary = Vocabulary(ledger.dialect)

    def log(self, key: bytes, time: bytes, text: bytes, detail: bytes | None) -> None:
        """Take a LOG message with its DETAIL."""
        found = MESSAGE.match(text)
        if not found:
            self.other(key, time, text)
            return
        given = PARAMETERS.match(detail) if detail else None
        parameters = detail[given.end() :] if detail and given else None
        duration, verb, name = found.groups()
        self.say(key, time, duration, verb, name, text[found.end() :], parameters)

    def say(  # noqa: PLR0917 - called for each record
        self,
        key: bytes,
        time: bytes,
        duration: bytes | None,
        verb: bytes | None,
        name: bytes | None,
        text: bytes,
        parameters: bytes | None = None,
    ) -> bool:
        """Take the parts of a LOG message; say whether a statement ran by it."""
        if verb is None:
            if duration is not None:
                self.ledger.session(key).finish(float(duration))
            else:
                self.other(key, time, text)
            return False
        if verb not in RAN:
            return False
        is_named = name is not None and name.startswith(PSYCOPG)
        took = None
        if duration is not None:
            self.ledger.took(took := float(duration))
        self.ledger.session(key).execute(self.vocabulary(text), text, time, took, parameters, is_named)
        return True

    def other(self, key: bytes, time: bytes, text: bytes) -> None:
        """Take a message that is about the session itself, or nothing to us."""
        if text.startswith(b"connection received"):
            self.ledger.connect(key, time)
        elif text.startswith(b"connection authorized"):
            self.ledger.authorize(key, time)
        elif text.startswith(b"disconnection: "):
            self.ledger.disconnect(key, time)
        elif text.startswith(b"unexpected EOF on client connection with an open transaction"):
            self.ledger.session(key).drop(time)

    def error(self, key: bytes, time: bytes, text: bytes, detail: bytes | None, statement: bytes | None) -> None:
        """Take an ERROR or FATAL with its DETAIL and STATEMENT."""
        if text.startswith(b"terminating connection"):
            self.ledger.session(key).drop(time)
            return
        if text.startswith(b"deadlock detected"):
            names = [self.vocabulary(each).fingerprint for each in deadlocked(detail or b"", statement)]
            self.ledger.totals.deadlocks.append(Deadlock(time, tuple(names)))
        self.ledger.session(key).fail(time)


_PROCESS = re.compile(rb"^\s*Process \d+: (.*)", re.MULTILINE)


def deadlocked(detail: bytes, statement: bytes | None) -> list[bytes]:
    """The statements that waited for each other, the victim's first."""
    found = [each for each in _PROCESS.findall(detail) if each != b"<command string not enabled>"]
    if statement and statement not in found:
        found.insert(0, statement)
    return found
