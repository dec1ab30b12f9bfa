"""Flask-SQLAlchemy's settings.

It builds one engine for ``SQLALCHEMY_DATABASE_URI`` and one for each of ``SQLALCHEMY_BINDS``, all
through ``engine_from_config``. ``SQLALCHEMY_ENGINE_OPTIONS`` are those of the first only; what the
extension itself is given as ``engine_options`` holds for all.

Source: https://flask-sqlalchemy.readthedocs.io/en/stable/config/.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from triage.collectors.engine_config.constructed import spread
from triage.collectors.engine_config.declaration import REST, Declaration, Unread
from triage.collectors.engine_config.defaults import DISTINCT_OPTIONS, SHARED_OPTIONS

PREFIX = "SQLALCHEMY_"

ENGINE_KEYS = frozenset({f"{PREFIX}BINDS", f"{PREFIX}DATABASE_URI", f"{PREFIX}ENGINE_OPTIONS"})
"""The settings of which one at least makes an engine."""

VERSION_2_KEYS = frozenset(f"{PREFIX}{name}" for name in ("MAX_OVERFLOW", "POOL_RECYCLE", "POOL_SIZE", "POOL_TIMEOUT"))
"""Settings that version 3 no longer reads."""

FLASK_KEYS = ENGINE_KEYS | {f"{PREFIX}RECORD_QUERIES", f"{PREFIX}TRACK_MODIFICATIONS"}
"""The settings by which a configuration is known as Flask-SQLAlchemy's."""

_OF_ITS_OWN = DISTINCT_OPTIONS | SHARED_OPTIONS | {"url", REST}


def engines(base: Declaration, shared: Mapping[str, object]) -> Iterator[Declaration]:
    """The engines of one configuration: its own, and one for each bind."""
    options = dict(base.options)
    binds = options.pop("binds", {})
    if not isinstance(binds, Mapping):
        binds = {REST: binds} if isinstance(binds, Unread) else {}
    if _OF_ITS_OWN & options.keys() or not binds or REST in binds:
        more = {"binds": binds[REST]} if REST in binds else {}
        yield replace(base, options=spread(shared, options) | more, is_flask=True, converts_text=True)
    echo = {"echo": options["echo"]} if "echo" in options else {}
    for name, bind in binds.items():
        if name != REST:
            own = bind if isinstance(bind, Mapping) else {"url": bind}
            yield replace(
                base,
                path=(*base.path, str(name)),
                options=spread({**echo, **shared}, own),
                is_flask=True,
                converts_text=True,
            )
