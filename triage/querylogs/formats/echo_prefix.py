r"""What stands before the engine's message: what the application's logging prints, written as logging writes it.

``%(asctime)s %(levelname)s %(name)s %(message)s`` is the prefix of ``echo=True``. A prefix is learned from lines that
hold what only the engine says: what stands before it is cut into times, levels, logger names, thread and process
names, numbers and words; what differs from line to line is a field.

https://docs.python.org/3/library/logging.html#logrecord-attributes
"""

import re
from collections import Counter, defaultdict

from triage.querylogs.formats.echo_messages import ANCHOR

TIME = (
    rb"(?:\d[\d/-]{9}[ T]\d\d:[\d:]{5}(?:[.,]\d{1,9})?+(?:Z| ?[+-]\d\d:?\d\d| UTC)?+|"
    rb"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?+|"
    rb"\d\d[-./](?:\d\d|[A-Z][a-z]{2})[-./]\d{2,4}[ :]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?+(?: [+-]\d{4})?+|"
    rb"\d{10}\.\d{1,9}|"
    rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?+)"
)
"""Cheap rather than strict: it is matched three times for each statement."""
_LEVEL = (
    rb"(?:INFO|DEBUG|WARNING|WARN|ERROR|CRITICAL|FATAL|debug|info|warning|warn|error|critical|fatal|[DIWEC](?=[ :|\]]))"
)
_ENGINE = rb"sqlalchemy\.(?:engine|log)[\w.-]{0,200}+"
_THREAD = (
    rb"(?:MainThread|Thread-\d{1,9}(?: \([^)\n]{1,80}\))?+|ThreadPoolExecutor-\d{1,9}_\d{1,9}|AnyIO worker thread|"
    rb"asyncio_\d{1,9}|Dummy-\d{1,9})"
)
_PROCESS = rb"(?:MainProcess|[A-Z][A-Za-z]{0,40}(?:Worker|Process)-\d{1,9}(?::\d{1,9})?+)"
_FIELD = re.compile(r"%\((\w+)\)[-+ #0]*\d*(?:\.\d+)?[sdf]|%%| {2,}")
_PIECE = re.compile(
    rb"(?P<asctime>%b)|(?P<name>%b)|(?P<threadName>%b)|(?P<processName>%b)|(?P<taskName>Task-\d{1,9})|"
    rb"(?P<levelname>\b%b(?![\w.-]))|(?<=[\w>]:)(?P<lineno>\d{1,9})|(?P<process>\b\d{1,20}\b)|(?P<word>[\w.-]{1,200}+)|"
    rb"(?P<space> {2,}+)|(?P<other>.)" % (TIME, _ENGINE, _THREAD, _PROCESS, _LEVEL),
    re.DOTALL,
)
_TOKEN = re.compile(r"(%\(name\)s\W{1,12}(?:%\(levelname\)s\W{1,12})?)\[[^\]\n]{1,100}\] \Z")
_TOKENED = "[%(token)s] "
_ANCHORED = re.compile(rb"^([^\n]{0,300}?)(?:%b)" % ANCHOR, re.MULTILINE)
_NAMED = re.compile(
    rb"^[^\n{]{0,200}?%b[^\w\n([{'\"]{1,12}(?:%b[^\w\n([{'\"]{1,12})?" % (_ENGINE, _LEVEL), re.MULTILINE
)
NAMES_A_STREAM = ("token", "taskName", "threadName", "thread", "processName", "process", "word")
"""The fields that can tell one stream of statements from another, the best first."""
BARE = "%(message)s"
"""Nothing stands before the message."""
JSON_LINE = "{}"
"""The record is printed once more, as an object of JSON."""
_MOST = 3
"""Prefixes that are told apart in one file."""

Piece = tuple[str, str]


def learn(sample: bytes) -> list[str]:
    """Return the prefixes of a sample as logging formats, the most frequent first."""
    anchored = Counter(head[1] for head in _ANCHORED.finditer(sample))
    # Behind a quotation mark the message is escaped: it is JSON's, or of key=value pairs, which nobody reads here.
    heads = Counter({head: n for head, n in anchored.items() if head.lstrip()[:1] != b"{" and head[-1:] != b'"'})
    if not anchored:  # neither BEGIN nor a bracket: an old SQLAlchemy with autocommit
        heads = Counter(head[0] for head in _NAMED.finditer(sample))
    alike: dict[tuple[str, ...], list[tuple[list[Piece], int]]] = defaultdict(list)
    for head, count in heads.items():
        pieces = _pieces(head)
        alike[tuple(text if kind == "other" else kind for kind, text in pieces)].append((pieces, count))
    seen: Counter[str] = Counter()
    for members in alike.values():
        seen[_format([pieces for pieces, _ in members])] += sum(count for _, count in members)
    without = {shape.replace(_TOKENED, "") for shape in seen if _TOKENED in shape}  # as a token is there or not
    usual = [shape for shape, count in seen.most_common() if shape not in without and count * 20 >= heads.total()]
    return usual[:_MOST]


def stream_fields(shape: str) -> list[str]:
    """Name the fields of a logging format that may tell streams apart, the best first."""
    present = {found[1] for found in _FIELD.finditer(shape)}
    return [field for field in NAMES_A_STREAM if field in present]


def frame(shape: str) -> bytes:
    """Return the pattern of a logging format before a message of any logger."""
    return b"".join(pattern for _, pattern in _parts(shape, any_logger=True))


def head(shape: str, number: int, streams: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Return the pattern of a logging format before the engine's messages, and before one of the same stream.

    The first time is the group ``t`` and what names the stream, from its first field to its last, the group ``k``.
    """
    parts = _parts(shape, any_logger=False)
    named = [position for position, (field, _) in enumerate(parts) if field in streams]
    timed = next((position for position, (field, _) in enumerate(parts) if field == "asctime"), None)
    first: list[bytes] = [] if timed is not None else [b"(?P<t%d>)" % number]
    again: list[bytes] = []
    for position, (_, pattern) in enumerate(parts):
        if named and position == named[0]:
            first.append(b"(?P<k%d>" % number)
            again.append(b"(?P=k%d)" % number)
        first.append(b"(?P<t%d>%b)" % (number, pattern) if position == timed else pattern)
        if named and position == named[-1]:
            first.append(b")")
        if not named or not named[0] <= position <= named[-1]:
            again.append(pattern)
    if not named:
        first.append(b"(?P<k%d>)" % number)
    return b"".join(first), b"".join(again)


def _parts(shape: str, *, any_logger: bool) -> list[tuple[str | None, bytes]]:
    """Cut a logging format into its fields and the text between them, each with its pattern."""
    text = shape.removesuffix("%(message)s")
    parts: list[tuple[str | None, bytes]] = []
    position = 0
    for found in _FIELD.finditer(text):
        field, start = found[1], found.start()
        is_token = field == "token"  # it is there or not, and its brackets with it
        parts.append((None, re.escape(text[position : start - is_token].encode())))
        position = found.end() + is_token * len("] ")
        if field is None:
            parts.append((None, b" +" if found[0][0] == " " else b"%"))
        else:
            parts.append((field, _field(field, text[position : position + 1].encode(), any_logger=any_logger)))
            if "-" in found[0].partition(")")[2]:
                parts.append((None, b" *"))
    parts.append((None, re.escape(text[position:].encode())))
    return parts


def _pieces(head: bytes) -> list[Piece]:
    return [(str(found.lastgroup), found[0].decode("utf-8", "replace")) for found in _PIECE.finditer(head)]


def _format(members: list[list[Piece]]) -> str:
    """What heads of one shape have in common is text; what they differ in, and what has a meaning, is a field."""
    parts: list[str] = []
    for column in zip(*members, strict=True):
        kind, text = column[0]
        if kind == "other":
            parts.append(text.replace("%", "%%"))
        elif kind == "space":
            parts.append("  ")
        elif kind == "word" and len({word for _, word in column}) == 1 and not _has_digit(text):
            parts.append(text)
        else:
            parts.append(f"%({kind})s")
    return _TOKEN.sub(r"\1" + _TOKENED, "".join(parts)) + "%(message)s"


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _field(field: str, then: bytes, *, any_logger: bool) -> bytes:
    r"""Return the pattern of a field; what has no shape of its own ends where the text behind it begins."""
    if field == "token":
        return rb"(?:\[(?!raw sql\]|generated in |cached since |insertmanyvalues |[(\[{])[^\]\n]{1,100}+\] )?+"
    shapes = {
        "asctime": TIME,
        "levelname": _LEVEL,
        "process": rb"\d{1,20}+",
        "thread": rb"\d{1,20}+",
        "lineno": rb"\d{1,9}+",
    }
    if field in shapes:
        return shapes[field]
    if field == "name" and not any_logger:
        return _ENGINE
    rest = rb"[^\n%b]{1,200}+" % re.escape(then) if then.strip() else rb"[^\s]{1,200}+"
    return rb"(?:%b|%b)" % (_THREAD, rest) if field == "threadName" else rest
