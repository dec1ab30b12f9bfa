"""What differs between versions, as data beside the query it belongs to."""

from collections.abc import Mapping
from typing import TypeVar

Version = TypeVar("Version", int, tuple[int, ...])


def since(version: Version, choices: Mapping[Version, str]) -> str:
    """The choice of the newest version that is not newer than this one."""
    return choices[max(first for first in choices if first <= version)]
