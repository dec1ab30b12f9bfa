"""What calls that only put values together come to: mappings, URLs and pools."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from triage.collectors.engine_config.declaration import REST, Reference, Unread
from triage.collectors.engine_config.defaults import POOL_ARGUMENTS

_POOL_POSITIONS = ("creator", "pool_size", "max_overflow", "timeout", "use_lifo")
_URL_POSITIONS = ("drivername", "username", "password", "host", "port", "database")


def spread(target: Mapping[str, object], source: object) -> dict[str, object]:
    """The mapping updated with another, which may have set anything if it could not be read."""
    if isinstance(source, Mapping):
        return {**(dict.fromkeys(target, source[REST]) if REST in source else target), **source}
    rest = source if isinstance(source, Unread) else Unread("a value that is no mapping")
    return {**dict.fromkeys(target, rest), REST: rest}


def pool(path: str, arguments: list[object], keywords: dict[str, object]) -> dict[str, object]:
    """The options of ``create_engine`` that would have built the same pool."""
    given = {**dict(zip(_POOL_POSITIONS, arguments, strict=False)), **keywords}
    given.pop("creator", None)
    return {"poolclass": Reference(path)} | {POOL_ARGUMENTS.get(name, name): value for name, value in given.items()}


def url(arguments: list[object], keywords: dict[str, object]) -> object:
    """The URL that ``URL.create`` builds, without its password."""
    parts = {**dict(zip(_URL_POSITIONS, arguments, strict=False)), **keywords}
    parts.pop("password", None)
    scheme = parts.get("drivername")
    if not isinstance(scheme, str):
        return Unread("a URL")
    shown = {name: parts.get(name) or "" for name in ("username", "host", "port", "database")}
    query = parts.get("query") or {}
    if REST in parts or not isinstance(query, dict) or any(isinstance(part, Unread) for part in shown.values()):
        return Unread("a URL", f"{scheme}://")
    user, host, port, database = (str(part) for part in shown.values())
    location = f"{quote(user, safe='')}{user and '@'}{host}{port and ':'}{port}{database and '/'}{database}"
    readable = {name: value for name, value in query.items() if isinstance(value, str | int)}
    return f"{scheme}://{location}{'?' if readable else ''}{urlencode(readable)}"
