"""Configuration files, parsed and nothing else.

The parsers' own messages are not passed on where they quote the file, because a line of it may hold
a password: a position is enough to find the mistake.

Sources: https://docs.python.org/3/library/configparser.html, https://pyyaml.org/wiki/PyYAMLDocumentation,
https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file.
"""

import configparser
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from triage.collectors.engine_config.declaration import Unread
from triage.errors import SourceError

LARGEST = 1_000_000
"""Bytes. A file that is larger was not written by hand, and parsing it could take a minute."""

_READABLE = "name a .toml, .yaml, .json, .ini or .py file, or an imported package.module:engine"
_DEFAULTS = "DEFAULT"
"""The section of an .ini file whose options hold in all others."""


def read_bytes(path: Path) -> bytes:
    """Read the file.

    Raises:
        SourceError: it is missing, no file, too large, or not ours to read.
    """
    try:
        if not path.exists():
            raise SourceError(f"there is no file {path}", _READABLE)
        if not path.is_file():
            raise SourceError(f"{path} is {'a folder' if path.is_dir() else 'not a regular file'}", _READABLE)
        if path.stat().st_size > LARGEST:
            raise SourceError(f"{path} is larger than {LARGEST // 1_000_000} MB, which no engine config is", _READABLE)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError(f"{path} cannot be read: {reason}", "see who may read the file") from error


def parse(path: Path) -> object:
    """Parse a configuration file by its suffix.

    Raises:
        SourceError: it cannot be read, or is not what its suffix says.
    """
    suffix = path.suffix.lower()
    content = read_bytes(path)
    if suffix not in PARSERS:
        raise SourceError(f"{path} is of a kind triage does not read", _READABLE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    try:
        return PARSERS[suffix](text)
    except (ValueError, yaml.YAMLError, configparser.Error, RecursionError) as error:
        kind = suffix.lstrip(".").upper()
        raise SourceError(f"{path} is not valid {kind}: {_what(error)}", _HINTS.get(suffix, "correct it")) from error


def _what(error: Exception) -> str:
    """What is wrong and where, without a word of the file."""
    for kind, told in _MESSAGES:
        if isinstance(error, kind):
            return told(error)
    return "it holds a value or a character it cannot have"


def _yaml_message(error: Any) -> str:
    mark = error.problem_mark
    return f"{error.problem}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(error.problem)


_MESSAGES: tuple[tuple[type[Exception], Callable[[Any], str]], ...] = (
    (json.JSONDecodeError, lambda e: f"{e.msg}, line {e.lineno}, column {e.colno}"),
    (tomllib.TOMLDecodeError, str),
    (yaml.MarkedYAMLError, _yaml_message),
    (configparser.MissingSectionHeaderError, lambda e: f"line {e.lineno} stands before the first [section]"),
    (configparser.ParsingError, lambda e: f"line {e.errors[0][0]} is neither a [section] nor key = value"),
    (configparser.DuplicateOptionError, lambda e: f"{e.option} stands twice in [{e.section}], line {e.lineno}"),
    (configparser.DuplicateSectionError, lambda e: f"[{e.section}] stands twice, line {e.lineno}"),
    (RecursionError, lambda _: "it is nested too deeply"),
)


class _Loader(yaml.SafeLoader):
    """Loads plain data; a tag of the app's own stands for a value that is not known."""

    def unknown(self, node: yaml.Node) -> Any:
        """Build what has an unknown tag: tables and lists as if it had none."""
        if isinstance(node, yaml.MappingNode):
            return self.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        return Unread(f"what the YAML tag {node.tag} stands for")


_Loader.add_constructor(None, _Loader.unknown)


def _yaml(text: str) -> object:
    documents = list(yaml.load_all(text, _Loader))
    return documents[0] if len(documents) == 1 else documents


def _ini(text: str) -> object:
    """Sections as tables; interpolation is the app's business, so ``%(here)s`` stays as it stands."""
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[method-assign, assignment] # as the manual has it: keeps upper case
    parser.read_string(text)
    sections: dict[str, dict[str, str]] = {name: dict(parser[name]) for name in parser.sections()}
    _leave_out_alembic(sections)
    common = sections.get(_DEFAULTS, {})
    users = [section for name, section in sections.items() if name != _DEFAULTS and _has_url(section)]
    if common and users:
        del sections[_DEFAULTS]
    for section in users:
        section.update({key: value for key, value in common.items() if key not in section})
    return sections


def _has_url(section: dict[str, str]) -> bool:
    return any(key.endswith(".url") for key in section)


def _leave_out_alembic(sections: dict[str, dict[str, str]]) -> None:
    """Leave out the URLs Alembic migrates with: they say nothing of the app's pool.

    Alembic's own ``env.py`` builds its engine with NullPool. A section that sets more than the URL
    is one the app reads as well, and stays.
    """
    alembic = sections.get("alembic", {})
    if "script_location" not in alembic:
        return
    for name in ("alembic", *alembic.get("databases", "").replace(",", " ").split()):
        section = sections.get(name, {})
        if [key for key in section if key.startswith("sqlalchemy.")] == ["sqlalchemy.url"]:
            del section["sqlalchemy.url"]


PARSERS: dict[str, Callable[[str], object]] = {
    ".toml": tomllib.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": json.loads,
    ".ini": _ini,
}
_HINTS = {
    ".json": "JSON has neither comments nor trailing commas: take them out, or use .yaml",
    ".ini": "correct it; each option stands below a [section] as key = value",
}
