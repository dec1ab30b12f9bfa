"""A worker whose tasks make an engine each, and are kept after they have run, for its statistics.

Run it with the database's URL. It runs some tasks, prints how many connections are still open, and waits, so that
somebody can look, until its standard input is closed.
"""

import sys
import time

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

URL = sys.argv[1]


class Heartbeat:
    """A task: it asks the database something small."""

    def __init__(self) -> None:
        self.engine = create_engine(URL, pool_size=1, pool_pre_ping=True)

    def run(self) -> int:
        with Session(self.engine) as session:
            return session.scalars(text("SELECT 1")).one()


def main() -> None:
    tasks = []
    for _ in range(15):
        task = Heartbeat()
        task.run()
        tasks.append(task)
        time.sleep(0.1)
    kept = {task.engine for task in tasks}
    print(f"15 tasks: {sum(engine.pool.checkedin() for engine in kept)} connections open", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
