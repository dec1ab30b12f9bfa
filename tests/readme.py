"""The help texts in the README are the program's own: `python -m tests.readme --write` puts them there."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
_BLOCK = re.compile(
    r"(?P<open><!-- help: (?P<command>[a-z ]+) -->\n```text\n).*?(?P<close>```\n<!-- end -->)", re.DOTALL
)


def help_of(path: str) -> str:
    """What `triage PATH --help` prints on a terminal of 80 columns."""
    words = [str(Path(sys.executable).with_name("triage")), *path.split()[1:], "--help"]
    return subprocess.run(words, env=os.environ | {"COLUMNS": "80"}, capture_output=True, text=True, check=True).stdout


def generated(text: str) -> str:
    """The README's text with each help block as it should be."""
    return _BLOCK.sub(lambda m: m["open"] + help_of(m["command"]) + m["close"], text)


if __name__ == "__main__" and "--write" in sys.argv:
    README.write_text(generated(README.read_text(encoding="utf-8")), encoding="utf-8")
