"""A service with a pool of 3 + 7, on a database that may have five connections (PostgreSQL).

Run it with the database's URL. It serves a burst of requests, prints what its log would show, and waits, so that
somebody can look, until its standard input is closed.
"""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, text

engine = create_engine(sys.argv[1], pool_size=3, max_overflow=7, pool_timeout=5, pool_pre_ping=True)
SLOW = text("SELECT pg_sleep(0.7)")


def serve(request: int) -> int:
    try:
        with engine.connect() as connection:
            connection.execute(SLOW)
    except Exception:
        logging.exception("request %d failed", request)
        return 500
    return 200


def main() -> None:
    with engine.begin() as connection:  # as the hosting plan has it; PostgreSQL's own limit is that of all databases
        connection.execute(text(f'ALTER DATABASE "{engine.url.database}" CONNECTION LIMIT 5'))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(serve, range(1, 9)))
    logging.info("8 requests: %d well, %d failed", answers.count(200), answers.count(500))
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(threadName)s: %(message)s", stream=sys.stdout, level="INFO")
    main()
