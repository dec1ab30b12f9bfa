"""What a sample of echo tells of the file: its prefixes, its streams, what is printed twice, and whose SQL it is."""

import re
from collections import Counter
from dataclasses import replace

from triage.querylogs.formats.echo_json import PATHS, STREAMS, has_logger, message_of, parsed, value_of
from triage.querylogs.formats.echo_layout import Layout, layout_of
from triage.querylogs.formats.echo_messages import ANCHOR, STATS, Kind, kind_of, without_token
from triage.querylogs.formats.echo_prefix import BARE, JSON_LINE, learn, stream_fields
from triage.querylogs.formats.echo_records import TWIN, by_prefix, records
from triage.sql.lexer import Dialect

_ANCHOR = re.compile(ANCHOR)
_TEXT = re.compile(rb"^[^\n{][^\n]{0,300}?(?:%b)" % ANCHOR, re.MULTILINE)
_STATS = re.compile(STATS)
_TAIL = re.compile(rb"BEGIN \(implicit\) *+\[sqlalchemy\.engine")
_POSTGRESQL = re.compile(
    rb"\bpg_catalog\b|(?:\$\d+|%\(\w{1,200}\)s)::[A-Z]|\$\d+\b|standard_conforming_strings|\bILIKE\b|\bSERIAL\b"
)
_MYSQL = re.compile(
    rb"`\w|\bSELECT (?:DATABASE\(\)|@@)|\bAUTO_INCREMENT\b|\bON DUPLICATE KEY\b|\bLIMIT %(?:\(\w{1,200}\))?s, |SHOW (?:FULL TABLES|CREATE TABLE|VARIABLES)"
)
_POSITIONAL = re.compile(rb"(?:[\s(,=]|^)%s(?![\w(])", re.MULTILINE)
_FEWEST, _MANY = 4, 100
"""Records that it takes to say that all are printed twice, and how often one may be printed."""
_NEAR = 3
"""How many records away a copy under another prefix may be."""


def learned(sample: bytes, variant: str | None) -> Layout | None:
    """Return how the sample is laid out, or what a user's variant says and the sample adds; None if it is no echo."""
    if variant is not None:
        given = layout_of(variant)
        if "\n" in variant:
            return given
        shaped = given if variant.endswith(BARE) else None
    else:
        shaped = _shapes(sample)
    if shaped is None:
        return None
    tail = not shaped.is_json and _TAIL.search(sample) is not None
    layout = replace(
        shaped,
        bare_values=not shaped.is_json and _STATS.search(sample) is None,
        tail=tail,
        is_named=shaped.is_named and (shaped.is_json or tail or all("%(name)" in shape for shape in shaped.shapes)),
    )
    layout = _without_copies(sample, layout)
    layout = replace(layout, times=_times(sample, layout))
    return replace(_with_streams(sample, layout), dialect=dialect_of(sample, layout))


def dialect_of(sample: bytes, layout: Layout) -> Dialect:
    r"""Tell MySQL's SQL from PostgreSQL's, as which SQLite's is read.

    It rests on what only one of them is sent: backticks, ``SELECT DATABASE()``, ``AUTO_INCREMENT``, ``LIMIT 5, 10``;
    ``pg_catalog``, ``$1``, casts of parameters. Where neither shows, on ``%s``, which MySQL's drivers have. The places
    ``%(name)s`` are psycopg2's and PyMySQL's, and tell nothing: then PostgreSQL is assumed.
    """
    text = b"\n".join(
        part for found in records(sample, 0, len(sample), layout) for part in found[4:] if part is not None
    )
    mysql, postgresql = len(_MYSQL.findall(text)), len(_POSTGRESQL.findall(text))
    if mysql == postgresql:
        mysql += len(_POSITIONAL.findall(text))
    return Dialect.MYSQL if mysql > postgresql else Dialect.POSTGRESQL


def _shapes(sample: bytes) -> Layout | None:
    """Return the prefixes of the text, or the path to the message of the JSON, whichever holds more of the engine's."""
    if b"sqlalchemy." not in sample and _ANCHOR.search(sample) is None:
        return None
    paths: Counter[str] = Counter()
    is_named = True
    for line in sample.splitlines():
        made = parsed(line)
        if made is not None:
            for path in PATHS:
                message = message_of(made, path)
                if message is not None and _ANCHOR.match(without_token(message)[1]):
                    paths[path] += 1
                    is_named = is_named and has_logger(made, path)
                    break
    shapes = tuple(learn(sample))
    if shapes and paths:  # where one handler prints text and another one JSON, the text is as good
        begun = len(_TEXT.findall(sample))
        if begun * 2 >= paths.total():
            return Layout(shapes=shapes, copies=(JSON_LINE,) if paths.total() * 2 >= begun else ())
    if paths:
        return Layout(shapes=(paths.most_common(1)[0][0],), is_json=True, is_named=is_named)
    return Layout(shapes=shapes) if shapes else None


def _without_copies(sample: bytes, layout: Layout) -> Layout:
    """Set aside the prefixes whose records stand beside the same records under another one, which holds more."""
    if len(layout.shapes) < 2:
        return layout
    found = list(by_prefix(sample, layout))
    originals, copies = [layout.shapes[0]], list(layout.copies)
    for number, shape in enumerate(layout.shapes[1:], 1):
        places = [place for place, (which, _) in enumerate(found) if which == number]
        beside = sum(
            any(
                which < number and message == found[place][1]
                for which, message in found[max(place - _NEAR, 0) : place + _NEAR + 1]
            )
            for place in places
        )
        (copies if beside * 5 >= len(places) * 4 else originals).append(shape)
    return replace(layout, shapes=tuple(originals), copies=tuple(copies))


def _times(sample: bytes, layout: Layout) -> int:
    """Count how often a record comes at once, time and all; two threads that say the same at the same time are rare."""
    runs: Counter[int] = Counter()
    run = 0
    for found in records(sample, 0, len(sample), replace(layout, times=_MANY)):
        if found[3] is TWIN:
            run += 1
        elif found[6] is not None:
            runs[run] += 1
            run = 1
    runs[run] += 1
    runs[0] = 0
    again = Counter({length: count for length, count in runs.items() if length > 1})
    is_usual = runs.total() >= _FEWEST and again.total() > 0.9 * runs.total()
    return again.most_common(1)[0][0] if is_usual else 1


def _with_streams(sample: bytes, layout: Layout) -> Layout:
    """Choose the fields by which every stream, taken alone, begins and ends its transactions in turn."""
    if layout.is_json:
        possible = [name for name in STREAMS if any(_value(line, layout, name) for line in sample.splitlines()[:50])]
    else:
        in_all = set.intersection(*(set(stream_fields(shape)) for shape in layout.shapes))
        possible = [field for field in stream_fields(layout.shapes[0]) if field in in_all]
    choices = [tuple(possible)] if len(possible) > 1 else []
    for streams in (*choices, *((field,) for field in possible)):
        tried = replace(layout, streams=streams)
        if _is_in_turn(sample, tried):
            return replace(tried, identity="session" if "token" in streams else "pid")
    return layout


def _value(line: bytes, layout: Layout, name: str) -> bytes:
    made = parsed(line)
    return value_of(made, layout.shapes[0], (name,)) if made is not None else b""


def _is_in_turn(sample: bytes, layout: Layout) -> bool:
    """Say whether no stream begins twice or ends what it has not begun.

    A few may: what a session that was garbage-collected left open has no end, and a sample starts in the middle.
    """
    open_in: set[bytes] = set()
    seen: set[bytes] = set()
    ends = amiss = 0
    for _, _, _, stream, text, values, message in records(sample, 0, len(sample), layout):
        if message is None or (text is not None and values is not None):
            continue
        kind, what = kind_of(without_token(message)[1].rstrip(b"\r"), bare_values=layout.bare_values)
        if kind is not Kind.BOUNDARY:
            continue
        if what == b"BEGIN":
            amiss += stream in open_in
            open_in.add(stream)
        else:
            ends += 1
            amiss += stream in seen and stream not in open_in
            open_in.discard(stream)
        seen.add(stream)
    # A field that differs on every line is no stream's name: nothing that it begins would ever end in it.
    return (
        ends > 0
        and amiss * 50 <= ends
        and len(open_in) * 4 <= max(ends, 4)
        and ("token" not in layout.streams or len(seen) > 1)
    )
