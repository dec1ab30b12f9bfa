"""The app's engines, as its configuration builds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from triage.evidence.source import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """One engine as the app builds it, SQLAlchemy's defaults filled in.

    A name in ``unknown`` stands in the file but its value could not be read without running the
    app; the field then is None and must not be taken for a default.
    """

    name: str
    file: str
    line: int | None = None
    function: str | None = None
    url: str | None = None
    """Without its password."""
    backend: Backend | None = None
    database: str | None = None
    """The database its URL names, where that is known."""
    dialect: str | None = None
    """SQLAlchemy's name of the dialect, for databases triage does not look at too."""
    is_async: bool = False
    poolclass: str = "QueuePool"
    pool_size: int | None = 5
    """0 means no limit."""
    max_overflow: int | None = 10
    """-1 means no limit."""
    pool_timeout: timedelta | None = timedelta(seconds=30)
    """None, where ``pool_timeout`` is not unknown, means that a checkout waits for ever."""
    pool_recycle: timedelta | None = None
    """None, where ``pool_recycle`` is not unknown, means never."""
    pool_pre_ping: bool | None = False
    echo: bool | str | None = False
    """True, ``debug``, or False."""
    isolation_level: str | None = None
    reset_on_return: str | None = "rollback"
    """rollback or commit; None, where ``pool_reset_on_return`` is not unknown, means disabled."""
    connect_options: Mapping[str, str] = field(default_factory=dict)
    """Server settings the app asks for when it connects, such as ``statement_timeout``."""
    processes: int | None = None
    """How many processes build it; None where nobody said."""
    said: frozenset[str] = frozenset()
    """The options the app itself sets, by SQLAlchemy's names; the others are defaults."""
    unknown: frozenset[str] = frozenset()

    @property
    def ceiling(self) -> int | None:
        """The most connections one process can have; None where there is no limit or it is unknown."""
        if not self.is_queue_pool:
            return None
        if self.pool_size is None or self.max_overflow is None:
            return None
        if self.pool_size == 0 or self.max_overflow == -1:
            return None
        return self.pool_size + self.max_overflow

    @property
    def is_queue_pool(self) -> bool:
        """Whether ``pool_size`` and ``max_overflow`` mean anything to this engine's pool."""
        return self.poolclass in {"QueuePool", "AsyncAdaptedQueuePool"}
