"""`python -m tests.servers.install`: fetch the servers and the browser that the tests need and that are not here yet.

Packages are installed where apt is and may be used; MySQL, which Debian's stable release does not have, is unpacked
from its unstable one into the cache. Says where each is, and fails when one cannot be had. Standard library
only, so that it runs before anything else is installed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers import apt, places

PACKAGES = {
    "postgresql": ["postgresql"],  # with contrib, since Debian 10
    # the server without its service; mariadb-install-db needs a tool of the clients
    "mariadb": ["mariadb-server-core", "mariadb-client-core"],
    "pgbouncer": ["pgbouncer"],
    "chromium": ["chromium", "fonts-dejavu-core"],  # without a font it draws no text
}
TOOLS = {"bash": "bash", "crontab": "cron", "fish": "fish", "systemd-analyze": "systemd", "zsh": "zsh"}
"""What runs triage, or completes its commands, by program: the package. Their tests ask them."""


def main() -> int:
    """Install what is missing, and report; the exit code is 1 if something is missing still."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.install", description=__doc__.splitlines()[0])
    parser.add_argument("--without", action="append", default=[], choices=places.NAMES, metavar="SERVER")
    without = parser.parse_args().without
    wanted = [name for name in places.NAMES if not os.environ.get(places.url_variable(name)) and name not in without]
    failures = install([name for name in wanted if not _is_here(name)])
    for name in places.NAMES:
        print(f"{name:<13} {_describe(name, without)}")
    failures |= install_tools()
    missing = [name for name in wanted if not _is_here(name)]
    for name in missing:
        reason = f" ({failures[name]})" if name in failures else ""
        print(f"\n{places.MissingError(name)}{reason}", file=sys.stderr)
    lacking = [name for name in TOOLS if not shutil.which(name)]
    for name in lacking:
        print(f"\n{name} is missing (Debian: apt-get install {TOOLS[name]}) ({failures[name]})", file=sys.stderr)
    return 1 if missing or lacking else 0


def install_tools() -> dict[str, str]:
    """Try to get the tools; why it did not work, by name."""
    failures = {}
    for name, package in TOOLS.items():
        if not shutil.which(name):
            try:
                apt.install([package])
            except (apt.AptError, OSError) as error:
                failures[name] = str(error)
    return failures


def install(names: list[str]) -> dict[str, str]:
    """Try to get them; why it did not work, by name."""
    failures = {}
    for name in names:
        try:
            if name in PACKAGES:
                apt.install(PACKAGES[name])
            elif name == "mysql":
                unpack_mysql(places.cache())
        except (apt.AptError, OSError, subprocess.SubprocessError) as error:
            failures[name] = str(error)
    return failures


def unpack_mysql(cache: Path) -> None:
    """MySQL of Debian unstable, with its own C library; it appears in the cache when it is complete."""
    work = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
    try:
        # MySQL's tools are in Perl; its server is not
        apt.unpack("mysql-server-core", suite="unstable", into=work, leaving_out=r"(lib)?perl")
        version = ".".join(map(str, places.unpacked_mysql(work / "root").version))
        final = cache / f"mysql-{version}"
        if not final.exists():
            (work / "root").rename(final)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _is_here(name: str) -> bool:
    try:
        places.find(name)
    except places.MissingError:
        return False
    return True


def _describe(name: str, without: list[str]) -> str:
    if name in without:
        return "left out"
    if os.environ.get(places.url_variable(name)):
        return f"given by {places.url_variable(name)}"
    try:
        program = places.find(name)
    except places.MissingError:
        return "missing"
    return f"{'.'.join(map(str, program.version)):<9} {program.path}"


if __name__ == "__main__":
    sys.exit(main())
