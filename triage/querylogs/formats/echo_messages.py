r"""What the engine's logger says: its messages, as the source of SQLAlchemy 1.3 to 2.1 has them.

A statement is one message and its parameters are the next one. From 1.4 on the parameters begin with how the
statement was compiled, ``[generated in 0.00012s] (7,)``: the number is the age of a cache entry, never a duration.
1.3 prints the values alone. The messages about transactions stand alone.

With autocommit the engine says ``BEGIN (implicit; DBAPI should not BEGIN due to autocommit mode)`` and the like:
nothing begins and nothing ends. ``echo="debug"`` prints columns and rows, which are no statements.

https://docs.sqlalchemy.org/en/21/core/engines.html#configuring-logging
https://docs.sqlalchemy.org/en/21/core/connections.html#logging-engine-insertmanyvalues-batches
"""

import re
from enum import Enum, auto


class Kind(Enum):
    """What a message is."""

    STATEMENT = auto()
    """SQL, or something else that is none of the below."""
    PARAMETERS = auto()
    REPEATED = auto()
    """Parameters of another row of a flush whose first row was a record before."""
    BOUNDARY = auto()
    """A transaction begins or ends."""
    REMARK = auto()
    """Nothing that a session did: a row of the result, or a boundary that autocommit takes the effect from."""


_ONE_AT_A_TIME = rb"\d{1,9}/\d{1,9} \(\w{1,20}; batch not supported\)"
STATS = (
    rb"\[(?:raw sql|unknown|(?:generated in|cached since|no key|caching disabled|insertmanyvalues(?! %b)|"
    rb"dialect [\w+]{1,60} does not support caching) [^\]\n]{0,300})\] " % _ONE_AT_A_TIME
)
"""Before the parameters, from 1.4 on; of rows that are sent one at a time, only before the first row's."""
REPEATED = rb"\[insertmanyvalues %b\] " % _ONE_AT_A_TIME
"""The backend cannot send these rows together. SQLAlchemy still makes them of one call or flush: no loop of the app."""
ANCHOR = rb"BEGIN (?:TWOPHASE )?\(implicit|(?:%b|%b)[(\[{]" % (STATS, REPEATED)
"""What no other program says at the beginning of a message."""
VALUES_ALONE = rb"(?!\(++(?:SELECT|VALUES|WITH|TABLE|select|values|with|table)\b)(?=[({]|\[[({\[]|\[SQL parameters )"
"""Before the parameters of 1.3; a statement in parentheses looks much like them."""
BOUNDARY = rb"(?:BEGIN(?: TWOPHASE)? \(implicit\)|COMMIT|ROLLBACK)"
REMARK = (
    rb"(?:BEGIN \(implicit; |COMMIT using DBAPI |ROLLBACK using DBAPI |ROLLBACK will be skipped |Row [(<]|Col \(|"
    rb"CursorResult rewound |Compiled cache size pruning )"
)
SQL = (
    rb"(?i:[\s(]{0,50}+(?:/\*|--|(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|REPLACE|VALUES|TABLE|BEGIN|START|COMMIT|END|ROLLBACK|"
    rb"ABORT|SAVEPOINT|RELEASE|PREPARE|XA|CREATE|ALTER|DROP|TRUNCATE|RENAME|COMMENT|GRANT|REVOKE|SET|RESET|SHOW|USE|"
    rb"PRAGMA|DESCRIBE|DESC|EXPLAIN|ANALYZE|ANALYSE|CALL|DO|EXEC|EXECUTE|DEALLOCATE|DECLARE|FETCH|MOVE|CLOSE|LOCK|"
    rb"UNLOCK|COPY|VACUUM|REFRESH|REINDEX|CLUSTER|LISTEN|NOTIFY|UNLISTEN|LOAD|OPTIMIZE|CHECKPOINT|DISCARD|"
    rb"KILL|FLUSH|HANDLER|ATTACH|DETACH)(?=[\s;(*@\"'`]|\Z)))"
)
"""What a statement begins with."""
HIDDEN = b"[SQL parameters hidden"

_SQL = re.compile(SQL)
_PARAMETERS = re.compile(STATS)
_REPEATED = re.compile(REPEATED)
_VALUES_ALONE = re.compile(VALUES_ALONE)
_BOUNDARY = re.compile(rb"(BEGIN|COMMIT|ROLLBACK)(?: TWOPHASE)?(?: \(implicit\))?\Z")
_REMARK = re.compile(REMARK)
_TOKEN = re.compile(rb"\[([^\]\n]{1,100})\] (?=\S)")


def kind_of(message: bytes, *, bare_values: bool) -> tuple[Kind, bytes]:
    """Say what a message is, and what counts of it: the values without the bracket, ``BEGIN`` without ``(implicit)``."""
    if found := _PARAMETERS.match(message):
        return Kind.PARAMETERS, message[found.end() :]
    if found := _BOUNDARY.match(message):
        return Kind.BOUNDARY, found[1]
    if _REMARK.match(message):
        return Kind.REMARK, message
    if _REPEATED.match(message):
        return Kind.REPEATED, message
    if bare_values and _VALUES_ALONE.match(message):
        return Kind.PARAMETERS, message
    return Kind.STATEMENT, message


def without_token(message: bytes) -> tuple[bytes, bytes]:
    """Split a ``logging_token`` from the message: ``[token] SELECT 1``."""
    if message[:1] == b"[" and not _PARAMETERS.match(message) and not _REPEATED.match(message):
        found = _TOKEN.match(message)
        if found and not message.startswith(HIDDEN) and found[1][:1] not in b"({[":
            return found[1], message[found.end() :]
    return b"", message


def is_sql(message: bytes) -> bool:
    """Say whether it begins as a statement does."""
    return _SQL.match(message) is not None


def given(values: bytes) -> bytes | None:
    """Return the parameters as a row has them: None if the engine hides them."""
    return None if values.startswith(HIDDEN) else values
