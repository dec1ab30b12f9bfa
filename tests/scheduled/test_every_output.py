"""A target that gets a leak between two runs: new in the second and gone in the third, in whatever the run leaves behind."""

import html
import re
from pathlib import Path

from tests.incidents import bookstore, leaked
from tests.scheduled.hook import Hook, hook
from tests.scheduled.place import Place
from tests.scheduled.test_looking import url
from tests.servers.model import Database
from triage.reports import HEALTH_REPORTS

LEAK = "idle-in-transaction"
FILES = "\n".join(f'[[outputs]]\nformat = "{name}"\npath = "out/{name}"\n' for name in HEALTH_REPORTS)
MESSAGES = "\n".join(
    f'[[outputs]]\nformat = "webhook"\nurl_env = "{style.upper()}"\nstyle = "{style}"\n'
    for style in ("slack", "generic")
)
QUICK = "[thresholds.idle-in-transaction]\nnotice_seconds = 0\nwarning_seconds = 0\n"


def test_it_is_told_by_every_output(place: Place, database: Database) -> None:
    bookstore(database.url)
    with hook() as slack, hook() as generic:
        place.says(QUICK, FILES, MESSAGES, shop=url(database))
        environment = {"SLACK": slack.url, "GENERIC": generic.url}
        place.run(environment=environment)
        quiet = written(place.folder / "out")
        assert messages(slack, generic) == []
        with leaked(database.url):
            place.run(environment=environment)
        new = written(place.folder / "out")
        told = messages(slack, generic)
        place.run(environment=environment)
        gone = written(place.folder / "out")
        told_after = [said for said in messages(slack, generic) if said not in told]
    assert set(new) == set(HEALTH_REPORTS) == set(SAYS_NEW)
    for name, says in SAYS_NEW.items():
        assert not re.search(says, quiet[name], re.DOTALL), name
        assert re.search(says, new[name], re.DOTALL), (name, new[name])
        assert not re.search(says, gone[name], re.DOTALL), name
    for name, says in SAYS_GONE.items():
        assert re.search(says, gone[name], re.DOTALL), (name, gone[name])
    assert len(told) == 2
    assert all(f"shop: new {LEAK}" in said for said in told)
    assert len(told_after) == 2
    assert all(f"gone shop: {LEAK}" in said for said in told_after)


SAYS_NEW = {
    "html": rf"New or worse [^.]{{0,60}}new {LEAK} ?, [^.]{{0,80}}in shop",
    "json": rf'"{LEAK}:[0-9a-f]+": \{{\s+"change": "new"',
    "markdown": rf"`{LEAK}`[^\n]*\n\n\*\*new\*\*, since",
    "nagios": rf"shop: new {LEAK}: ",
    "prometheus": r'triage_findings_new\{target="shop"\} 1\n',
    "text": rf"NEW: {LEAK}, ",
}
SAYS_GONE = {
    "html": rf"Gone.{{1,200}}{LEAK}",
    "json": rf'"gone": \[\s+\{{\s+"id": "{LEAK}"',
    "markdown": rf"### Gone\n\n- `{LEAK}`",
    "nagios": r"TRIAGE OK - nothing wrong was found",
    "prometheus": r'triage_findings_new\{target="shop"\} 0\n',
    "text": rf"gone +{LEAK}, ",
}


def written(folder: Path) -> dict[str, str]:
    """What each output says; of the page its text."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", texts["html"], flags=re.DOTALL)
    texts["html"] = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    return texts


def messages(*hooks: Hook) -> list[str]:
    return [body["text"] for each in hooks for body in each.bodies]
