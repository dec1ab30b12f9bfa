"""Something of the app's named as ``module:attribute``, imported the way gunicorn imports an app.

The import runs the app's code, with its folder first on the path. What that prints goes to stderr,
for stdout is the report's. Nothing that is found is called or connected.

Source: https://docs.gunicorn.org/en/stable/run.html.
"""

import contextlib
import importlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from triage.errors import SourceError
from triage.redact import secrets

SPEC = re.compile(r"(?P<module>\w+(?:\.\w+)*):(?P<attribute>\w+(?:\.\w+)*)")


class _Apps:
    """The apps that are being imported, which may be several: the first changes what the last puts back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._undo = contextlib.ExitStack()

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        with self._lock:
            if self._number == 0:
                self._undo = _changed()
            self._number += 1
        try:
            yield
        finally:
            with self._lock:
                self._number -= 1
                if self._number == 0:
                    self._undo.close()


_apps = _Apps()


def as_the_app() -> contextlib.AbstractContextManager[None]:
    """Import from the working folder, and let nothing write to stdout, child processes included."""
    return _apps.one_more()


def _changed() -> contextlib.ExitStack:
    folder = str(Path.cwd())
    with contextlib.ExitStack() as undo:
        if folder not in sys.path:
            sys.path.insert(0, folder)
            undo.enter_context(contextlib.suppress(ValueError))  # the app has taken it out itself
            undo.callback(sys.path.remove, folder)
        with contextlib.suppress(OSError, AttributeError):  # stdout is closed: nothing to protect
            sys.stdout.flush()
            saved = os.dup(1)
            undo.callback(os.close, saved)
            undo.callback(os.dup2, saved, 1)
            os.dup2(2, 1)
            undo.callback(sys.stdout.flush)  # what the app wrote to it by another name
        undo.enter_context(contextlib.redirect_stdout(sys.stderr))
        return undo.pop_all()


def imported(name: str, hint: str) -> ModuleType:
    """Import a module.

    Raises:
        SourceError: it cannot be imported; the hint says what to do.
    """
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise SourceError(f"{name} cannot be imported: {told(error)}", hint) from error


def attribute(module: ModuleType, path: str, hint: Callable[[ModuleType], str]) -> object:
    """Return what a module calls so.

    Raises:
        SourceError: there is no such thing.
    """
    target: object = module
    for name in path.split("."):
        try:
            target = getattr(target, name)
        except (Exception, SystemExit) as error:
            raise SourceError(f"{module.__name__}:{path} cannot be read: {told(error)}", hint(module)) from error
    return target


def told(error: BaseException) -> str:
    """The exception's type and the first line of its message; more of it may hold settings."""
    message, *_ = [*str(error).splitlines(), ""]
    return f"{type(error).__name__}: {secrets(message)[:200]}" if message else type(error).__name__
