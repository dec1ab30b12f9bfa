"""After how long the server ends a connection that idles in a pool.

MySQL and MariaDB end it after ``wait_timeout``, PostgreSQL (14 and later) after
``idle_session_timeout`` where that is set.

Sources: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_wait_timeout,
https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT
"""

from datetime import timedelta

from triage.evidence import Backend, Evidence


def idle_timeout(evidence: Evidence) -> tuple[str, timedelta] | None:
    """The server's setting that ends idle connections, and its value; None where nothing does."""
    assert evidence.server
    source = evidence.database
    name = "idle_session_timeout" if source and source.backend is Backend.POSTGRESQL else "wait_timeout"
    values = [o.value for o in evidence.server.overrides if o.name == name and o.value]
    value = min([v for v in (evidence.server.timeouts.get(name), *values) if v], default=None)
    return (name, value) if value else None
