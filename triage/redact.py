"""Takes secrets and literals out of everything that leaves the process.

Statements are masked in the evidence, before any detector reads them, so that no finding, no log
line and no saved file can hold a customer's data by oversight. Passwords are taken out of URLs and
out of the drivers' error messages, which repeat what they were given.
"""

import re
from dataclasses import replace
from functools import cache
from urllib.parse import unquote

from triage.evidence import ActivitySnapshot, Backend, Evidence, StatementStats
from triage.sql.fingerprint import fingerprint, mask
from triage.sql.lexer import Dialect

_URL_PASSWORD = re.compile(r"(?P<head>\b[a-zA-Z][\w+.-]*://[^\s:/@]*:)(?P<password>[^\s/]*)(?=@)")
_SECRET_PAIR = re.compile(
    r"(?P<head>(?<!using )\b(?:password|passwd|pwd|secret|sslpassword|ssl_key_password)\b\s*[=:]\s*)"
    r"(?P<password>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&,;)]+)",
    re.IGNORECASE,
)
_HIDDEN = r"\g<head>***"

_PASSWORD_STATEMENT = re.compile(
    r"(?P<head>\b(?:PASSWORD|IDENTIFIED(?:\s+WITH\s+\S+)?\s+(?:BY|AS))\s+).*", re.IGNORECASE | re.DOTALL
)


def secrets(text: str, *known: str | None) -> str:
    """Return the text without passwords: those in URLs, in ``password=…`` pairs, and the known ones."""
    for secret in known:
        for form in {secret, unquote(secret)} if secret else ():
            text = text.replace(form, "***")
    return _SECRET_PAIR.sub(_HIDDEN, _URL_PASSWORD.sub(_HIDDEN, text))


def dialect_of(backend: Backend | None) -> Dialect:
    """The dialect in which a backend's statements are read."""
    return Dialect.POSTGRESQL if backend in {Backend.POSTGRESQL, None} else Dialect.MYSQL


def masked(evidence: Evidence, *, show_literals: bool = False) -> Evidence:
    """Return the evidence with each statement fingerprinted and, unless asked not to, its literals masked."""
    source = evidence.database
    dialect = dialect_of(source.backend if source else None)

    @cache  # hundreds of sessions share a handful of statements
    def shown(statement: str) -> str:
        if show_literals:
            return _PASSWORD_STATEMENT.sub(_HIDDEN, statement)
        return mask(statement, dialect)

    @cache
    def normalised(statement: str) -> str:
        return fingerprint(statement, dialect)

    def masked_activity(activity: ActivitySnapshot) -> ActivitySnapshot:
        return replace(
            activity,
            sessions=tuple(
                replace(s, statement=shown(s.statement), fingerprint=normalised(s.statement)) if s.statement else s
                for s in activity.sessions
            ),
        )

    def masked_statistics(statistics: StatementStats) -> StatementStats:
        return replace(statistics, statement=shown(statistics.statement))

    return replace(
        evidence,
        activity=masked_activity(evidence.activity) if evidence.activity else None,
        statements=tuple(map(masked_statistics, evidence.statements)) if evidence.statements is not None else None,
    )
