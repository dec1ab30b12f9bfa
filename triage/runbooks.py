"""From a finding to the runbook that ends it.

A runbook is ``<id>/runbook.md``: front matter in YAML, then sections that every runbook has in the
same order. An organisation's own folder overlays ours: a runbook there replaces the one of its id.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from triage import proof
from triage.errors import ConfigError, UsageError
from triage.proof import Proof

SECTIONS = ("Symptoms", "Impact", "Confirm", "Mitigate", "Fix", "Verify", "Prevent")

_FRONT_MATTER = re.compile(r"\A---\n(?P<yaml>.*?)\n---\n(?P<text>.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^ *```.*?(?:^ *```|\Z)|^## (?P<name>[^\n]+)", re.MULTILINE | re.DOTALL)
"""A section's heading; a block of code is matched as a whole, so that a comment in it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One failure, and the way out of it."""

    id: str
    title: str
    findings: tuple[str, ...]
    """The ids of the findings it serves."""
    text: str
    """The Markdown below the front matter."""
    folder: Path
    proof: tuple[Proof, ...] = ()
    """What its apps show; an organisation's own need not have any."""

    @property
    def sections(self) -> Mapping[str, str]:
        """The text of each section, by its heading."""
        headings = [found for found in _HEADING.finditer(self.text) if found["name"]]
        ends = [found.start() for found in headings[1:]] + [len(self.text)]
        return {
            found["name"].strip(): self.text[found.end() : end].strip()
            for found, end in zip(headings, ends, strict=False)
        }

    @property
    def impact(self) -> str:
        """Why it matters: the first paragraph or list of its Impact, as running text."""
        first = self.sections.get("Impact", "").split("\n\n", maxsplit=1)[0]
        return " ".join(line.strip().removeprefix("- ") for line in first.splitlines())

    def apps(self, backend: str) -> Mapping[str, tuple[Proof, ...]]:
        """Its broken apps on this backend, each with all that is to be seen of it."""
        found: dict[str, tuple[Proof, ...]] = {}
        for each in self.proof:
            if backend in each.backends:
                found[each.app] = (*found.get(each.app, ()), each)
        return found


def shipped_folder() -> Path:
    """Where triage's own runbooks are: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent
    inside = package / "_runbooks"
    return inside if inside.is_dir() else package.parent / "runbooks"


def load(overlay: Path | None = None) -> Mapping[str, Runbook]:
    """All runbooks by id, sorted; those of the overlay take the place of ours.

    Raises:
        UsageError: the overlay is no folder.
        ConfigError: a runbook has no usable front matter.
    """
    if overlay is not None and not overlay.is_dir():
        raise UsageError(f"{overlay} is not a folder of runbooks", "pass the folder that holds <id>/runbook.md")
    found = {runbook.id: runbook for runbook in _read(shipped_folder())}
    if overlay is not None:
        found |= {runbook.id: runbook for runbook in _read(overlay)}
    return dict(sorted(found.items()))


def _read(folder: Path) -> Iterator[Runbook]:
    for path in sorted(folder.glob("*/runbook.md")):
        yield _parsed(path)


def _parsed(path: Path) -> Runbook:
    import yaml  # noqa: PLC0415 - only a command that needs runbooks pays for it

    hint = "begin the file with a line ---, then id, title and findings in YAML, then a line ---"
    try:
        match = _FRONT_MATTER.match(path.read_text(encoding="utf-8").replace("\r\n", "\n"))
        front = yaml.safe_load(match["yaml"]) if match else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"the runbook {path} cannot be read: {str(error).splitlines()[0]}", hint) from error
    if match is None or not isinstance(front, dict):
        raise ConfigError(f"the runbook {path} has no front matter", hint)
    missing = [name for name in ("id", "title", "findings") if not front.get(name)]
    if missing:
        raise ConfigError(f"the front matter of {path} does not say {' and '.join(missing)}", hint)
    if not isinstance(front["findings"], list):
        raise ConfigError(f"the findings in the front matter of {path} are no list", f"write [{front['findings']}]")
    return Runbook(
        id=str(front["id"]),
        title=str(front["title"]),
        findings=tuple(map(str, front["findings"])),
        text=match["text"].strip() + "\n",
        folder=path.parent,
        proof=proof.read(path, front.get("proof", [])),
    )
