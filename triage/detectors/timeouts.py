"""Which of the server's timeouts are in force for the app's sessions.

A timeout is set for the server, and may be changed for a database, a role, or a role in a database;
the app may ask for its own when it connects. What is set nearest to the session decides, and 0
switches off what was set farther away. MySQL and MariaDB know neither databases' nor roles' own.

Sources: https://www.postgresql.org/docs/current/config-setting.html,
https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT,
https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_wait_timeout
"""

import re
from datetime import timedelta

from triage.detectors.scope import of_app
from triage.evidence import Backend, EngineConfig, Evidence, ServerConfig

_ASKED = re.compile(r"(?P<amount>\d{1,12})\s*(?P<unit>us|ms|s|min|h|d)?")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}
_IN_SECONDS = re.compile(r"idle_(?:\w+_)?transaction_timeout|max_statement_time|wait_timeout")
"""Those of MySQL's and MariaDB's timeouts whose numbers are seconds; all others count milliseconds."""


def in_force(server: ServerConfig, name: str, *, database: str | None, role: str | None) -> timedelta | None:
    """A timeout as the server sets it for a role's sessions in a database; None where it is off."""
    fitting = [
        o for o in server.overrides if o.name == name and o.database in {None, database} and o.role in {None, role}
    ]
    nearest = max(fitting, key=lambda o: (o.role is not None, o.database is not None), default=None)
    return nearest.value if nearest else server.timeouts.get(name)


def asked_for(engine: EngineConfig, name: str) -> timedelta | None:
    """A timeout that an engine asks for when it connects; None where it switches it off or does not ask."""
    found = _ASKED.fullmatch(engine.connect_options.get(name, "").strip())
    if not found or not int(found["amount"]):
        return None
    unit = found["unit"] or ("s" if _IN_SECONDS.fullmatch(name) else "ms")
    return timedelta(seconds=int(found["amount"]) * _SECONDS[unit])


def idle_timeout(evidence: Evidence, engine: EngineConfig) -> tuple[str, timedelta] | None:
    """What ends an engine's connections when they idle in its pool, and after how long; None where nothing does.

    MySQL and MariaDB end them after ``wait_timeout``, PostgreSQL (14 and later) after
    ``idle_session_timeout`` where that is set. The config seldom says as whom an engine connects, so
    the app's sessions have to say it.
    """
    assert evidence.server
    source = evidence.database
    name = "idle_session_timeout" if source and source.backend is Backend.POSTGRESQL else "wait_timeout"
    if name in engine.connect_options:
        values = [asked_for(engine, name)]
    else:
        whose = {(s.database, s.user) for s in of_app(evidence)} or {(evidence.scope.database, None)}
        values = [in_force(evidence.server, name, database=database, role=role) for database, role in whose]
    shortest = min((value for value in values if value), default=None)
    return (name, shortest) if shortest else None
