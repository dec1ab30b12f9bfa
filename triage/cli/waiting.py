"""Waiting for input, or for some time, by a command that lives until a signal ends it."""

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopped(*, is_printing: bool) -> Iterator[Callable[[float, int | None], bool]]:
    """Yield what waits, for input or for some seconds, and says whether to stop; a second signal ends us at once.

    BrokenPipeError if nobody reads our output any more, even while there is nothing to write.
    """
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    woken = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    numbers = (signal.SIGINT, signal.SIGTERM)
    came = False

    def stop(number: int, _: object) -> None:
        nonlocal came
        came = True
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in numbers}

    def is_stopped(seconds: float, descriptor: int | None) -> bool:
        poll = select.poll()
        poll.register(reads, select.POLLIN)
        if is_printing:
            poll.register(sys.stdout.fileno(), 0)  # it tells of errors only
        if descriptor is not None:
            poll.register(descriptor, select.POLLIN)
        for ready, events in poll.poll(0 if came else seconds * 1000):
            if is_printing and ready == sys.stdout.fileno() and events & select.POLLERR:
                raise BrokenPipeError
        return came

    try:
        yield is_stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        os.close(reads)
        os.close(writes)
