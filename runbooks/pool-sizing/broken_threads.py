"""A web service with more threads than its pool has connections.

Run it with the database's URL. It serves a burst of requests, prints what its log would show, and waits, so that
somebody can look, until its standard input is closed.
"""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, text

engine = create_engine(sys.argv[1], pool_size=2, max_overflow=1, pool_timeout=0.3, pool_pre_ping=True)
THREADS = 9  # six of them wait for one of the other three, and not for long
SLOW = text("SELECT pg_sleep(0.4)" if engine.dialect.name == "postgresql" else "SELECT SLEEP(0.4)")


def serve(request: int) -> int:
    try:
        with engine.connect() as connection:
            connection.execute(SLOW)
    except Exception:
        logging.exception("request %d failed", request)
        return 500
    return 200


def main() -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(serve, range(1, 10)))
    logging.info("9 requests: %d well, %d failed", answers.count(200), answers.count(500))
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(threadName)s: %(message)s", stream=sys.stdout, level="INFO")
    main()
