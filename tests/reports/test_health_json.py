"""A scheduled run as JSON, held against its schema."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from tests.reports.build import hostile, whole
from triage.health import HealthReport
from triage.reports.json import health_schema, render_health

SCHEMA = json.loads(health_schema())


def validator() -> Draft202012Validator:
    report = Resource.from_contents(SCHEMA["$defs"]["report"])
    return Draft202012Validator(SCHEMA, registry=Registry().with_resource("report.schema.json", report))


def rendered(health: HealthReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_health(health, {}))
    validator().validate(found)
    return found


def test_the_schema_is_a_schema_and_whole() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["report"]["title"] == "Report of triage"


def test_the_schema_refuses_what_is_none() -> None:
    found = rendered(whole())
    found["targets"][0]["report"]["findings"][0]["severity"] = "bad"
    with pytest.raises(ValidationError):
        validator().validate(found)


def test_all_of_a_run() -> None:
    found = rendered(whole())
    shop, billing, fine = found["targets"]
    assert (shop["name"], shop["tags"], shop["elapsed_ms"]) == ("shop", ["prod"], 123)
    assert [trend["change"] for trend in shop["trends"].values()] == ["new", "same"]
    assert shop["gone"][0]["id"] == "long-query"
    assert shop["ignored"][0]["until"] == "2026-12-31"
    assert (shop["pending"][0]["looks"], shop["pending"][0]["needed"]) == (1, 3)
    assert {"name": "connections_available", "value": 97, "unit": "connections", "labels": {}} in shop["gauges"]
    assert billing["report"]["gaps"][0]["reason"] == "the server cannot be reached"
    assert fine["report"]["findings"] == []
    assert found["gaps"][0]["source"] == "history"


def test_a_hostile_text_is_kept_to_the_letter() -> None:
    assert rendered(hostile())["targets"][0]["name"] == hostile().targets[0].name
