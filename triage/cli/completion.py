"""``triage completion``: what a shell has to read so that the Tab key knows triage."""

import click
from click.shell_completion import get_completion_class

from triage.cli import group


@click.command(
    epilog="""\b
    Examples:
      triage completion bash > ~/.local/share/bash-completion/completions/triage
      triage completion zsh > ~/.zfunc/_triage
      triage completion fish > ~/.config/fish/completions/triage.fish
    """
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion for a shell.

    The examples install it for good. In the shell that is open: eval "$(triage completion bash)", the same for zsh,
    or triage completion fish | source.
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell
    click.echo(kind(group, {}, "triage", "_TRIAGE_COMPLETE").source())
