"""Drivers' exception classes that stand for one SQLSTATE: psycopg 2 and 3 by its name, asyncpg with ``Error`` behind it.

https://www.psycopg.org/psycopg3/docs/api/errors.html#sqlstate-exceptions
https://magicstack.github.io/asyncpg/current/api/index.html#exceptions
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

_CODES = {
    "ConnectionException": "08000",
    "ConnectionDoesNotExist": "08003",
    "ConnectionFailure": "08006",
    "SqlclientUnableToEstablishSqlconnection": "08001",
    "ProtocolViolation": "08P01",
    "IntegrityConstraintViolation": "23000",
    "RestrictViolation": "23001",
    "NotNullViolation": "23502",
    "ForeignKeyViolation": "23503",
    "UniqueViolation": "23505",
    "CheckViolation": "23514",
    "ExclusionViolation": "23P01",
    "NoActiveSqlTransaction": "25P01",
    "InFailedSqlTransaction": "25P02",
    "IdleInTransactionSessionTimeout": "25P03",
    "TransactionTimeout": "25P04",
    "SerializationFailure": "40001",
    "Serialization": "40001",
    "StatementCompletionUnknown": "40003",
    "DeadlockDetected": "40P01",
    "UndefinedTable": "42P01",
    "UndefinedColumn": "42703",
    "InsufficientPrivilege": "42501",
    "SyntaxError": "42601",
    "DiskFull": "53100",
    "OutOfMemory": "53200",
    "TooManyConnections": "53300",
    "LockNotAvailable": "55P03",
    "QueryCanceled": "57014",
    "AdminShutdown": "57P01",
    "CrashShutdown": "57P02",
    "CannotConnectNow": "57P03",
    "IdleSessionTimeout": "57P05",
}
_BY_NAME = {name.lower(): code for name, code in _CODES.items()}
_DRIVERS = ("psycopg", "asyncpg")


def sqlstate_of(name: str) -> str | None:
    """The SQLSTATE that a class stands for, by its full name."""
    if not name.startswith(_DRIVERS):
        return None
    last = name.rpartition(".")[2].lower()
    return _BY_NAME.get(last) or _BY_NAME.get(last.removesuffix("error"))


def names_sqlstate(word: str) -> bool:
    """Whether a word is the name of such a class, whatever its module."""
    last = word.rpartition(".")[2]
    return last[:1].isupper() and sqlstate_of(f"psycopg.errors.{last}") is not None
