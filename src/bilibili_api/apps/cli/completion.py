"""`bvup completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from .outlet import Outlet
from .report import EPILOG

HELP: Final = """Print what makes SHELL complete `bvup` when the tab key is pressed.

\b
  bash:  bvup completion bash > ~/.local/share/bash-completion/completions/bvup
  zsh:   bvup completion zsh > ~/.zfunc/_bvup   (a folder of $fpath, before compinit)
  fish:  bvup completion fish > ~/.config/fish/completions/bvup.fish
"""
SHELLS: Final = ("bash", "zsh", "fish")
VARIABLE: Final = "_BVUP_COMPLETE"
"""By this the shell asks `bvup` for words; click's own name for it."""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script."""
    made = get_completion_class(shell)
    if made is None:  # click leaves out what it cannot do
        raise click.UsageError(f"this version of click completes nothing for {shell}.")
    completing = made(ctx.find_root().command, {}, "bvup", VARIABLE)
    Outlet().draw((completing.source_template % completing.source_vars()).strip())
