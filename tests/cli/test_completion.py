"""The Tab key, in the real shells."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triage.cli import COMMANDS

PROMPT = "ready$ "
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\x07|\x08|\x00")


@pytest.fixture
def shell_home(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that has nobody's settings and finds triage."""
    (tmp_path / ".zshrc").write_text(f"PROMPT='{PROMPT}'\nautoload -Uz compinit && compinit -u\n")
    triage = tmp_path / "bin" / "triage"
    triage.parent.mkdir()
    triage.write_text(f"#!{sys.executable}\nfrom triage.cli import main\nmain()\n")  # as an installation makes it
    triage.chmod(0o755)
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "LANG") if name in os.environ}
    path = f"{triage.parent}:{os.environ['PATH']}"
    return kept | {"HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "TERM": "dumb", "PATH": path, "PS1": PROMPT}


def installed(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.fail(f"{shell} is not installed (make servers)")
    return found


def typed(command: list[str], environment: dict[str, str], lines: list[tuple[str, str]]) -> str:
    """Type into an interactive shell, each text once the one before has brought what is waited for; all it printed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execve(command[0], command, environment)
    printed = ""
    try:
        for text, awaited in lines:
            seen = len(printed)
            os.write(terminal, text.encode())
            until = time.monotonic() + 60
            while not re.search(awaited, _CONTROL.sub("", printed[seen:])):
                assert time.monotonic() < until, f"{awaited!r} never came: {printed!r}"
                if select.select([terminal], [], [], 1)[0]:
                    printed += os.read(terminal, 4096).decode(errors="replace")
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(terminal)
    return _CONTROL.sub("", printed)


@pytest.mark.parametrize(
    ("shell", "arguments"), [("bash", ["--norc", "--noprofile", "-i"]), ("zsh", ["-i"])], ids=["bash", "zsh"]
)
def test_tab_completes_in(shell: str, arguments: list[str], shell_home: dict[str, str]) -> None:
    printed = typed(
        [installed(shell), *arguments],
        shell_home,
        [
            ("", r"ready\$ "),
            (f'eval "$(triage completion {shell})"; echo do""ne\n', r"done\s[\s%#]*ready\$ "),
            ("triage repo\t", "triage report "),
            ("--no-h\t", "--no-history "),
            ("\x15triage rep\t\t", "replay"),
        ],
    )
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("triage rep", {"report", "replay"}),
        ("triage report --no-h", {"--no-history"}),
        ("triage config s", {"schema"}),
        ("triage ", set(COMMANDS)),
    ],
)
def test_tab_completes_in_fish(line: str, completions: set[str], shell_home: dict[str, str]) -> None:
    done = subprocess.run(
        [installed("fish"), "--no-config", "-c", f"triage completion fish | source; complete -C '{line}'"],
        env=shell_home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert {each.split("\t")[0] for each in done.stdout.splitlines()} == completions


def test_completing_a_command_imports_none() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-c",
            "import sys; sys.argv[0] = 'triage'; from triage.cli import main; main()",
        ],
        env=os.environ | {"_TRIAGE_COMPLETE": "bash_complete", "COMP_WORDS": "triage rep", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["plain,replay", "plain,report"]
    assert "sqlalchemy" not in done.stderr
