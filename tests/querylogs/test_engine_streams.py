"""Several files: which of them are one stream, which show the same, and which are of different servers."""

from pathlib import Path

from tests.querylogs.build import Log, found, read

INSERT = "INSERT INTO books (title) VALUES ('x')"


def polling(pid: int, offset: float) -> Log:
    """A worker that looks for work once a second."""
    log = Log()
    for n in range(40):
        log.run(pid, "SELECT id FROM jobs WHERE state = 'new'", after=1.0 if n else offset)
    return log


def test_two_servers_that_poll_alike_are_both_read(tmp_path: Path) -> None:
    paths = polling(1, 0.2).write(tmp_path, "one.log"), polling(2, 0.3).write(tmp_path, "two.log")
    evidence = read(*paths)
    assert [source.facts["executions"] for source in evidence.sources] == [40, 40]
    assert evidence.gaps == ()


def test_a_csvlog_beside_its_stderr_log_is_left_out(tmp_path: Path) -> None:
    log = polling(1, 0.2)
    stderr = log.write(tmp_path)
    rows = []
    for n, line in enumerate(log.lines, 1):
        stamp, _, rest = line.partition(" [1] LOG:  ")
        head = f'{stamp},"app","shop",1,"[local]",65b.1,{n},"SELECT",2026-01-31 15:00:00 UTC,3/1,0,LOG,00000'
        rows.append(f'{head},"{rest}",,,,,,,,,"app","client backend",,0\n')
    csvlog = tmp_path / "postgresql.csv"
    csvlog.write_text("".join(rows))
    evidence = read(stderr, str(csvlog))
    assert [source.facts["executions"] for source in evidence.sources] == [40]
    assert "shows the same statements" in evidence.gaps[0].reason


def test_files_given_in_the_wrong_order_are_read_in_the_order_of_their_times(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT)
    first = log.write(tmp_path, "b.log")
    log.lines.clear()
    second = log.run(1, "COMMIT", after=0.5).disconnect(1).write(tmp_path, "a.log")
    assert found(second, first) == []


def test_after_a_gap_of_a_day_nothing_of_before_is_open(tmp_path: Path) -> None:
    """The file between the two is missing, and the COMMIT is in it."""
    log = Log().connect(1).run(1, "BEGIN", INSERT)
    first = log.write(tmp_path, "monday.log")
    log.lines.clear()
    second = log.run(2, "BEGIN", INSERT, "COMMIT", after=86_400).write(tmp_path, "wednesday.log")
    assert found(first, second, finding_id="unfinished-transaction") == []


def test_what_is_open_at_the_end_of_a_file_is_open_in_the_next(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT)
    first = log.write(tmp_path, "monday.log")
    log.lines.clear()
    second = log.run(2, "BEGIN", INSERT, "COMMIT", after=900).write(tmp_path, "tuesday.log")
    (finding,) = found(first, second, finding_id="unfinished-transaction")
    assert finding.details["ended"] == "open-at-end"


def test_two_files_of_one_name_are_two_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = polling(1, 0.2).write(tmp_path / "a"), polling(2, 0.3).write(tmp_path / "b")
    assert len(read(*paths).sources) == 2


def test_a_file_with_a_threshold_behind_one_without_is_known_by_itself(tmp_path: Path) -> None:
    """log_min_duration_statement was changed where the log was rotated."""
    log = Log()
    for n in range(10):
        log.line(1, "LOG", f"duration: 0.100 ms  statement: SELECT title FROM books WHERE id = {n}")
    first = log.write(tmp_path, "first.log")
    log.lines.clear()
    for n in range(10):
        log.line(1, "LOG", f"duration: 250.000 ms  statement: SELECT title FROM books WHERE id = {n}", after=1)
    second = log.write(tmp_path, "second.log")
    assert [source.facts["coverage"] for source in read(first, second).sources] == ["full", "threshold"]
