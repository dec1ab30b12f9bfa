"""The JSON Schema of ``triage.toml``, so that an editor completes and checks it.

A date is a text there, as JSON has none. https://json-schema.org/draft/2020-12
"""

from collections.abc import Iterable, Mapping

from triage.config import keys
from triage.config.kinds import NUMBER
from triage.config.reading import threshold_names


def schema(detectors: Iterable[type]) -> dict[str, object]:
    """The schema; it accepts what :func:`triage.config.load` accepts, and nothing else."""
    ids: dict[str, type] = {detector.id: detector for detector in detectors}  # type: ignore[attr-defined]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "triage.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "targets": {
                "type": "object",
                "additionalProperties": _table(keys.TARGET, thresholds={"$ref": "#/$defs/thresholds"}),
            },
            "thresholds": {"$ref": "#/$defs/thresholds"},
            "history": _table(keys.HISTORY),
            "report": _table(keys.REPORT),
            "ignore": {"type": "array", "items": _ignore(ids)},
            "outputs": {"type": "array", "items": _table(keys.OUTPUT)},
        },
        "$defs": {"thresholds": _thresholds(ids)},
    }


def _table(table: keys.Table, **more: Mapping[str, object]) -> dict[str, object]:
    properties: dict[str, object] = {
        name: {**key.kind.schema, "description": key.about} for name, key in table.keys.items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties | more,
        "required": list(table.required),
        **({"allOf": [rule.schema for rule in table.rules]} if table.rules else {}),
    }


def _ignore(ids: Iterable[str]) -> dict[str, object]:
    found = _table(keys.IGNORE)
    return {**found, "allOf": [*found["allOf"], {"properties": {"finding": {"enum": list(ids)}}}]}  # type: ignore[misc]


def _thresholds(ids: Mapping[str, type]) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {
                "type": "object",
                "additionalProperties": False,
                "properties": dict.fromkeys(threshold_names(detector), NUMBER.schema),
            }
            for name, detector in ids.items()
        },
    }
