"""The web service again, with a pool that has a limit: requests wait for each other, and not for the server.

Run it with the database's URL. It serves a burst of requests, prints how many connections that took, and waits, so that
somebody can look, until its standard input is closed.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, event, text

engine = create_engine(sys.argv[1], pool_size=2, max_overflow=2, pool_timeout=5, pool_pre_ping=True)
SLOW = text("SELECT pg_sleep(0.3)" if engine.dialect.name == "postgresql" else "SELECT SLEEP(0.3)")
opened = []
event.listen(engine, "connect", lambda *_: opened.append(1))


def serve(_request: int) -> None:
    with engine.connect() as connection:
        connection.execute(SLOW)


def main() -> None:
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(serve, range(12)))
    print(f"connections opened for 12 requests: {len(opened)}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
