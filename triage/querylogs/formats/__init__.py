"""The log formats: one module each, with a ``sniff`` that scores a sample and ``rows`` that reads a range."""

from triage.querylogs.formats import (
    mysql_error,
    mysql_general,
    mysql_slow,
    postgresql_cloud,
    postgresql_csvlog,
    postgresql_jsonlog,
    postgresql_stderr,
    postgresql_syslog,
    sqlalchemy_echo,
)
from triage.querylogs.formats.base import Format

FORMATS: tuple[Format, ...] = (
    mysql_error,
    mysql_general,
    mysql_slow,
    postgresql_cloud,
    postgresql_csvlog,
    postgresql_jsonlog,
    postgresql_stderr,
    postgresql_syslog,
    sqlalchemy_echo,
)
BY_NAME = {format_.name: format_ for format_ in FORMATS}
