"""`bvup completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import (
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
)

from . import told
from .flags import COMPLETING, output_options, verbose_option
from .help import meaning
from .language import t
from .outlet import Outlet
from .report import EPILOG, ExitCode

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

HELP: Final = """Print what makes SHELL complete `bvup` when the tab key is pressed.

\b
  bash:  bvup completion bash > ~/.local/share/bash-completion/completions/bvup
  zsh:   bvup completion zsh > ~/.zfunc/_bvup   (a folder of $fpath, before compinit)
  fish:  bvup completion fish > ~/.config/fish/completions/bvup.fish
"""
SHELLS: Final = ("bash", "zsh", "fish")


class _Speaking(ShellComplete):
    """Explains what is proposed in the language of the person; bash has no room for that."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what is proposed."""
        found = super().get_completions(args, incomplete)
        for one in found:
            one.help = " ".join(meaning(one.help).split()) if one.help else None
        return found


@add_completion_class
class _Zsh(_Speaking, ZshComplete):
    """What zsh asks."""


@add_completion_class
class _Fish(_Speaking, FishComplete):
    """What fish asks."""


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
    completing = made(ctx.find_root().command, {}, "bvup", COMPLETING)
    told.only_where_wished(ctx)  # a shell reads the file that this is written into, whatever is set
    outlet, script = Outlet(), (completing.source_template % completing.source_vars()).strip()
    told.result(ExitCode.DONE, outlet, shell=shell, script=script)
    if not told.is_json():
        outlet.draw(script)
