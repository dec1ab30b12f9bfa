"""Names of exceptions in a text, and whether one is there because it was raised or because somebody speaks of it.

A log mentions names as well: of what a handler catches, of what a release mends, in a line of source code. An exception
stands before its message, alone on its line, in parentheses or quotation marks, or where a field's value does.
"""

import re

DRIVERS = (
    "psycopg2|psycopg|psycopg_pool|asyncpg|pymysql|aiomysql|asyncmy|MySQLdb|_mysql_exceptions|mysql\\.connector|mariadb|sqlite3"
    "|aiosqlite|pg8000|cx_Oracle|oracledb|pyodbc|_mariadb|_psycopg|_mysql"
)
SQLALCHEMYS = frozenset(
    "DetachedInstanceError MissingGreenlet PendingRollbackError NoResultFound MultipleResultsFound StaleDataError "
    "ObjectDeletedError FlushError NoForeignKeysError AmbiguousForeignKeysError NoReferencedTableError "
    "NoReferencedColumnError IllegalStateChangeError UnmappedClassError UnmappedInstanceError NoInspectionAvailable "
    "ResourceClosedError StatementError DBAPIError".split()
)
"""Names that no other library gives an exception; some logs leave the module out."""
IN_PARENTHESES = re.compile(
    rf"\((?P<name>(?:{DRIVERS}|sqlalchemy|builtins)\.[\w.]*\w|[A-Z]\w*(?:Error|Violation|Exception))\) "
)
"""The driver's class, as SQLAlchemy prints it before the driver's message."""
CLASS = re.compile(
    rf"(?<!<)\b(?P<name>sqlalchemy(?:\.\w+)*?\.exc\.[A-Z]\w+|(?:{DRIVERS})(?:\.\w+)*?\."
    r"(?:(?:errors?|err|exceptions)(?:\._?\w+)?\.[A-Z]\w+|[A-Z]\w*(?:Error|Warning|Exception)))\b"
)
"""The full name of an exception of SQLAlchemy's or of a driver; behind ``<`` it is that of an object in a message."""
_ALONE = re.compile(rf"(?<![\w.])(?P<name>{'|'.join(sorted(SQLALCHEMYS))})\b")
_BEFORE_MESSAGE = re.compile(r": *[^\s:]|\(u?['\"]|'>|\) \S")
_CODE = re.compile(r"\b(?:except|raise|import|from|isinstance|pytest\.raises)\b[^'\"]*$")
_BEFORE_VALUE = re.compile(r"[=:] ?['\"]?$")
_BEHIND_VALUE = re.compile(r"['\"]?(?:[,}\]]|\s*$)")
_TITLE = re.compile(r"\s*\n(?:[\w.]+\.)?(?P<last>\w+): ")
_OTHERS = re.compile(
    r"SQLSTATE\[|\bPDOException\b|(?<!\.py)::[A-Z]\w+|\bat [\w.$]+\(\w+\.java:|\.(?:php|rb|go)\b|\b(?:psql|pg_\w+|mysql\w*): "
)
"""What no log of Python's has before an error: words of PHP, Ruby and Java, and of the servers' own tools."""


def raised(text: str) -> "re.Match[str] | None":
    """The first name in a text that stands in an error's place."""
    for found in sorted([*CLASS.finditer(text), *_ALONE.finditer(text)], key=lambda each: each.start()):
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        before, behind = text[start : found.start()], text[found.end() : end if end >= 0 else len(text)]
        if _CODE.search(before):
            continue
        is_full = "." in found["name"]
        if _BEFORE_MESSAGE.match(behind) or (is_full and not before.strip() and not behind.strip()):
            return found
        if is_full and _BEFORE_VALUE.search(before) and (_BEHIND_VALUE.match(behind) or before.endswith("=")):
            return found
    return None


def behind_title(text: str, found: "re.Match[str]") -> int:
    """Where the message begins that follows a name; a debugger's page has the name as its title, and then once more."""
    again = _TITLE.match(text, found.end())
    return again.end() if again and again["last"] == found["name"].rpartition(".")[2] else found.end()


def is_title(line: str, following: str) -> bool:
    """Whether a line is nothing but the name of the error that the next one tells of."""
    found = CLASS.fullmatch(line.strip())
    text = f"{line}\n{following}"
    return bool(found) and (match := CLASS.search(text)) is not None and behind_title(text, match) > match.end()


def is_anothers(text: str) -> bool:
    """Whether it is a program in another language that says so."""
    return _OTHERS.search(text) is not None
