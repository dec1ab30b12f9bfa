import pytest

from triage.collectors.engine_config.connect_options import connect_options
from triage.collectors.engine_config.declaration import REST, Unread

SETTINGS: dict[str, tuple[dict[str, object], dict[str, str]]] = {
    "libpq": ({"options": "-c statement_timeout=30000"}, {"statement_timeout": "30000"}),
    "libpq without a space": ({"options": "-cstatement_timeout=3s"}, {"statement_timeout": "3s"}),
    "libpq's long form": ({"options": "--statement-timeout=3s"}, {"statement_timeout": "3s"}),
    "several": (
        {"options": "-c statement_timeout=3s -c lock_timeout=1s"},
        {"statement_timeout": "3s", "lock_timeout": "1s"},
    ),
    "an escaped space": ({"options": r"-c search_path=a,\ b"}, {"search_path": "a, b"}),
    "a quote that stays open": ({"options": "-c statement_timeout='3s"}, {"statement_timeout": "'3s"}),
    "an option without a value": ({"options": "-c"}, {}),
    "asyncpg": ({"server_settings": {"jit": "off", "lock_timeout": 5}}, {"jit": "off", "lock_timeout": "5"}),
    "mysql": ({"init_command": "SET SESSION wait_timeout=60"}, {"wait_timeout": "60"}),
    "mysql, several": (
        {"init_command": "SET wait_timeout = 60, @@session.lock_wait_timeout := 5; SET SESSION sql_mode='A,B'"},
        {"wait_timeout": "60", "lock_wait_timeout": "5", "sql_mode": "A,B"},
    ),
    "mysql's names": ({"init_command": "SET NAMES utf8mb4"}, {}),
    "mysql's other commands": ({"init_command": "SELECT a=1"}, {}),
    "for the whole server": ({"init_command": "SET GLOBAL max_connections=5000"}, {}),
    "by name": (
        {"connect_timeout": 5, "application_name": "shop"},
        {"connect_timeout": "5", "application_name": "shop"},
    ),
    "a truth": ({"keepalives": True}, {"keepalives": "true"}),
    "nothing": ({}, {}),
    "not a setting": ({"ssl": object(), "charset": "utf8mb4", "check_same_thread": False}, {}),
    "of another type": ({"options": 5, "init_command": None, "server_settings": []}, {}),
    "secrets": (
        {
            "password": "hunter2",
            "passwd": "hunter2",
            "options": "-c app.jwt_secret=hunter2",
            "server_settings": {"app.api_key": "hunter2"},
            "init_command": "SET PASSWORD = 'hunter2'",
        },
        {},
    ),
}


@pytest.mark.parametrize(("arguments", "settings"), SETTINGS.values(), ids=SETTINGS)
def test_server_settings(arguments: dict[str, object], settings: dict[str, str]) -> None:
    assert connect_options(arguments) == settings


UNREAD: list[dict[str, object]] = [
    {REST: Unread("args")},
    {"options": Unread("args")},
    {"server_settings": Unread("args")},
    {"server_settings": {"jit": Unread("args")}},
    {"connect_timeout": Unread("args")},
]


@pytest.mark.parametrize("arguments", UNREAD)
def test_settings_that_cannot_be_read(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"connect_args.* is args"):
        connect_options(arguments)


def test_other_arguments_may_be_unread() -> None:
    assert connect_options({"ssl": Unread("context"), "password": Unread("password"), "jit": Unread("x")}) == {}
