"""One of the twelve processes of the web service, with a pool that fits: twelve times 3 + 2.

Run it with the database's URL. It serves a burst of requests, prints how it went, and waits, so that somebody can look,
until its standard input is closed. Twelve such bursts at once take 60 connections.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, text

engine = create_engine(sys.argv[1], pool_size=3, max_overflow=2, pool_timeout=5, pool_pre_ping=True)


def serve(_request: int) -> int:
    with engine.connect() as connection:
        return connection.scalars(text("SELECT 200")).one()


def main() -> None:
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(serve, range(20)))
    print(f"{answers.count(200)} requests: no error. {engine.pool.status()}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
