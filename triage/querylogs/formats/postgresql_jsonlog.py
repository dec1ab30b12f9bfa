"""PostgreSQL's jsonlog (15 and newer): one object a line; keys that have no value are absent.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
"""

import json
import re
from typing import Any

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed
from triage.querylogs.formats.postgresql_messages import Messages
from triage.querylogs.ledger import Ledger
from triage.sql.lexer import Dialect

name = "postgresql-jsonlog"
backend = Backend.POSTGRESQL
dialect = Dialect.POSTGRESQL

_LINE = re.compile(rb"^(?=[^\n]*?\"error_severity\")[ ]*(\{[^\n]*\})\r?(?:\n|\Z)", re.MULTILINE)
_ERRORS = frozenset({"ERROR", "FATAL", "PANIC"})


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in lines that are objects with a severity and a message."""
    covered = 0
    for found in _LINE.finditer(sample):
        read = _read(found[1])
        if read is not None and "session_id" in read:
            covered += found.end() - found.start()
    score = covered / max(len(sample), 1)
    return Sniffed(score=score, why=f"records of jsonlog cover {score:.0%}", variant=variant) if covered else None


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every jsonlog
    """Jsonlog always names the session."""
    return "session"


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """The next line: a newline inside of a value is escaped."""
    return position if position == 0 else data.find(b"\n", position - 1) + 1 or len(data)


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def parse(data: Data, start: int, end: int, variant: str | None, ledger: Ledger) -> None:  # noqa: ARG001
    """Read the lines that start in the range."""
    messages = Messages(ledger)
    records, unparsed, position = 0, 0, start
    time = b""
    while position < end:
        after = data.find(b"\n", position, end) + 1 or end
        read = _read(data[position:after])
        if read is None or "error_severity" not in read:
            unparsed += after - position
            position = after
            continue
        position = after
        records += 1
        time = str(read.get("timestamp", "")).encode()
        ledger.first = ledger.first or time
        key = str(read.get("session_id") or read.get("pid") or "").encode()
        text = str(read.get("message", "")).encode(errors="replace")
        detail = read.get("detail")
        level = read["error_severity"]
        if level == "LOG":
            messages.log(key, time, text, detail.encode(errors="replace") if isinstance(detail, str) else None)
        elif level in _ERRORS:
            statement = str(read.get("statement", "")).encode(errors="replace") or None
            messages.error(key, time, text, str(detail or "").encode(errors="replace"), statement)
    ledger.last = time or ledger.last
    ledger.records += records
    ledger.bytes += end - start
    ledger.unparsed_bytes += unparsed
