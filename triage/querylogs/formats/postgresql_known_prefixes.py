"""The ``log_line_prefix`` of a log that nobody told us: one that is in use, or one that the log's own lines suggest.

A prefix is learned from what stands before the levels: times, session ids and numbers in brackets become their
escapes, what stands behind ``user=`` and the like becomes a name, and a word that differs from line to line as well.
Lines of background processes, which are shorter, tell where ``%q`` is.

https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
"""

import re
from collections import Counter
from functools import lru_cache
from itertools import islice

from triage.querylogs.formats.postgresql_languages import ATTACHED, PRIMARY
from triage.querylogs.formats.postgresql_prefix import letters_of, prefix_of
from triage.querylogs.formats.postgresql_syslog_lines import piece_of

KNOWN = (
    "%m [%p] ",
    "%m [%p] %q%u@%d ",
    "%t:%r:%u@%d:[%p]:",
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    "%m [%p]: [%l-1] db=%d,user=%u,host=%h ",
    "%m [%p]: [%l-1] db=%d,user=%u ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %u@%d ",
    "%m [%p] user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %q[user=%u,db=%d,app=%a] ",
    "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "pid=%p,user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %r %a %u@%d ",
    "%m %c ",
    "%t-%c-",
    "%m-%c-",
    "%m [%c] ",
    "%m [%p] %c ",
    "%m [%p-%l] %q%u@%d ",
    "%m [%p-%l] ",
    "%t [%p-%l] %q%u@%d ",
    "%t [%p]: [%l-1] %q%u@%d ",
    "%t [%p]: [%l-1] ",
    "%t [%p] ",
    "%t [%p] %q%u@%d ",
    "%n [%p] ",
    "%m:%p:",
    "[%p] ",
    "%t %u@%d [%p] ",
    "%t ",
    "%m ",
    "",
)

_HEAD = re.compile(rb"^(?!\t)((?:(?!:  )[^\n]){0,300}?)(?:%b|%b):  " % (PRIMARY, ATTACHED), re.MULTILINE)
_DATE = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_ZONE = rb"(?: [A-Za-z]{1,6}\b| ?[+-]\d\d(?::?\d\d){0,2})?"
_READ = (
    (re.compile(rb"%b\.\d{3}%b" % (_DATE, _ZONE)), b"%m"),
    (re.compile(rb"%b%b" % (_DATE, _ZONE)), b"%t"),
    (re.compile(rb"(?<![\w.%])\d{9,11}\.\d{3}(?![\w.])"), b"%n"),
    (re.compile(rb"(?<![\w.%])[0-9a-f]{8}\.[0-9a-f]{2,8}(?![\w.])"), b"%c"),
    (re.compile(rb"(?<=\[)\d+-1(?=\])"), b"%l-1"),
    (re.compile(rb"(?<=\[)\d+-\d+(?=\])"), b"%p-%l"),
    (re.compile(rb"(?<=\[)\d+(?=\])"), b"%p"),
    (re.compile(rb"(?<=pid=)\d+|(?<=pid: )\d+|(?<=process )\d+"), b"%p"),
    (re.compile(rb"(?<=sql_error_code = )[0-9A-Z]{5}"), b"%e"),
    (re.compile(rb"(?<=user=)[^ ,\n]*"), b"%u"),
    (re.compile(rb"(?<=db=)[^ ,\n]*|(?<=database=)[^ ,\n]*"), b"%d"),
    (re.compile(rb"(?<=app=)[^,\n\]]*"), b"%a"),
    (re.compile(rb"(?<=client=)[^ ,\n]*|(?<=host=)[^ ,\n]*"), b"%h"),
    (re.compile(rb"(?<![\w%.])(?:[\w.:-]+\(\d{1,5}\)|\[local\])"), b"%r"),
    (re.compile(rb"(?<![\w%])\d+/\d+(?!\w)"), b"%v"),
    (re.compile(rb"(?<![\w%])[\w.\[\]-]*@[\w.\[\]-]*"), b"%u@%d"),
)
_NUMBER = re.compile(rb"(?<![\w%.:-])\d+(?![\w.:-])")
_BLANK = re.compile(rb"([ \t|;:,]+)")
_UNKNOWN = re.compile(rb"\[(?!local)[A-Za-z?\x80-\xff]{4,16}\]")
"""A name that is not there yet, in the server's language."""
_TELLING = frozenset("mtnspclx")
# Uvicorn's levels end in a colon as well, and have more blanks behind it.
_LEVELLED = re.compile(rb"^(?!\t)[^\n]{0,400}?(?:%b|%b):  (?! )" % (PRIMARY, ATTACHED), re.MULTILINE)
_MOST = 500
"""How many lines are looked at."""


def best_prefix(sample: bytes, *, alone: bool = True) -> str | None:
    """Return the prefix that fits most of the lines that have a level; None if none fits a single one.

    Where it does not stand alone, something else tells that these are PostgreSQL's lines, and it may say nothing.
    """
    lines = [found[0] for found in islice(_LEVELLED.finditer(sample), _MOST)]
    if not lines:
        return None
    if sum(1 for line in lines if line.startswith(b'{"') or piece_of(line)) * 2 > len(lines):
        return None  # what stands in front is JSON's or syslog's
    best, most = None, 0.0
    for prefix in dict.fromkeys([*KNOWN, *learned(sample, alone=alone)]):
        starts = _start(prefix).match
        fitting = sum(1 for line in lines if starts(line))
        # of two that fit the same lines the one that reads more out of them is the right one
        weight = fitting * (1 + len(letters_of(prefix) & set("cpmtn")) / 20) if fitting else 0.0
        if weight > most:
            best, most = prefix, weight
    return best


@lru_cache(maxsize=128)
def _start(prefix: str) -> re.Pattern[bytes]:
    return re.compile(rb"%b(?:%b|%b):  " % (prefix_of(prefix).general_bare, PRIMARY, ATTACHED))


def learned(sample: bytes, *, alone: bool = True) -> list[str]:
    """Return prefixes that the sample's lines suggest, the likeliest first."""
    heads: Counter[bytes] = Counter()
    for at, found in enumerate(_HEAD.finditer(sample)):
        if at == _MOST:
            break
        head = found[1].replace(b"%", b"%%")
        for pattern, escape in _READ:
            head = pattern.sub(escape, head, count=1)
        heads[head] += 1
    common = [*(head for head, _ in heads.most_common(4)), *_by_word(heads)]
    guesses = [guess.decode(errors="replace") for guess in [*_optional(common), *common]]
    return list(dict.fromkeys(guess for guess in guesses if _is_telling(guess) or not alone))


def _is_telling(guess: str) -> bool:
    """Say whether it has what hardly stands before a level by chance: a time, a number, both names, or only text."""
    letters = letters_of(guess)
    return "%" not in guess or bool(letters & _TELLING) or letters >= {"u", "d"}


def _optional(heads: list[bytes]) -> list[bytes]:
    """Return the heads that go on where another one ends, with ``%q`` in between."""
    return [
        short + b"%q" + long[len(short) :]
        for long in heads
        for short in heads
        if short and len(short) < len(long) and long.startswith(short)
    ]


def _by_word(heads: Counter[bytes]) -> list[bytes]:
    """Return the heads that have the commonest numbers of words, with a name for each word that differs."""
    words: dict[int, list[list[bytes]]] = {}
    widths: Counter[int] = Counter()
    for head, count in heads.items():
        split = _BLANK.split(_UNKNOWN.sub(b"%a", head))
        words.setdefault(len(split), []).append(split)
        widths[len(split)] += count
    guesses = []
    for width, _ in widths.most_common(3):
        merged: list[bytes] = []
        for column in zip(*words[width], strict=True):
            is_constant = len(set(column)) == 1 and not column[0].isdigit()
            merged.append(column[0] if is_constant else _merged(column, b"".join(merged)))
        guesses.append(_NUMBER.sub(b"%Q", b"".join(merged)))
    return guesses


def _merged(column: tuple[bytes, ...], before: bytes) -> bytes:
    """Return one word for several: a number, or a name, between what all of them begin and end with."""
    first, last = min(column), max(column)
    begin = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    begin = max(first.rfind(mark, 0, begin) + 1 for mark in (b"=", b"[", b":", b"(", b"<", b"-"))
    end = 1 if len({word[-1:] for word in column}) == 1 and first[-1:] in {b"]", b":", b",", b")", b">"} else 0
    inner = [word[begin : len(word) - end] for word in column]
    escape = b"%a"
    if all(word.isdigit() for word in inner):
        escape = b"%l" if b"%p" in before or b"%c" in before else b"%p"
    return first[:begin] + escape + first[len(first) - end :]
