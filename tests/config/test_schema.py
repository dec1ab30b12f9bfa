"""The schema accepts what the program accepts, and nothing else."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from triage import config
from triage.config import keys
from triage.config.reading import TABLES, _Reading
from triage.detectors import DETECTORS

SCHEMA = config.schema(DETECTORS)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def as_json(content: object) -> Any:
    """The file as an editor sees it: a date is a text, and a text that only looks like one stays out of it."""
    if isinstance(content, dict):
        return {key: as_json(value) for key, value in content.items()}
    if isinstance(content, list):
        return [as_json(value) for value in content]
    return content.isoformat() if isinstance(content, date) else content


def is_read(content: Mapping[str, Any]) -> bool:
    reading = _Reading(Path("triage.toml"), DETECTORS)
    reading.config(content)
    return not reading.problems


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("", "x", "90d", "html", "webhook", "slack", "new", "n-plus-one", "{date}/{target}", "{dat}"),
        *([], ["x"], ["", "x"], [3], {}, True, False),
        *(0, 1, 1.0, 1.5, -1, 10**7, 10**15, date(2026, 12, 31)),
    ]
)


def tables(table: keys.Table) -> st.SearchStrategy[Any]:
    names = [*table.keys, "another"]
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=5) | st.sampled_from([3, [], "x"])


THRESHOLDS = st.dictionaries(
    st.sampled_from(["n-plus-one", "idle-in-transaction", "another"]),
    st.dictionaries(st.sampled_from(["at_least", "warning_seconds", "full", "another"]), VALUES, max_size=3) | VALUES,
    max_size=2,
)
FILES = st.fixed_dictionaries(
    {},
    optional={
        "targets": st.dictionaries(
            st.sampled_from(["a", "b"]),
            st.tuples(tables(keys.TARGET), st.none() | THRESHOLDS).map(
                lambda pair: {**pair[0], "thresholds": pair[1]} if isinstance(pair[0], dict) and pair[1] else pair[0]
            ),
            max_size=2,
        )
        | VALUES,
        "thresholds": THRESHOLDS,
        "history": tables(keys.HISTORY),
        "report": tables(keys.REPORT),
        "ignore": st.lists(tables(keys.IGNORE), max_size=2) | VALUES,
        "outputs": st.lists(tables(keys.OUTPUT), max_size=2) | VALUES,
        "another": VALUES,
    },
)


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(TABLES)  # type: ignore[call-overload]
    json.dumps(SCHEMA)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_it_says_of_any_file_what_the_program_says(content: dict[str, Any]) -> None:
    # A date has no other form in JSON than a text.
    assert VALIDATOR.is_valid(as_json(content)) == is_read(content) or has_date_elsewhere(content)


def has_date_elsewhere(content: object) -> bool:
    """Whether a date stands where a text is wanted: TOML knows the difference, JSON does not."""
    if isinstance(content, dict):
        return any(
            has_date_elsewhere(value) if not isinstance(value, date) else key != "until"
            for key, value in content.items()
        )
    return isinstance(content, list) and any(has_date_elsewhere(value) for value in content)


@pytest.mark.parametrize("kind", [keys.TARGET, keys.HISTORY, keys.REPORT, keys.IGNORE, keys.OUTPUT])
def test_every_key_is_explained(kind: keys.Table) -> None:
    for key in kind.keys.values():
        assert key.about.endswith(".")
        assert len(key.about) > 15


@pytest.mark.parametrize("value", [datetime(2026, 12, 31, 12), "2026-12-31", 20261231])
def test_a_day_is_written_as_a_date(value: object) -> None:
    assert not is_read({"ignore": [{"reason": "x", "key": "y", "until": value}]})
