"""A Dask cluster that reads logs: work goes out, what it came to comes back in the order of the log.

What travels out is which bytes of which file to read. What travels back, and lies in the workers' memory until it is
fetched, are parts of the log: counts by fingerprint, and the text of what sessions were in the middle of at a part's
beginning and end, with its values. Nothing else of the logs is kept, and no error quotes them.

Dask gives the work of a worker that is lost to another. Work that several workers were lost on is given up, as is a
cluster that has no workers for a minute.

https://distributed.dask.org/en/stable/resilience.html
https://distributed.dask.org/en/stable/killed.html
"""

import logging
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pydoc import locate
from typing import Any, TypeVar

from triage import __version__
from triage.errors import SourceError
from triage.querylogs.sources import shown

_REACHED_WITHIN = 5
_ANSWERED_WITHIN = 60.0
"""Seconds; a cluster that grows with its work needs some."""
_LOOK_EVERY = 5.0
_INSTALL = f"pip install 'sqlalchemy-triage[dask]=={__version__}' on every worker"

_Tag = TypeVar("_Tag")
_Task = TypeVar("_Task")
_Outcome = TypeVar("_Outcome")


class Cluster:
    """Workers on other machines."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._most = 2
        self._counted_at = float("-inf")

    def results(
        self, function: Callable[[_Task], _Outcome], tasks: Iterable[tuple[_Tag, _Task]]
    ) -> Iterator[tuple[_Tag, _Task, _Outcome | SourceError]]:
        """Do the tasks, two for each of the cluster's threads at a time; what comes of them is in their order."""
        waiting: deque[tuple[_Tag, _Task, Any]] = deque()
        try:
            for tag, task in tasks:
                waiting.append((tag, task, self._client.submit(function, task, pure=False)))
                while len(waiting) > self._in_flight():
                    yield self._done(waiting)
            while waiting:
                yield self._done(waiting)
        finally:
            for _, _, future in waiting:
                future.release()

    def check(self) -> None:
        """Raise SourceError unless the workers are there and have this version."""
        try:
            self._result(self._client.submit(locate, "triage.__version__", pure=False))
            found: dict[str, str | None] = self._client.run(locate, "triage.__version__")
        except (OSError, SourceError) as error:
            raise error if isinstance(error, SourceError) else self._lost() from error
        except Exception as error:
            raise SourceError(
                f"a worker of {self._name} has no triage that could be imported ({type(error).__name__})", _INSTALL
            ) from error
        for worker, version in found.items():
            if version != __version__:
                what = f"has triage {version}" if version else "has no triage"
                raise SourceError(
                    f"the worker {shown(worker)} {what}, and this is triage {__version__}",
                    _INSTALL,
                )

    def _in_flight(self) -> int:
        now = time.monotonic()
        if now - self._counted_at > _LOOK_EVERY:
            self._most = max(2, 2 * self._threads())
            self._counted_at = now
        return self._most

    def _threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except OSError as error:
            raise self._lost() from error

    def _done(self, waiting: "deque[tuple[_Tag, _Task, Any]]") -> tuple[_Tag, _Task, Any | SourceError]:
        from distributed import KilledWorker  # noqa: PLC0415 - an extra

        tag, task, future = waiting.popleft()
        try:
            return tag, task, self._result(future)
        except KilledWorker:
            error = SourceError(
                "the workers that read it were lost one after the other, perhaps because memory ran out",
                "give the workers 500 MB for each thread, or read it without --dask",
            )
            return tag, task, error
        finally:
            future.release()

    def _result(self, future: Any) -> Any:
        from distributed.client import FutureCancelledError  # noqa: PLC0415 - an extra

        seen_at = time.monotonic()
        while True:
            try:
                return future.result(timeout=_LOOK_EVERY)
            except TimeoutError:
                if self._threads():
                    seen_at = time.monotonic()
                elif time.monotonic() - seen_at > _ANSWERED_WITHIN:
                    raise SourceError(
                        f"the cluster at {self._name} has no workers", "start some: dask worker SCHEDULER --nthreads 1"
                    ) from None
            except (FutureCancelledError, OSError) as error:
                raise self._lost() from error

    def _lost(self) -> SourceError:
        return SourceError(
            f"the scheduler at {self._name} was lost", "look at its log, start it again, and repeat the command"
        )


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Connect to a cluster's scheduler; SourceError if that is not possible, or its workers cannot do the work."""
    name = shown(address)
    try:
        client_type: Any = import_module("distributed").Client
    except ImportError:
        raise SourceError(
            "the packages that talk to a Dask cluster are not installed", "pip install 'sqlalchemy-triage[dask]'"
        ) from None
    with _quiet():
        client = client_type.__new__(client_type)
        try:
            client.__init__(address, timeout=_REACHED_WITHIN, set_as_default=False)
        except Exception as error:
            # What failed has threads: left to the garbage collector, it would be closed in the midst of anything.
            with suppress(Exception):
                client.close()
            # Dask quotes the address without its scheme, from which alone it can be told that it holds a user.
            said = str(error).partition("\n")[0] if name == address else type(error).__name__
            raise SourceError(
                f"the scheduler {name} could not be reached: {said}",
                "check the address, such as tcp://scheduler:8786, the network, and that `dask scheduler` runs there",
            ) from None
        try:
            cluster = Cluster(client, name)
            cluster.check()
            yield cluster
        finally:
            client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """What Dask says of lost connections and of other versions' libraries is no business of a report's reader."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
