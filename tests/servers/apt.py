"""What apt can do for the tests: install packages, and unpack one of another release beside the system.

The second leaves the system as it is: apt works on lists, a cache and an empty status file of its own, so every package
that is needed down to the C library is downloaded and unpacked into one folder. It needs no rights.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

Stanza = dict[str, str]
"""One source in apt's deb822 form: lower-case field names and their values, as they stand in the file."""


class AptError(Exception):
    """apt is not there, may not be used, or could not do it."""


def install(packages: Sequence[str]) -> None:
    """Install packages into the system; ask for newer package lists only when the present ones do not do."""
    if not shutil.which("apt-get"):
        raise AptError("there is no apt-get here")
    if os.geteuid() != 0:
        raise AptError("only root may install packages")
    # no-remove: MariaDB and MySQL shut each other out, and the one that is there is somebody's
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "--no-remove", *packages]
    try:
        _run(command)
    except AptError:
        _run(["apt-get", "update", "--quiet"])
        _run(command)


def unpack(package: str, *, suite: str, into: Path, leaving_out: str) -> None:
    """Unpack a package of another suite of this Debian with all it depends on into the folder `into/root`."""
    own = into / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (own / folder).mkdir(parents=True)
    (own / "status").touch()
    (own / "list.sources").write_text(in_suite(_debian_source(), suite))
    options = {
        "Dir::Etc::SourceList": own / "list.sources",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": own,
        "Dir::State::Lists": own / "lists",
        "Dir::State::status": own / "status",
        "Dir::Cache": own / "cache",
        "APT::Default-Release": "",
        "APT::Sandbox::User": "root",  # apt's own account may not enter a home directory
        "Debug::NoLocking": "1",  # the locks are the system's, whose packages stay untouched
    }
    apt = ["apt-get", "--yes", "--quiet", *(f"-o{key}={value}" for key, value in options.items())]
    _run([*apt, "update"])
    _run([*apt, "install", "--download-only", "--no-install-recommends", package])
    for archive in sorted((own / "cache/archives").glob("*.deb")):
        if not re.match(leaving_out, archive.name):
            _run(["dpkg-deb", "-x", archive, into / "root"])


def _run(command: Sequence[str | Path]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    ended = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise AptError(f"{' '.join(map(str, command[:2]))} failed: {ended.stderr.strip()[-600:]}")


def in_suite(stanza: Stanza, suite: str) -> str:
    kept = {name: stanza[name] for name in ("uris", "signed-by", "trusted") if name in stanza}
    fields = {"types": "deb", "suites": suite, "components": "main"} | kept
    return "".join(f"{name.title()}: {value}\n" for name, value in fields.items())


def _debian_source() -> Stanza:
    """The source this machine gets Debian itself from, whichever mirror that is."""
    release = dict(re.findall(r'^(\w+)="?(.*?)"?$', _read(Path("/etc/os-release")), re.MULTILINE))
    suites = {release.get("VERSION_CODENAME"), "oldstable", "stable", "testing", "unstable", "sid"}
    if release.get("ID") == "debian" and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        for stanza in _sources(Path("/etc/apt")):
            if suites & set(stanza["suites"].split()) and "main" in stanza["components"].split():
                return stanza
    raise AptError("this is not a Debian whose sources could be used")


def _sources(folder: Path) -> Iterator[Stanza]:
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        yield from stanzas(_read(path))
    for path in (folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))):
        yield from lines(_read(path))


def stanzas(text: str) -> Iterator[Stanza]:
    """The enabled sources of binary packages in a file of the deb822 form."""
    without_comments = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for block in re.split(r"\n\s*\n", without_comments):
        fields = re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", block, re.MULTILINE)
        stanza = {name.lower(): value for name, value in fields}
        complete = {"types", "uris", "suites", "components"} <= stanza.keys()
        if complete and "deb" in stanza["types"].split() and stanza.get("enabled", "yes").lower() != "no":
            yield stanza


def lines(text: str) -> Iterator[Stanza]:
    """The sources of binary packages in a file of the one-line form."""
    for options, uri, suite, components in re.findall(
        r"^\s*deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)", text, re.MULTILINE
    ):
        stanza = {"uris": uri, "suites": suite, "components": components.strip()}
        yield stanza | {name.lower(): value for name, value in re.findall(r"([\w-]+)=(\S+)", options)}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
