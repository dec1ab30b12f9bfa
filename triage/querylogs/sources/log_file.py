"""A log as the formats read it: a file on this machine that can be mapped into memory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LogFile:
    """One log, uncompressed and without what a platform wrote around it."""

    name: str
    """As the user called it, without secrets; behind it in parentheses the program, where one log held several."""
    path: Path
    """The file itself, or a temporary one."""
    size: int
    """Its bytes when it was opened; a log that is written to has more by now."""
    cut_short: str | None = None
    """Why the end is missing, where it is."""
    wrapper: str | None = None
    """What was taken off, the outermost first; None if nothing was."""


class CutShortError(Exception):
    """The end of a log cannot be read, for the reason given; what came before it is good."""
