"""Engines in a Python file, which is read and never run.

Each call of ``create_engine`` and its kin is one engine: an app that runs the call once has one
pool of it. What reading cannot count, a call in a loop or two calls that fill one name, is reported
with a gap.
"""

import ast
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from triage import syntax
from triage.collectors.engine_config import flask, flask_source
from triage.collectors.engine_config.binder import scopes_of
from triage.collectors.engine_config.calls import Place, engine_calls
from triage.collectors.engine_config.declaration import Declaration, Reading
from triage.collectors.engine_config.files import read_bytes
from triage.collectors.engine_config.scopes import Scope
from triage.errors import SourceError
from triage.evidence import Gap

_IMPORT_IT = "name the engine of the running app instead, which is imported: --engine package.module:engine"


def read(path: Path) -> Reading:
    """Find the engines in a file.

    Raises:
        SourceError: it cannot be read, or is not Python.
    """
    source = str(path)
    try:
        scopes = scopes_of(_parsed(path))
        found = list(engine_calls(scopes))
        settings = Reading()
        if not found or not any(name.startswith(flask.PREFIX) for name in scopes.read_names):
            settings = flask_source.read(scopes, source)
    except RecursionError as error:
        raise SourceError(f"{path} is nested too deeply to be read", _IMPORT_IT) from error
    declarations = (*(declaration for declaration, _ in found), *settings.declarations)
    return Reading(declarations, (*_uncounted(found, source), *settings.gaps))


def _parsed(path: Path) -> ast.Module:
    content = read_bytes(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # such as an invalid escape, which is the app's business
            return syntax.parsed(content)
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise SourceError(
            f"{path} is not Python {sys.version_info.major}.{sys.version_info.minor} source: {error.msg}{where}",
            f"correct it, or run triage with the app's Python; else {_IMPORT_IT}",
        ) from error
    except (ValueError, MemoryError) as error:  # null bytes; brackets nested beyond the parser's stack
        raise SourceError(f"{path} is not Python source", _IMPORT_IT) from error


def _uncounted(found: list[tuple[Declaration, Place]], source: str) -> Iterator[Gap]:
    """What reading cannot tell of the number of engines."""
    lines: defaultdict[tuple[Scope, str], list[str]] = defaultdict(list)
    for declaration, place in found:
        if place.target:
            lines[place.scope, place.target].append(str(declaration.line))
        if place.in_loop:
            reason = f"{place.name} (line {declaration.line}) is built in a loop, and was counted as one engine"
            yield Gap(source=source, reason=reason, hint=_IMPORT_IT)
    for (_, target), numbers in lines.items():
        if len(numbers) > 1:
            reason = (
                f"{target} is built in lines {' and '.join(numbers)}: all were counted, and one is in use at a time"
            )
            yield Gap(source=source, reason=reason, hint=_IMPORT_IT)
