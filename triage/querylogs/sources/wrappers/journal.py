"""The journal or syslog before every line: ``2026-01-31T15:00:00+0100 host postgresql[123]: ``.

``journalctl`` prints it, in any of its short outputs, where a service writes to standard error and systemd collects
it. It is a wrapper only if the program's records have a time of their own behind it. PostgreSQL that logs to syslog
itself must keep it: there it is the only time, and ``[5-1]`` behind it joins the lines.

https://www.freedesktop.org/software/systemd/man/latest/journalctl.html
"""

import re
from dataclasses import dataclass

from triage.querylogs.sources.wrappers.base import INSTANT, LineRemover, Sample, at_line_starts
from triage.querylogs.sources.wrappers.rest import has_own_time

_HEAD = (
    rb"(?:" + INSTANT + rb"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)"
    rb" [^\s\[]{1,255} [\w.@/\\:-]{1,255}\[\d{1,10}\]: ?"
)
_PATTERN = re.compile(_HEAD)
_SEQUENCE = re.compile(rb"\[\d+-\d+\] ")


@dataclass(frozen=True, slots=True)
class Journal:
    """Time, host, and program with its pid before a line."""

    name: str = "journald"

    def carried(self, sample: Sample) -> bool:
        """Say whether behind it stands a log with times of its own."""
        rests = [match.string[match.end() :] for match in sample.matches(_PATTERN)]
        return has_own_time(rests) and not any(_SEQUENCE.match(rest) for rest in rests)

    def remover(self) -> LineRemover:
        """Return what takes it off."""
        return LineRemover(at_line_starts(_HEAD), cuts_beginnings=True)
