"""The service again, whose deployment stops the old processes before it starts new ones.

Run it with the database's URL. The new release opens its pool after those of two older ones are gone, prints what is
running, and waits, so that somebody can look, until its standard input is closed.
"""

import subprocess
import sys

from sqlalchemy import create_engine

URL = sys.argv[1]
engine = create_engine(URL, pool_size=6, max_overflow=0, pool_timeout=5, pool_pre_ping=True)


def open_all_connections() -> None:
    """What a busy minute leaves behind: a full pool, idle."""
    connections = [engine.connect() for _ in range(6)]
    for connection in connections:
        connection.close()


def start_release() -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, URL, "a release"]
    release = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert release.stdout
    release.stdout.readline()
    return release


def stop(release: "subprocess.Popen[str]") -> None:
    release.communicate()  # ends its standard input and waits until it has gone


def main() -> None:
    if len(sys.argv) > 2:  # one of the releases, which ends with its standard input
        open_all_connections()
        print("serving", flush=True)
        sys.stdin.read()
        engine.dispose()
        return
    releases = []
    for _ in range(2):
        releases.append(start_release())
        stop(releases[-1])
    open_all_connections()
    running = sum(release.poll() is None for release in releases)
    print(f"the new release is up; old ones that are still running: {running}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
