r"""One JSON object for each line of the log, with the line in one of its keys.

- Docker's json-file: ``{"log":"…\n","stream":"stderr","time":"…"}``. A line over 16 KB is several objects; only the
  last one's text ends in a newline. https://docs.docker.com/engine/logging/drivers/json-file/
- CloudWatch's events, an object a line: ``{"timestamp":1769871600000,"message":"…","ingestionTime":…}``.
- ``journalctl -o json``: ``{"MESSAGE":"…","__REALTIME_TIMESTAMP":"…", …}``.
  https://systemd.io/JOURNAL_EXPORT_FORMATS/

They must not be mistaken for a log that is JSON itself: PostgreSQL's jsonlog and most applications' have a ``message``
as well, but keys beside it that none of these has.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from triage.querylogs.sources.wrappers.base import NEARLY_ALL, LineRemover, Sample
from triage.querylogs.sources.wrappers.joining import Joiner
from triage.querylogs.sources.wrappers.lines import whole_lines

_Record = Mapping[str, object]
_CLOUDWATCH_S_OWN = frozenset({"ingestionTime", "eventId", "ptr", "logStreamName", "logStream", "logGroup"})
_CLOUDWATCH_KEYS = _CLOUDWATCH_S_OWN | {"timestamp", "message", "id"}


def _of_docker(record: _Record) -> tuple[str, str] | None:
    text, stream = record.get("log"), record.get("stream")
    if isinstance(text, str) and isinstance(stream, str) and record.keys() <= {"log", "stream", "time", "attrs"}:
        return stream, text
    return None


def _of_cloudwatch(record: _Record) -> tuple[str, str] | None:
    text = record.get("message")
    if (
        isinstance(text, str)
        and isinstance(record.get("timestamp"), int)
        and record.keys() <= _CLOUDWATCH_KEYS
        and (record.keys() & _CLOUDWATCH_S_OWN or len(str(record.get("id", ""))) > 50)  # a subscription's has 56 digits
    ):
        return "", text.removesuffix("\n") + "\n"
    return None


def _of_journal(record: _Record) -> tuple[str, str] | None:
    text = record.get("MESSAGE")
    if isinstance(text, list):  # bytes that are no text, such as colours
        text = bytes(byte for byte in text if isinstance(byte, int) and byte in range(256)).decode("utf-8", "replace")
    if isinstance(text, str) and "__REALTIME_TIMESTAMP" in record:
        return "", text + "\n"
    return None


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Objects that each hold a line, or a part of one."""

    name: str
    text_of: Callable[[_Record], tuple[str, str] | None]
    """The stream and the text with its newline, if the line ends there; None for an object of another kind."""

    def carried(self, sample: Sample) -> bool:
        """Say whether nearly all lines are such objects."""
        lines = sample.lines()
        found = sum(1 for line in lines if (record := _record(line)) is not None and self.text_of(record))
        return found > 0 and found >= NEARLY_ALL * len(lines)

    def remover(self) -> "JsonLineRemover":
        """Return what takes the lines out of the objects."""
        return JsonLineRemover(self.text_of)


DOCKER_JSON = JsonLines("docker json-file", _of_docker)
CLOUDWATCH_LINES = JsonLines("CloudWatch", _of_cloudwatch)
JOURNAL_JSON = JsonLines("journald", _of_journal)


class JsonLineRemover(LineRemover):
    """Takes lines out of objects, and joins those that were cut."""

    def __init__(self, text_of: Callable[[_Record], tuple[str, str] | None]) -> None:
        super().__init__(self._texts, cuts_beginnings=False)
        self._text_of = text_of
        self._joiner = Joiner()

    def finish(self) -> bytes:
        """Return what was held back."""
        return super().finish() + self._joiner.finish()

    def _texts(self, block: bytes) -> bytes:
        lines = whole_lines(block)
        out: list[bytes] = []
        for line, record in zip(lines, _records(lines), strict=True):
            text = self._text_of(record) if record is not None else None
            if text is None:
                self._joiner.add(b"", line, ends=True, out=out)
            elif self._joiner.idle and text[1].endswith("\n"):
                out.append(encoded(text[1]))
            else:
                self._joiner.add(text[0].encode(), encoded(text[1]), ends=text[1].endswith("\n"), out=out)
        return b"".join(out)


def _records(lines: list[bytes]) -> list[_Record | None]:
    """Parse all lines at once, which is twice as fast as one by one; one by one only if one is broken."""
    try:
        records = json.loads(b"[" + b",".join(lines) + b"]")
    except (ValueError, RecursionError):
        records = []
    if len(records) != len(lines):  # a broken line, or two that are whole only together
        return [_record(line) for line in lines]
    return [record if isinstance(record, dict) else None for record in records]


def _record(line: bytes) -> _Record | None:
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        record = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def encoded(text: str) -> bytes:
    """Return the bytes of a text out of JSON, which may have been no UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair of surrogates
        return text.encode("utf-8", "surrogatepass")
