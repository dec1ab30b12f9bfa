"""Logs in every layout, with the same errors in them, and what is read of them."""

import json
from datetime import UTC, datetime

from triage.applogs.groups import Groups
from triage.applogs.records import seen
from triage.applogs.regions import Cutter
from triage.evidence import AppLogs, FailureStats

NOW = datetime(2026, 2, 1, tzinfo=UTC)
AT = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)
SITE = "/usr/local/lib/python3.12/site-packages/sqlalchemy"
DUPLICATE = f'''Traceback (most recent call last):
  File "{SITE}/engine/base.py", line 1967, in _exec_single_context
    self.dialect.do_execute(
  File "{SITE}/engine/default.py", line 952, in do_execute
    cursor.execute(statement, parameters)
psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "authors_email_key"
DETAIL:  Key (email)=(alice@example.com) already exists.


The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/orders.py", line 42, in checkout
    session.commit()
    ~~~~~~~~~~~~~~^^
  File "{SITE}/orm/session.py", line 2030, in commit
    trans.commit(_to_root=True)
  [Previous line repeated 3 more times]
sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "authors_email_key"
DETAIL:  Key (email)=(alice@example.com) already exists.

[SQL: INSERT INTO authors (email)
VALUES (%(email)s) RETURNING authors.id]
[parameters: {{'email': 'alice@example.com'}}]
(Background on this error at: https://sqlalche.me/e/20/gkpj)'''
QUEUE_POOL = (
    "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00 "
    "(Background on this error at: https://sqlalche.me/e/20/3o7r)"
)
VALUE_ERROR = """Traceback (most recent call last):
  File "/srv/shop/forms.py", line 7, in parse
    int(text)
ValueError: invalid literal for int() with base 10: 'x\'"""


def read(log: str | bytes, *, chunk: int = 1 << 20) -> AppLogs:
    """What the log shows, read in chunks of that size."""
    data = log.encode() if isinstance(log, str) else log
    cutter, groups = Cutter(), Groups()
    regions = [each for at in range(0, len(data), chunk) for each in cutter.feed(data[at : at + chunk])]
    for region in [*regions, *cutter.finish()]:
        for each in seen(region, NOW):
            groups.add(each)
    groups.end_log()
    return groups.concluded()


def only(log: str | bytes) -> FailureStats:
    """The one kind of failure in a log."""
    (failure,) = read(log).failures
    return failure


def prefixed(prefix: str, text: str) -> str:
    """The text with a prefix before each line."""
    return "".join(f"{prefix}{line}\n" for line in text.split("\n"))


def in_json(**fields: object) -> str:
    """A line of a log in JSON."""
    return json.dumps(fields) + "\n"
