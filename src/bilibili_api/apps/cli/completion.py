"""`bvup completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

from typing import Any, Final

import click
from click.shell_completion import get_completion_class

from . import told
from .flags import output_options, verbose_option
from .language import t
from .outlet import Outlet
from .report import EPILOG, ExitCode

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
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, shell: str, **_given: Any) -> None:
    """Print the script."""
    made = get_completion_class(shell)
    if made is None:  # click leaves out what it cannot do
        raise click.UsageError(t("this version of click completes nothing for {shell}.", shell=shell))
    completing = made(ctx.find_root().command, {}, "bvup", VARIABLE)
    told.only_where_wished(ctx)  # a shell reads the file that this is written into, whatever is set
    outlet, script = Outlet(), (completing.source_template % completing.source_vars()).strip()
    told.result(ExitCode.DONE, outlet, shell=shell, script=script)
    if not told.is_json():
        outlet.draw(script)
