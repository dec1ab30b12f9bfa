"""Text that somebody with a database account could put into a report, in every field that holds text."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from triage.runbooks import Runbook

SCRIPT = "<script>window.x=1</script>"
ATTACKS = {
    "script": SCRIPT,
    "closing": "</code></pre></title></style></script><script>window.x=1</script>",
    "attribute": '"><img src=x onerror="window.x=1">',
    "quote": "' onmouseover='window.x=1' x='",
    "link": "javascript:window.x=1",
    "template": "{{ 7 * 7 }}{% raw %}${7*7}",
    "entity": "&lt;b&gt;&#0;&amp;",
    "comment": "<!-- --!><![CDATA[ ]]>",
    "svg": '<svg onload="window.x=1"><use href="https://evil.example/x"/></svg>',
    "direction": "\u202egnp.exe\u2066\u200f",
    "nul": "a\x00b\x1b[31m\x07",
    "lines": "one\ntwo\r\nthree\u2028four",
    "half": "\ud83d",
    "long": "x" * 5000,
    "hebrew": "שלום עולם",
}


def attacked(value: Any, attack: str) -> Any:
    """The same value with the attack behind every text in it; names of entries stay, for they are ours."""
    if isinstance(value, Enum) or value is None:
        return value
    if isinstance(value, str):
        return value + attack
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: attacked(getattr(value, each.name), attack) for each in fields(value)})
    if isinstance(value, dict):
        return {_key(key, attack): attacked(each, attack) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(attacked(each, attack) for each in value)
    return value


def _key(key: Any, attack: str) -> Any:
    """A finding's key is text of ours with text of theirs in it, and stands in two places."""
    return key + attack if isinstance(key, str) and ":" in key else key


def book(name: str, text: str, title: str = "an overlay") -> dict[str, Runbook]:
    """A runbook of an organisation's own."""
    return {name: Runbook(id=name, title=title, findings=(name,), text=text, folder=Path())}
