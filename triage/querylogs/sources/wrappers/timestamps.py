"""A time before every physical line: ``docker logs --timestamps``, ``kubectl logs --timestamps``, hosted platforms.

CloudWatch's export to S3 puts it before every event instead, so a line that continues a record has none; there it is
a wrapper if each record has a time of its own behind it. ``aws logs tail`` puts the stream's name between the two.
It must not be mistaken for the log's own time: see ``rest``; PostgreSQL's lines of Heroku's are as syslog's.

https://docs.docker.com/reference/cli/docker/container/logs/
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
"""

import re
from dataclasses import dataclass

from triage.querylogs.sources.wrappers.base import INSTANT, NEARLY_ALL, LineRemover, Sample, at_line_starts
from triage.querylogs.sources.wrappers.rest import has_own_time, is_log

_BEFORE = INSTANT + rb"(?: (?!app\[postgres\.\d)|(?=\n)|\Z)"
_TIMED = re.compile(_BEFORE)
_TIMED_STREAM = re.compile(
    INSTANT + rb" [^\s\[]{1,512} (?=\[?\d{4}-\d\d-\d\d[ T][ \d]\d:\d\d|\d{6} {1,2}\d{1,2}:\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True)
class Timestamps:
    """A time and a blank before each line, or before each event."""

    name: str = "timestamps"

    def carried(self, sample: Sample) -> bool:
        """Say whether the times are not the log's own."""
        if found := sample.matches(_TIMED):
            return is_log([match.string[match.end() :] for match in found])
        events = [match for line in sample.lines() if (match := _TIMED.match(line))]
        doubled = [match for match in events if has_own_time([match.string[match.end() :]])]
        return len(doubled) > 1 and len(doubled) >= NEARLY_ALL * len(events)

    def remover(self) -> LineRemover:
        """Return what takes them off."""
        return LineRemover(at_line_starts(_BEFORE), cuts_beginnings=True)


@dataclass(frozen=True, slots=True)
class TimestampsAndStream:
    """What ``aws logs tail`` prints before each event: a time, the log stream's name."""

    name: str = "aws logs tail"

    def carried(self, sample: Sample) -> bool:
        """Say whether each line with such a time has a name and a time of its own behind it."""
        timed = sum(1 for line in sample.lines() if _TIMED.match(line))
        doubled = sum(1 for line in sample.lines() if _TIMED_STREAM.match(line))
        return doubled > 1 and doubled >= NEARLY_ALL * timed

    def remover(self) -> LineRemover:
        """Return what takes them off."""
        return LineRemover(at_line_starts(_TIMED_STREAM.pattern), cuts_beginnings=True)
