"""Which frame of a traceback is the application's own: the innermost that no library and no interpreter has.

An application that is installed among the libraries has no frame outside of them; there, the innermost one that is in
none of the packages a service on SQLAlchemy is made of counts.
"""

import re
from collections.abc import Sequence

from triage.evidence import AppFrame

_FOREIGN = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages)/|/lib(?:64)?/python\d|(?:^|/)[Pp]ython\d[\d.]*/[Ll]ib/|^<|\.pyx$"
    r"|(?:^|/)lib/sqlalchemy/|^src/(?:psycopg|greenlet)"
    r"|^(?:sqlalchemy|asyncpg|psycopg(?:2|_binary|_c)?|pymysql|MySQLdb|uvloop|greenlet|pydantic|starlette|fastapi|flask|werkzeug"
    r"|django|newrelic|sentry_sdk)/"
)
"""Compiled modules name their files from the library on, and so do the reports of error trackers."""
_PACKAGE = re.compile(r"(?:site-packages|dist-packages)/(?P<name>[\w.]+)")
_LIBRARIES = frozenset(
    "sqlalchemy psycopg psycopg2 psycopg_pool asyncpg pymysql MySQLdb aiomysql asyncmy aiosqlite mysql greenlet gevent "
    "eventlet alembic flask flask_sqlalchemy werkzeug django fastapi starlette uvicorn gunicorn hypercorn anyio trio "
    "celery kombu billiard rq dramatiq click typer aiohttp tornado bottle pyramid sanic litestar quart strawberry "
    "graphql graphene sentry_sdk opentelemetry ddtrace newrelic structlog loguru sqlmodel tenacity pytest pluggy _pytest "
    "asgiref apscheduler huey arq dask distributed wrapt decorator contextlib2 requests httpx zope transaction jinja2 "
    "mako pydantic marshmallow rich threadpoolctl uvloop ipykernel IPython airflow flask_restful connexion".split()
)
DATABASE = re.compile(
    r"(?:^|/)(?:sqlalchemy|psycopg2?|asyncpg|pymysql|MySQLdb|aiomysql|asyncmy|aiosqlite|mysql/connector)/"
)
"""A file of SQLAlchemy's or of a driver's."""


def own(frames: Sequence[AppFrame]) -> AppFrame | None:
    """The application's innermost frame; None where there is none."""
    shown = [(frame, frame.file.replace("\\", "/")) for frame in frames]
    for frame, file in reversed(shown):
        if not _FOREIGN.search(file):
            return frame
    for frame, file in reversed(shown):
        found = _PACKAGE.search(file)
        if found and found["name"].removesuffix(".py") not in _LIBRARIES:
            return frame
    return None


def touches_database(frames: Sequence[AppFrame]) -> bool:
    """Whether SQLAlchemy or a driver was at work."""
    return any(DATABASE.search(frame.file.replace("\\", "/")) for frame in frames)
