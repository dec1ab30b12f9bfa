"""The message of an error without the values in it: what the database says of rows is customers' data.

Names of tables, columns and constraints stay, and so do the numbers of SQLAlchemy's own messages, such as a pool's size.
A value that stands in a sentence without quotation marks cannot be told from a word and stays, too; the drivers quote.
"""

import re

from triage.redact import secrets

_NAMED = (
    "table|tables|column|columns|key|constraint|relation|relationship|attribute|index|database|schema|user|role|mapper|class"
    "|entity|property|function|type|operation|named|method|field|on|on class|foreign key|expression|locate a name"
    "|has exceeded the|already has more than"  # a limit's name, in MySQL's words
)
_QUOTED = re.compile(rf"(?i:(?P<noun>\b(?:{_NAMED})):? \(?)?(?<!\w)(?P<value>'(?:[^'\\]|\\.|'')*')(?!\w)")
_VALUES = (
    (re.compile(r"(Key \([^)]{0,500}\)=)\(.*?\)(?=[ .]|$)"), r"\1(?)"),
    (re.compile(r"(Failing row contains ).*?(?:\)\.|$)"), r"\1(?)."),
    (re.compile(r"(Duplicate entry ).*( for key )"), r"\1'?'\2"),
    (re.compile(r"(identity key )\(?<?class.*?\)(?= conflicts|\.| |$)"), r"\1(?)"),
    (re.compile(r"((?::|=|value|like) ?)\"[^\"]*\""), r'\1"?"'),
    (re.compile(r" (?:object )?at 0x[0-9a-fA-F]+"), ""),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "?"),
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "?"),
)
_NUMBER = re.compile(r"(?<!SQLSTATE )(?<![\w.%\"'`$-])-?\d[\d.,:-]*(?![\w%\"'`-])")
_ERRNO = re.compile(r"\(\d{4}, |^\d{4} \(")
_OF_SQLALCHEMY = re.compile(r"QueuePool limit|expected to (?:update|delete)|Over \d+ subsequent")
_LONGEST = 400


def masked(message: str) -> str:
    """The message on one line, without values and secrets, cut where it is long."""
    text = secrets(" ".join(message.split())[: 10 * _LONGEST])
    for pattern, instead in _VALUES:
        text = pattern.sub(instead, text)
    text = _QUOTED.sub(lambda found: found[0] if found["noun"] else "'?'", text)
    if not _OF_SQLALCHEMY.search(text):
        kept = {found.start() + found[0].index(found[0].strip("(, ")) for found in _ERRNO.finditer(text)}
        text = _NUMBER.sub(lambda found: found[0] if found.start() in kept else "?", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
