"""Who reads the ranges: this process, or several at once. Parts come back in the order of the log."""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Protocol

from triage.errors import SourceError
from triage.querylogs.part import Part
from triage.querylogs.reading import Range, read_range


class Workers(Protocol):
    """Reads ranges."""

    def parts(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, Part]]:
        """Read each range; the parts are in the order of the ranges."""
        ...


class _Alone:
    def parts(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, Part]]:
        for each in ranges:
            yield each, read_range(each)


class _Pool:
    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool = pool
        self._count = count

    def parts(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, Part]]:
        # One range more than there are processes keeps them all busy, and memory bounded.
        waiting: deque[tuple[Range, Future[Part]]] = deque()
        try:
            for each in ranges:
                waiting.append((each, self._pool.submit(read_range, each)))
                if len(waiting) > self._count:
                    yield _done(waiting)
            while waiting:
                yield _done(waiting)
        except BrokenProcessPool as error:
            raise SourceError(
                "a process that reads the logs was killed, perhaps because memory ran out",
                "try again with --workers 1",
            ) from error


def _done(waiting: deque[tuple[Range, Future[Part]]]) -> tuple[Range, Part]:
    each, future = waiting.popleft()
    return each, future.result()


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """So many processes, ended at the end."""
    if count <= 1:
        yield _Alone()
        return
    with ProcessPoolExecutor(count, initializer=_begin) as pool:
        try:
            yield _Pool(pool, count)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin() -> None:
    """An interrupt is the business of the process that started us; what a range leaves behind has no cycles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Who was killed ends nobody; and we would wait for work for ever, since each of us holds the pipe it comes by."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
