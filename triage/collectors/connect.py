"""Opening the connection, and what the server's or the driver's refusal means.

A refusal at login reaches us as text only: psycopg2 keeps no SQLSTATE for it, so PostgreSQL's
messages are recognised by their wording, old and new. PyMySQL's carry the server's error number.

Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html (class 53),
https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html.
"""

import math
import re
from dataclasses import dataclass

from triage import redact
from triage.collectors.connection import Connection, Deadline, DeadlineError, Driver
from triage.collectors.url import Address
from triage.evidence import Backend


class FullError(Exception):
    """The server has no connection left for us."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class ConnectError(Exception):
    """No connection; what happened, and what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Cause:
    """A refusal that is recognised: by its text or its error number."""

    pattern: str
    """A regular expression for the message, or for ``(errno)`` at its start on MySQL."""
    what: str
    hint: str


_LOGIN_HINT = "check the user and the password in the URL; a password with @ : / or % in it must be URL-encoded"
_HOST_HINT = "check the host name in the URL, and that this machine can resolve it"
_PORT_HINT = "check the host and the port, that the server runs, and that a firewall lets this machine through"
_DATABASE_HINT = "check the database's name at the end of the URL"
_TLS_HINT = "check the TLS options in the URL's query: sslmode and sslrootcert, or ssl_ca and ssl_disabled"
_WAIT_HINT = "wait until the server has started, then look again"

_FULL = re.compile(
    r"too many clients already"
    r"|remaining connection slots are reserved"
    r"|too many connections for (?:role|database)"
    r"|no more connections allowed"  # pgbouncer's max_client_conn
    r"|^\((?:1040|1203|1226)\b"
)

_CAUSES = (
    Cause(
        r"password authentication failed|no password supplied|authentication failed|role \"[^\"]*\" does not exist"
        r"|no such user|^\(1045\b|^\(1698\b",
        "the server refused the login",
        _LOGIN_HINT,
    ),
    Cause(
        r"no pg_hba\.conf entry|pg_hba\.conf rejects|^\(1130\b|^\(1129\b",
        "the server lets nobody in from here with this user",
        "ask for this machine's address to be allowed (pg_hba.conf, or the user's host on MySQL), or run triage elsewhere",
    ),
    Cause(
        r"database \"[^\"]*\" does not exist|no such database|^\(1049\b|^\(1044\b",
        "the server has no such database for this user",
        _DATABASE_HINT,
    ),
    Cause(
        r"could not translate host name|Name or service not known|nodename nor servname|getaddrinfo"
        r"|Temporary failure in name resolution|No address associated",
        "the host name is not known",
        _HOST_HINT,
    ),
    Cause(
        r"\bSSL\b|\bTLS\b|certificate|root\.crt|^\(3159\b|^\(2026\b",
        "the encrypted connection could not be made",
        _TLS_HINT,
    ),
    Cause(
        r"starting up|shutting down|in recovery mode|not yet accepting connections|^\(1053\b",
        "the server is starting, stopping or recovering",
        _WAIT_HINT,
    ),
    Cause(
        r"Connection refused|timeout expired|timed out|No route to host|Network is unreachable"
        r"|No such file or directory|closed the connection unexpectedly|Lost connection|^\(2003\b|^\(2002\b|^\(2013\b",
        "the server cannot be reached",
        _PORT_HINT,
    ),
)

_LOST_MYSQL = frozenset({2006, 2013, 2055, 1053, 1927, 3169, 4031})


def open_connection(address: Address, deadline: Deadline) -> Connection:
    """Connect once.

    Raises:
        FullError: the server is full.
        ConnectError: any other refusal, explained.
        DeadlineError: the time was up before the connection was made.
    """
    backend = Backend.POSTGRESQL if address.is_postgresql else Backend.MYSQL
    try:
        driver = _psycopg2(address, deadline) if address.is_postgresql else _pymysql(address, deadline)
    except driver_errors(backend) as error:
        raise _explained(plain(error, address.password), deadline) from error
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        # PyMySQL raises these itself: no file for a certificate, an option of the wrong type.
        raise _explained(plain(error, address.password), deadline) from error
    return Connection(driver=driver, deadline=deadline)


def driver_errors(backend: Backend) -> tuple[type[Exception], ...]:
    """The exceptions with which a backend's driver reports what the server said."""
    if backend is Backend.POSTGRESQL:
        import psycopg2  # noqa: PLC0415 - only the backend in use is imported

        return (psycopg2.Error,)
    import pymysql  # noqa: PLC0415

    return (pymysql.err.MySQLError, OSError)


def is_lost(backend: Backend, error: Exception) -> bool:
    """Whether the error ended the connection, so that nothing more can be read."""
    if backend is Backend.POSTGRESQL:
        import psycopg2  # noqa: PLC0415

        code = getattr(error, "pgcode", None)
        if code is None:  # libpq's own words: the server did not get to say anything
            return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
        return str(code).startswith(("57P", "08"))
    return isinstance(error, OSError) or (bool(error.args) and error.args[0] in _LOST_MYSQL)


def plain(error: Exception, password: str | None) -> str:
    """The error's first line, without secrets."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    text = f"({code}) {error.args[1]}" if code is not None and len(error.args) > 1 else str(error)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return redact.secrets(lines[0] if lines else type(error).__name__, password)


def _psycopg2(address: Address, deadline: Deadline) -> Driver:
    import psycopg2  # noqa: PLC0415

    driver: Driver = psycopg2.connect(
        **{**address.arguments, "client_encoding": "utf8"},
        application_name="triage",
        connect_timeout=max(math.ceil(deadline.remaining), 2),
    )
    driver.autocommit = True  # type: ignore[attr-defined]
    return driver


def _pymysql(address: Address, deadline: Deadline) -> Driver:
    import pymysql  # noqa: PLC0415

    remaining = max(math.ceil(deadline.remaining), 1)
    return pymysql.connect(  # type: ignore[return-value]
        **address.arguments,
        autocommit=True,
        program_name="triage",
        connect_timeout=remaining,
        read_timeout=remaining,
        write_timeout=remaining,
    )


def _explained(message: str, deadline: Deadline) -> Exception:
    full = _FULL.search(message)
    if full:
        code = re.match(r"\((\d+)\)", message)
        return FullError(message, code[1] if code else "53300")
    if not deadline.remaining:
        return DeadlineError()
    for cause in _CAUSES:
        if re.search(cause.pattern, message):
            return ConnectError(f"{cause.what}: {message}", cause.hint)
    return ConnectError(f"the connection could not be made: {message}", _PORT_HINT)
