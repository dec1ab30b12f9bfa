"""The bookstore again, with timeouts on MariaDB: the server ends what it forgets, and what is slow.

Run it with the database's URL. It forgets a transaction and starts a report that is too slow, prints what has become
of them two seconds later, and waits, so that somebody can look, until its standard input is closed.
"""

import sys
import threading
import time

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, text
from sqlalchemy.exc import DBAPIError

engine = create_engine(
    sys.argv[1],
    connect_args={
        "init_command": "SET SESSION idle_transaction_timeout = 1, max_statement_time = 1"
    },  # 60 and 30 in real life
    pool_pre_ping=True,
)
reports = Table("reports", MetaData(), Column("id", Integer, primary_key=True))


def report() -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT id, SLEEP(2) FROM reports"))
    except DBAPIError as error:
        print(f"the report: {error.orig}", flush=True)


def main() -> None:
    reports.metadata.drop_all(engine)
    reports.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(reports.insert(), [{"id": number} for number in range(1, 11)])
    forgotten = engine.connect()
    forgotten.execute(text("SELECT COUNT(*) FROM reports"))
    threading.Thread(target=report, daemon=True).start()
    time.sleep(2)
    with engine.connect() as connection:
        ours = text(
            "SELECT p.command, COUNT(*) FROM information_schema.processlist AS p "
            "JOIN information_schema.innodb_trx AS t ON t.trx_mysql_thread_id = p.id "
            "WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID() GROUP BY p.command"
        )
        print(f"two seconds later: {dict(connection.execute(ours).all())}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()
    forgotten.invalidate()  # the server may have ended it


if __name__ == "__main__":
    main()
