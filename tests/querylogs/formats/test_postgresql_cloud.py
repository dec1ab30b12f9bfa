"""Hosted platforms' JSON around the lines of stderr."""

import json

import pytest

from tests.querylogs.formats.postgresql_reading import PREFIX, STDERR, read, read_cut, records_of_stderr
from triage.querylogs.formats import postgresql_cloud, postgresql_stderr

TEXTS = [record.rstrip("\n") for record in records_of_stderr(STDERR)]
ENTRIES = [{"insertId": f"x{at}", "textPayload": text, "resource": {"labels": {}}} for at, text in enumerate(TEXTS)]
EXPORTS = {
    "an object a line": "".join(json.dumps(entry) + "\n" for entry in ENTRIES),
    "an array": json.dumps(ENTRIES, indent=2),
    "not only ASCII": "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in ENTRIES),
    "Azure": "".join(
        json.dumps({"category": "PostgreSQLLogs", "properties": {"errorLevel": "LOG", "message": text}}) + "\n"
        for text in TEXTS
    ),
}


@pytest.mark.parametrize("export", list(EXPORTS))
def test_the_texts_are_the_log(export: str) -> None:
    log = EXPORTS[export].encode()
    rows, tally = read(postgresql_cloud, log, PREFIX)
    expected, other = read(postgresql_stderr, STDERR, PREFIX)
    assert rows == expected
    assert (tally.records, tally.length, tally.unparsed_bytes) == (other.records, len(log), 0)
    sniffed = postgresql_cloud.sniff(log)
    assert sniffed is not None
    assert (sniffed.score, sniffed.variant) == (1.0, PREFIX)
    for near in range(0, len(log), 61):
        assert read_cut(postgresql_cloud, log, PREFIX, near) == (rows, tally)


def test_other_entries_are_counted() -> None:
    other = b'{"textPayload":"health check"}\n{"protoPayload":{"methodName":"cloudsql.instances.query"}}\n'
    rows, tally = read(postgresql_cloud, other, PREFIX)
    assert (rows, tally.unparsed_bytes) == ([], len(other))
