"""Flags of other uploaders that are called otherwise here: what says the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from .language import t
from .text import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MEMBERS: Final = {
    "--charging-pay": '{"charging_pay": 1}',
    "--dolby": '{"dolby": 1}',
    "--hires": '{"lossless_music": 1}',
    "--interactive": '{"interactive": 1}',
    "--is-only-self": '{"is_only_self": 1}',
    "--lossless-music": '{"lossless_music": 1}',
    "--open-elec": '{"open_elec": 1}',
    "--up-close-danmu": '{"up_close_danmu": true}',
    "--up-close-reply": '{"up_close_reply": true}',
    "--up-selection-reply": '{"up_selection_reply": true}',
}
"""Members of the metadata that may have a flag elsewhere, and stand in --extra-fields here."""
RENAMED: Final = {"--mission-id": "--mission N"}


def same_here(name: str, known: Iterable[str]) -> str:
    """Return what says the same as an unknown flag, in a sentence; empty: nobody knows.

    Args:
        name: The flag.
        known: Those that the command has.
    """
    way = RENAMED.get(name)
    if way is not None and way.split()[0] in known:
        return t("Here that is {way}.", way=way)
    if name in MEMBERS and "--extra-fields" in known:
        return t(
            "Here that is --extra-fields '{members}'; several members stand in one object.",
            members=MEMBERS[name],
        )
    return ""


def no_value() -> str:
    """Say how --no-reprint is given here, which has a value elsewhere."""
    return t("For 1 give --no-reprint alone; for 0 leave it out (with bvup edit: --reprint).")


def refuse_value(words: Iterable[Path]) -> None:
    """Refuse a value behind --no-reprint, which would be taken for a file.

    Raises:
        click.UsageError: There is one.
    """
    for word in words:
        if str(word) in {"0", "1"} and not os.path.lexists(word):
            said = t("{word} is no file, and --no-reprint takes no value.", word=repr(str(word)))
            raise click.UsageError(sentences(said, no_value()))
