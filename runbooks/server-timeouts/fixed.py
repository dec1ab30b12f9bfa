"""The bookstore again, with timeouts on PostgreSQL: the server ends what it forgets, and what is slow.

Run it with the database's URL. It forgets a transaction and starts a report that is too slow, prints what has become
of them two seconds later, and waits, so that somebody can look, until its standard input is closed.
"""

import sys
import threading
import time

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

engine = create_engine(
    sys.argv[1],
    connect_args={  # 60 s, 30 s and 5 s in real life
        "options": "-c idle_in_transaction_session_timeout=1s -c statement_timeout=1s -c lock_timeout=500ms"
    },
    pool_pre_ping=True,
)


def report() -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(20)"))
    except DBAPIError as error:
        print(f"the report: {error.orig}", flush=True)


def main() -> None:
    forgotten = engine.connect()
    forgotten.execute(text("SELECT 1"))
    threading.Thread(target=report, daemon=True).start()
    time.sleep(2)
    with engine.connect() as connection:
        ours = text(
            "SELECT state, count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' GROUP BY state"
        )
        print(f"two seconds later: {dict(connection.execute(ours).all())}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()
    forgotten.invalidate()  # the server may have ended it


if __name__ == "__main__":
    main()
