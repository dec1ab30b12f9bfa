"""What the text of an error says of itself: its class, SQLAlchemy's code, the SQLSTATE or number, the statement.

SQLAlchemy puts the driver's class in parentheses before the driver's message, and the statement, its parameters and the
link behind it: ``(psycopg2.errors.UniqueViolation) duplicate key … [SQL: …] [parameters: …] (Background on this error
at: https://sqlalche.me/e/20/gkpj)``. PendingRollbackError quotes the error before it whole, with a link of its own, so
the last link is the error's.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from triage.applogs.masking import masked
from triage.applogs.names import CLASS, IN_PARENTHESES, SQLALCHEMYS, behind_title, raised
from triage.applogs.sqlstates import sqlstate_of
from triage.evidence import ErrorClue
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect

_LINK = re.compile(
    r"\s*\(?(?:Background on this (?:error|warning) at: *)?https?://sqlalche\.me/e/(?:\w\w/)?(?P<code>\w{4}|dbapi)\b\)?"
)
_ORIGINAL = re.compile(
    r"rolled\s+back\s+due\s+to\s+a\s+previous\s+exception.*?(?P<quoting>\bOriginal\s+exception\s+was:\s+(?P<text>.*))",
    re.DOTALL,
)
"""Where mappers failed to initialise it stands as well, and there it is the same failure."""
_STATEMENT = re.compile(
    r"\s*\[SQL: (?P<sql>.*?)\](?=\s*(?:\[(?:parameters|generated|cached)|\(Background|$))", re.DOTALL
)
_PARAMETERS = re.compile(r"\s*\[(?:parameters|SQL): .*", re.DOTALL)
_AUTOFLUSH = re.compile(
    r"\(?raised as a result of Query-invoked autoflush;.*?\)|\[?raised as a result of Query-invoked autoflush[^)\]]*[)\]]?",
    re.DOTALL,
)
_INNER_CLASS = re.compile(r"<class '(?P<name>[\w.]+)'>: ")
_REPR = re.compile(r"\b(?P<name>(?:\w+\.)*[A-Z]\w*)\((?P<quote>['\"])")
_STATE = re.compile(r"""\b(?:SQLSTATE|sqlstate|pgcode)["']?\s?[:=]?\s?[\["'(]{0,2}(?P<state>[0-9A-Z]{5})\b""")
_TUPLE = re.compile(r"\([1-4]\d{3}, ?u?(?P<quote>[\"'])(?P<message>.*)(?P=quote)\)?\s*$", re.DOTALL)
"""A number and a message, as PyMySQL's and mysqlclient's errors are printed."""
_ERRNO = re.compile(r"\((?P<a>[1-4]\d{3}), ?u?[\"']|(?:^|\) |: )(?P<b>[1-4]\d{3}) \((?P<state>[0-9A-Z]{5})\): ")

_SENTENCE = re.compile(
    r"The garbage collector is trying to clean up|QueuePool limit of size|greenlet_spawn has not been called"
    r"|(?:Parent i|I)nstance <[^>]{1,300}> is not bound to a Session|This Session's transaction has been rolled back"
)
"""SQLAlchemy's own: what stands before one, where no class does, is the head of the log's record."""
_SHORT = 4096
_LONGEST, _END = 12_000, 4_000
"""Characters: what is looked at of a text, and how many of them are its last, where the link stands."""
AFTERMATH = frozenset({"7s2a", "8s2b"})
"""The codes of errors that quote another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A clue, and what else the text says."""

    clue: ErrorClue
    statement: str | None = None
    original: ErrorClue | None = None
    is_autoflush: bool = False


def bounded(text: str) -> str:
    """A text without its middle where it is so long that looking at it would take minutes."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - _END]} … {text[-_END:]}"


def read(text: str, classes: tuple[str, ...] = ()) -> Reading:
    """Read an error's message; ``classes`` are those that stood outside of it, the one raised last first."""
    return _read_again(text, classes) if len(text) <= _SHORT else _read(text, classes)


@lru_cache(maxsize=512)
def _read_again(text: str, classes: tuple[str, ...]) -> Reading:
    """Errors come in bursts, and most of a burst say the same."""
    return _read(text, classes)


def _read(text: str, classes: tuple[str, ...]) -> Reading:
    original = _ORIGINAL.search(text)
    own = text
    before: ErrorClue | None = None
    if original:
        links = list(_LINK.finditer(text))
        ends = links[-1].start() if links and links[-1]["code"].lower() in AFTERMATH else len(text)
        before = read(text[original.start("text") : ends]).clue
        own = text[: original.start("quoting")] + text[ends:]
    statement = _STATEMENT.search(own)
    links = list(_LINK.finditer(own))
    is_autoflush = "Query-invoked autoflush" in own
    said = _PARAMETERS.sub("", _STATEMENT.sub("", _LINK.sub("", own)))
    said = _AUTOFLUSH.sub("", said).strip()
    names = list(classes)
    if found := IN_PARENTHESES.match(said):
        names.append(found["name"])
        said = said[found.end() :]
    if found := _INNER_CLASS.match(said):
        names.append(found["name"])
        said = said[found.end() :]
    number = _ERRNO.search(said[:300])
    if found := _TUPLE.match(said):
        said = found["message"]
    state = _STATE.search(said)
    states = [each for name in reversed(names) if (each := sqlstate_of(name))]
    is_mysql = number is not None and not any(name.startswith(("psycopg", "asyncpg", "sqlite3")) for name in names)
    clue = ErrorClue(
        classes=tuple(dict.fromkeys(names)),
        code=links[-1]["code"].lower() if links else None,
        sqlstate=states[0] if states else state["state"] if state else number["state"] if number else None,
        errno=int(number["a"] or number["b"]) if number and is_mysql else None,
        # Behind the driver's own words, which say more of the failure than that a query's flush came upon it.
        message=masked(said) + (" (raised as a result of Query-invoked autoflush)" if is_autoflush else ""),
    )
    return Reading(
        clue=clue,
        statement=_fingerprint(statement["sql"], is_mysql=is_mysql) if statement else None,
        original=before,
        is_autoflush=is_autoflush,
    )


def bare(text: str) -> Reading:
    """Read an error that was logged without a traceback: its class may stand anywhere in the text."""
    if quoted := _repr(text):
        return quoted
    found = raised(text) or CLASS.search(text)
    wrapped = IN_PARENTHESES.search(text)
    if found and not (wrapped and wrapped.start() < found.start()):
        rest = text[behind_title(text, found) :]
        if rest[:1] == "(":  # as repr() writes it
            rest = rest[1:].lstrip("'\"")
        return read(rest.lstrip(": "), (found["name"],))
    if wrapped and not _quotes(text, wrapped.start()):
        outer = re.search(r"\b(?P<name>[A-Z]\w*Error)(?:: |\(['\"])$", text[: wrapped.start()])
        return read(text[wrapped.start() :], (outer["name"],) if outer else ())
    own = _SENTENCE.search(text)
    return read(text[own.start() :] if own else text)


def _quotes(text: str, at: int) -> bool:
    """Whether what stands there is the error that another one quotes."""
    original = _ORIGINAL.search(text)
    return original is not None and original.start("text") <= at


def _repr(text: str) -> Reading | None:
    """Read an error that was logged as repr writes it: ``TimeoutError('QueuePool limit …')``."""
    for found in _REPR.finditer(text):
        inner = text[found.end() :]
        inner = inner[:end] if (end := inner.rfind(f"{found['quote']})")) >= 0 else inner
        inner = inner.replace("\\n", "\n").replace("\\'", "'")
        name = found["name"]
        if CLASS.fullmatch(name) or name in SQLALCHEMYS or _LINK.search(inner) or IN_PARENTHESES.match(inner):
            return read(inner, (found["name"],))
    return None


def merged(outer: ErrorClue, inner: ErrorClue) -> ErrorClue:
    """An error and what caused it as one: what the outer one does not say, the inner one may."""
    return ErrorClue(
        classes=tuple(dict.fromkeys(outer.classes + inner.classes)),
        code=outer.code or inner.code,
        sqlstate=inner.sqlstate
        or outer.sqlstate,  # the server's own, where the driver makes one up for what came of it
        errno=outer.errno if outer.errno is not None else inner.errno,
        message=outer.message or inner.message,
    )


def _fingerprint(sql: str, *, is_mysql: bool) -> str:
    return fingerprint(sql[:20_000], Dialect.MYSQL if is_mysql else Dialect.POSTGRESQL)
