"""Where the application says a statement comes from, in the tags of a comment.

marginalia names file and line, sqlcommenter the route and the controller.

https://google.github.io/sqlcommenter/spec/
"""

import re
from collections.abc import Mapping

from triage.findings import Location

_LINE = re.compile(r"(?P<file>[^\n]{1,400}?):(?P<line>[0-9]{1,9})(?::[^\n]{0,400})?")
_FUNCTIONS = ("function", "action", "controller", "view", "job", "task", "route")


def location_of(tags: Mapping[str, str]) -> Location | None:
    """The place that the tags name; a route where they name no file."""
    function = next((tags[name] for name in _FUNCTIONS if tags.get(name)), None)
    given = tags.get("line") or tags.get("file") or ""
    found = _LINE.fullmatch(given)
    if found:
        return Location(file=found["file"], line=int(found["line"]) or None, function=function)
    file = tags.get("file") or tags.get("route") or tags.get("controller") or function
    number = tags.get("line", "")
    line = int(number) or None if number.isascii() and number.isdecimal() and len(number) < 10 else None
    return Location(file=file, line=line, function=function if function != file else None) if file else None
