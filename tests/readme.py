"""The help texts in the README are the program's own: `python -m tests.readme --write` puts them there."""

import re
import sys
from pathlib import Path

from click import Command, Context, Group

from triage.cli import group

README = Path(__file__).parent.parent / "README.md"
_BLOCK = re.compile(
    r"(?P<open><!-- help: (?P<command>[a-z ]+) -->\n```text\n).*?(?P<close>```\n<!-- end -->)", re.DOTALL
)


def help_of(path: str) -> str:
    """What `triage PATH --help` prints on a terminal of 80 columns."""
    command: Command = group
    context = Context(group, info_name="triage", terminal_width=80, **group.context_settings)
    for name in path.split()[1:]:
        assert isinstance(command, Group)
        found = command.get_command(context, name)
        assert found, f"there is no command {name}"
        command = found
        context = Context(command, info_name=name, parent=context, terminal_width=80)
    return command.get_help(context) + "\n"


def generated(text: str) -> str:
    """The README's text with each help block as it should be."""
    return _BLOCK.sub(lambda m: m["open"] + help_of(m["command"]) + m["close"], text)


if __name__ == "__main__" and "--write" in sys.argv:
    README.write_text(generated(README.read_text(encoding="utf-8")), encoding="utf-8")
