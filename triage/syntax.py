"""Python's own parser, for several threads at once.

In Python 3.11 and 3.12 two threads that parse at one time may disturb each other's count of nesting; then the parser gives
up with a SystemError, and the same text is read well the next time. https://github.com/python/cpython/issues/106905
"""

import ast
from collections.abc import Callable
from typing import TypeVar

_Read = TypeVar("_Read")
_ATTEMPTS = 20


def parsed(source: str | bytes) -> ast.Module:
    """The syntax tree of a module; the errors are those of ``ast.parse``."""
    return _repeated(lambda: ast.parse(source))


def literal(text: str) -> object:
    """The value of a literal; the errors are those of ``ast.literal_eval``."""
    return _repeated(lambda: ast.literal_eval(text))


def _repeated(deed: Callable[[], _Read]) -> _Read:
    for _ in range(_ATTEMPTS - 1):
        try:
            return deed()
        except SystemError:
            continue
    return deed()
