"""Server settings an app asks for when it connects.

Each driver has its own way: libpq's ``options``, asyncpg's ``server_settings``, the ``init_command``
of the MySQL drivers, and arguments by name, in ``connect_args`` or in the URL's query. Only names
that are listed here or set as server settings are kept, and none that may hold a secret.

Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS,
https://magicstack.github.io/asyncpg/current/api/index.html,
https://pymysql.readthedocs.io/en/latest/modules/connections.html.
"""

import re
import shlex
from collections.abc import Iterator, Mapping

from triage.collectors.engine_config.database_url import SECRET_NAME
from triage.collectors.engine_config.declaration import REST, Unread

_BY_NAME = frozenset(
    {
        *("application_name", "command_timeout", "connect_timeout", "keepalives", "keepalives_count"),
        *("keepalives_idle", "keepalives_interval", "read_timeout", "sql_mode", "tcp_user_timeout"),
        *("timeout", "write_timeout"),
    }
)
_CARRIERS = frozenset({"options", "server_settings", "init_command"})

_LIBPQ_OPTION = re.compile(r"(?:-c|--)(?P<name>[\w.-]+)=(?P<value>.*)", re.DOTALL)
_SET_COMMAND = re.compile(r"\s*SET\b", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    r"(?:(?P<scope>GLOBAL|PERSIST|@@GLOBAL\.|@@PERSIST\.)|SESSION|LOCAL|@@SESSION\.|@@LOCAL\.|@@)?\s*"
    r"\b(?P<name>\w+)\s*:?=\s*(?P<value>'[^']*'|\"[^\"]*\"|[^,;]+)",
    re.IGNORECASE,
)


def connect_options(arguments: Mapping[str, object]) -> dict[str, str]:
    """The settings that the driver's arguments ask for, by name.

    Raises:
        ValueError: an argument that may hold settings could not be read; the text says which.
    """
    for name in (REST, *sorted(_CARRIERS), *sorted(_BY_NAME)):
        if isinstance(value := arguments.get(name), Unread):
            raise ValueError(f"connect_args{'' if name == REST else f'.{name}'} is {value.reason}")
    return {name: text for name, text in _settings(arguments) if not SECRET_NAME.search(name)}


def _settings(arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in sorted(_BY_NAME & arguments.keys()):
        yield name, _text(arguments[name])
    options, command = arguments.get("options"), arguments.get("init_command")
    if isinstance(options, str):
        yield from _libpq_options(options)
    if isinstance(command, str) and _SET_COMMAND.match(command):
        for assignment in _ASSIGNMENT.finditer(_SET_COMMAND.sub("", command, count=1)):
            if not assignment["scope"]:
                yield assignment["name"].lower(), assignment["value"].strip().strip("'\"")
    server_settings = arguments.get("server_settings")
    if isinstance(server_settings, Mapping):
        for name, value in server_settings.items():
            if isinstance(value, Unread):
                raise ValueError(f"connect_args.server_settings.{name} is {value.reason}")
            yield str(name), _text(value)


def _libpq_options(text: str) -> Iterator[tuple[str, str]]:
    try:
        words = iter(shlex.split(text))
    except ValueError:  # a quote that is never closed
        words = iter(text.split())
    for word in words:
        option = word + next(words, "") if word == "-c" else word
        if match := _LIBPQ_OPTION.fullmatch(option):
            yield match["name"].replace("-", "_"), match["value"]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
