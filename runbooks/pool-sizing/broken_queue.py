"""A web service whose requests wait for a connection for ever, long after their clients have gone.

Run it with the database's URL. A slow report takes the only connection; the clients of the other requests give up after
a second. It prints what they see, and waits, so that somebody can look, until its standard input is closed.
"""

import sys
import threading
import time

from sqlalchemy import create_engine, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

engine = create_engine(sys.argv[1], pool_size=1, max_overflow=0, pool_timeout=None, pool_pre_ping=True)
SLOW = text("SELECT pg_sleep(3)" if engine.dialect.name == "postgresql" else "SELECT SLEEP(3)")


def report() -> None:
    with engine.connect() as connection:
        connection.execute(SLOW)


def serve(answers: list[int]) -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except PoolTimeoutError:
        answers.append(503)  # the client knows, and the thread is free
    else:
        answers.append(200)


def main() -> None:
    with engine.connect():
        pass  # so that the pool is warm
    answers: list[int] = []
    threading.Thread(target=report, daemon=True).start()
    time.sleep(0.2)
    requests = [threading.Thread(target=serve, args=(answers,), daemon=True) for _ in range(4)]
    for request in requests:
        request.start()
    time.sleep(1)
    waiting = sum(request.is_alive() for request in requests)
    print(f"after a second: answers {answers}, requests whose clients have gone and which still wait: {waiting}")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
