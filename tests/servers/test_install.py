"""What the installation reads from apt's files, and that it has nothing to do twice."""

from pathlib import Path

import pytest

from tests.servers import apt, install, places

DEB822 = """
# the first comment
Types: deb deb-src
URIs: https://mirror.example/debian
# snapshot
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
Enabled: no
URIs: https://mirror.example/off
Suites: bookworm
Components: main

Types: deb-src
URIs: https://mirror.example/sources
Suites: bookworm
Components: main
"""

ONE_LINE = """
# deb https://mirror.example/off bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/Debian.gpg] https://mirror.example/debian bookworm main contrib # mine
deb-src https://mirror.example/debian bookworm main
deb https://mirror.example/plain bookworm main
"""


def test_sources_that_are_off_or_without_programs_are_passed_over() -> None:
    assert [stanza["uris"] for stanza in apt.stanzas(DEB822)] == ["https://mirror.example/debian"]
    assert [stanza["uris"] for stanza in apt.lines(ONE_LINE)] == [
        "https://mirror.example/debian",
        "https://mirror.example/plain",
    ]


def test_a_source_keeps_its_key_in_the_other_suite() -> None:
    (stanza,) = apt.stanzas(DEB822)
    moved = apt.in_suite(stanza, "unstable")
    assert "Suites: unstable\n" in moved
    assert "Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n" in moved
    moved = apt.in_suite(next(iter(apt.lines(ONE_LINE))), "unstable")
    assert moved == (
        "Types: deb\nSuites: unstable\nComponents: main\n"
        "Uris: https://mirror.example/debian\nSigned-By: /usr/share/keyrings/Debian.gpg\n"
    )


def test_what_is_here_is_not_installed_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(places, "find", lambda _: places.Program(path=tmp_path, call=("echo", "Ver 1.2.3")))
    monkeypatch.setattr(apt, "_run", lambda *_: pytest.fail("apt was called"))
    monkeypatch.setattr("sys.argv", ["install"])
    for name in places.NAMES:
        monkeypatch.delenv(places.url_variable(name), raising=False)
    assert install.main() == 0
    assert capsys.readouterr().out.count("1.2.3") == len(places.NAMES)


def test_what_cannot_be_had_fails_in_the_end_unless_it_is_left_out_or_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(name: str) -> places.Program:
        raise places.MissingError(name)

    def run(*_: object) -> None:
        raise apt.AptError("no network")

    monkeypatch.setattr(places, "find", find)
    monkeypatch.setattr(apt, "_run", run)
    monkeypatch.setattr("sys.argv", ["install", "--without", "mysql", "--without", "postgresql18"])
    for name in places.NAMES:
        monkeypatch.delenv(places.url_variable(name), raising=False)
    monkeypatch.setenv(places.url_variable("mariadb"), "mysql://db.example/")
    assert install.main() == 1
    printed = capsys.readouterr()
    assert "mysql         left out" in printed.out
    assert "mariadb       given by TRIAGE_TEST_MARIADB_URL" in printed.out
    assert "postgresql is not installed. Install PostgreSQL" in printed.err
    assert "pgbouncer is not installed" in printed.err
    assert "mysql is not" not in printed.err


def test_programs_of_the_newest_release_come_first() -> None:
    assert places.numbers("mysql-9.10.1") > places.numbers("mysql-9.7.4")
