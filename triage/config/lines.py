"""On which line of a TOML file a key stands.

The parser of the standard library does not tell. A header and an assignment are each a document of their own, so the
file is cut into the smallest pieces that can be parsed, and each piece says which keys it sets.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from io import StringIO

from triage.config.problems import Place


def lines_of(text: str) -> Mapping[Place, int]:
    """The line of each table and each key of a file that is valid, the first line being 1."""
    found: dict[Place, int] = {}
    counts: Counter[Place] = Counter()
    table: Place = ()
    for number, piece, content in _pieces(text):
        if piece.lstrip().startswith("["):
            table = _opened(content, counts, is_list=piece.lstrip().startswith("[["))
            places: Iterator[Place] = iter([table])
        else:
            places = ((*table, *place) for place in _places(content))
        for place in places:
            for length in range(1, len(place) + 1):
                found.setdefault(place[:length], number)
    return found


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """The line of a place, or of the nearest table around it that has one."""
    return next((lines[place[:length]] for length in range(len(place), 0, -1) if place[:length] in lines), None)


def _pieces(text: str) -> Iterator[tuple[int, str, dict[str, object]]]:
    piece, start = "", 1
    for number, line in enumerate(StringIO(text), start=1):
        if not piece:
            start = number
        piece += line
        try:
            content = tomllib.loads(piece)
        except tomllib.TOMLDecodeError:
            continue  # it goes on
        if content:
            yield start, piece, content
        piece = ""


def _opened(content: dict[str, object], counts: Counter[Place], *, is_list: bool) -> Place:
    """The table that a header opens; of a list of tables, the next one."""
    place: Place = ()
    inside: object = content
    while isinstance(inside, dict) and inside:
        ((key, inside),) = inside.items()
        place = (*place, key)
        if isinstance(inside, dict) and counts[place]:
            place = (*place, counts[place] - 1)  # a table within the last table of a list
    if is_list:
        counts[place] += 1
        place = (*place, counts[place] - 1)
    return place


def _places(content: object, before: Place = ()) -> Iterator[Place]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*before, key)
            yield from _places(value, (*before, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            if isinstance(value, dict):
                yield from _places(value, (*before, index))
