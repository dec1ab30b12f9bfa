"""Where the times and the sessions' ids stand in each format: what has to move when a log is repeated.

Only what the server wrote is looked for, at the beginning of a record, and never inside of a statement.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto


class Moves(Enum):
    """How a token moves from one repetition to the next."""

    WITH_TIME = auto()
    WITH_IDS = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A kind of token: how it is read as a number and written again."""

    moves: Moves
    read: Callable[[bytes], int]
    write: Callable[[int], bytes]


def _time(form: str) -> Token:
    def read(token: bytes) -> int:
        return int(datetime.strptime(token.decode(), form).replace(tzinfo=UTC).timestamp())

    return Token(Moves.WITH_TIME, read, lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime(form).encode())


def _hexadecimal(moves: Moves) -> Token:
    return Token(moves, lambda token: int(token, 16), lambda number: b"%x" % number)


ISO = _time("%Y-%m-%d %H:%M:%S")
SHORT = _time("%y%m%d %H:%M:%S")
EPOCH = Token(Moves.WITH_TIME, int, lambda number: b"%d" % number)
PID = Token(Moves.WITH_IDS, int, lambda number: b"%d" % number)
PADDED = Token(Moves.WITH_IDS, int, lambda number: b"%6d" % number)
SESSION_TIME, SESSION_PID = _hexadecimal(Moves.WITH_TIME), _hexadecimal(Moves.WITH_IDS)


@dataclass(frozen=True, slots=True)
class Layout:
    """One format."""

    moving: re.Pattern[bytes]
    """Its groups are the tokens that move."""
    tokens: tuple[Token, ...]
    """What each group is."""
    start: re.Pattern[bytes]
    """Where a record starts, and with it a log that is cut there."""
    execution: re.Pattern[bytes]
    """Matches once for each statement that ran: the plainest way to count them."""


ISO_TIME = rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
SHORT_TIME = rb"(\d{6} [ \d]\d:\d\d:\d\d)"
SESSION = rb"([0-9a-f]+)\.([0-9a-f]+)"

LAYOUTS: Mapping[str, Layout] = {
    "stderr": Layout(
        moving=re.compile(rb"^" + ISO_TIME + rb"\.\d{3} UTC \[(\d+)\]", re.MULTILINE),
        tokens=(ISO, PID),
        start=re.compile(rb"^" + ISO_TIME + rb"\.\d{3} UTC \[\d+\] \S*? ?(?:LOG|ERROR|FATAL):", re.MULTILINE),
        execution=re.compile(rb" LOG:  duration: [\d.]+ ms  (?:statement|execute [^:]+): "),
    ),
    "csvlog": Layout(
        moving=re.compile(
            rb"^"
            + ISO_TIME
            + rb'\.\d{3} UTC,(?:"[^"]*")?,(?:"[^"]*")?,(\d+),(?:"[^"]*")?,'
            # what the session is doing, then when it began
            + SESSION
            + rb',\d+,(?:"[^"]*")?,'
            + ISO_TIME
            + rb" UTC,",
            re.MULTILINE,
        ),
        tokens=(ISO, PID, SESSION_TIME, SESSION_PID, ISO),
        start=re.compile(rb"^" + ISO_TIME + rb"\.\d{3} UTC,", re.MULTILINE),
        execution=re.compile(rb',"duration: [\d.]+ ms  (?:statement|execute [^:]+): '),
    ),
    "jsonlog": Layout(
        moving=re.compile(
            rb'^\{"timestamp":"' + ISO_TIME + rb'\.\d{3} UTC",(?:"user":"[^"]*",)?(?:"dbname":"[^"]*",)?"pid":(\d+),'
            rb'(?:"remote_host":"[^"]*",)?(?:"remote_port":\d+,)?"session_id":"'
            + SESSION
            + rb'","line_num":\d+,(?:"ps":"[^"]*",)?"session_start":"'
            + ISO_TIME
            + rb' UTC"',
            re.MULTILINE,
        ),
        tokens=(ISO, PID, SESSION_TIME, SESSION_PID, ISO),
        start=re.compile(rb'^\{"timestamp":"', re.MULTILINE),
        execution=re.compile(rb'"message":"duration: [\d.]+ ms  (?:statement|execute [^:]+): '),
    ),
    "general": Layout(
        moving=re.compile(rb"^(?:" + SHORT_TIME + rb"|\t)\t( *\d+) (?=[A-Z][a-z]+)", re.MULTILINE),
        tokens=(SHORT, PADDED),
        start=re.compile(rb"^" + SHORT_TIME + rb"\t", re.MULTILINE),
        execution=re.compile(rb"^(?:" + SHORT_TIME + rb"|\t)\t *\d+ (?:Query|Execute)\t", re.MULTILINE),
    ),
    "slow": Layout(
        moving=re.compile(rb"^(?:# Time: " + SHORT_TIME + rb"|# Thread_id: (\d+)|SET timestamp=(\d+);$)", re.MULTILINE),
        tokens=(SHORT, PID, EPOCH),
        start=re.compile(rb"^# Time: ", re.MULTILINE),
        execution=re.compile(rb"^SET timestamp=\d+;\n(?!# administrator command)", re.MULTILINE),
    ),
    "echo": Layout(
        moving=re.compile(rb"^" + ISO_TIME + rb",\d{3} INFO sqlalchemy\.engine\.Engine ", re.MULTILINE),
        tokens=(ISO,),
        start=re.compile(rb"^" + ISO_TIME + rb",\d{3} INFO ", re.MULTILINE),
        execution=re.compile(
            rb"^" + ISO_TIME + rb",\d{3} INFO sqlalchemy\.engine\.Engine "
            rb"(?:\[(?:raw sql|generated in|cached since|no key)|(?:BEGIN \(implicit\)|COMMIT|ROLLBACK)$)",
            re.MULTILINE,
        ),
    ),
    "echo-json": Layout(
        moving=re.compile(rb'^\{"asctime": "' + ISO_TIME + rb',\d{3}", ', re.MULTILINE),
        tokens=(ISO,),
        start=re.compile(rb'^\{"asctime": "' + ISO_TIME + rb',\d{3}", ', re.MULTILINE),
        execution=re.compile(
            rb'"message": "(?:\[(?:raw sql|generated in|cached since|no key)|(?:BEGIN \(implicit\)|COMMIT|ROLLBACK)"\}$)',
            re.MULTILINE,
        ),
    ),
}
