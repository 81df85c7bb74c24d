"""Logins and accounts in words."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.amounts import size_text
from bilibili_api.saying import all_of, joined, listed, say, several

from .language import in_words, t, tn
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.account import Identity, UploadForm, VideoUploaderCredential
    from bilibili_api.exceptions import ApiException

DAY: Final = 86400


def about(identity: Identity) -> Iterator[str]:
    """Say who somebody is, and how long the login lasts."""
    yield t("name     {name}", name=safe(identity.name) or unknown())
    yield t("mid      {mid}", mid=identity.mid or unknown())
    yield t("level    {level}", level=unknown() if identity.level is None else identity.level)
    parts = consists(identity.platform, token=identity.has_token, cookies=identity.has_cookies)
    yield t("login    {parts}", parts=parts)
    yield t("expires  {when}", when=ends(identity.expires_in, renews=identity.can_renew))


def unknown() -> str:
    """Say that nobody has said it."""
    return t("not known")


def allowed(identity: Identity, form: UploadForm | str) -> Iterator[str]:
    """Say what the account may submit: what Bilibili tells it, else what holds in general.

    Args:
        identity: Whose account; has the limits that hold in general.
        form: What Bilibili tells the account, or why it does not.
    """
    if isinstance(form, str) or not form.part_limits:
        why = safe(form) if isinstance(form, str) else t("Bilibili does not tell them")
        yield t(
            "parts    {number} a video in general; the account's own are not known: {reason}",
            number=identity.max_parts,
            reason=why,
        )
    else:
        yield t(
            "parts    {numbers}; in general never more than {most} at once",
            numbers=_parts(form),
            most=identity.max_parts,
        )
    size = size_text(identity.max_file_size)
    yield t("size     {size} a file in general; Bilibili does not tell the account's own", size=size)
    if not isinstance(form, str):
        yield t("offered  {choices}", choices=listed(_offered(form)) or say("nothing"))


def _parts(form: UploadForm) -> str:
    """Say how many parts partitions take: the most common number, and which take another."""
    (usual, _), *others = Counter(form.part_limits.values()).most_common()
    said = [say("{number} a video", number=usual)]
    for limit, _ in others:
        zones = [
            say("{name} ({number})", name=safe(form.zones[tid]), number=tid)
            for tid, most in form.part_limits.items()
            if most == limit
        ]
        said.append(say("{number} in {partitions}", number=limit, partitions=listed(zones)))
    return joined("; ", said)


def _offered(form: UploadForm) -> Iterator[str]:
    """Say how much there is to choose from; the command for programs shows all of it."""
    if form.zones:
        yield several(len(form.zones), "{n} partition", "{n} partitions")
    if form.notices:
        yield several(len(form.notices), "{n} notice", "{n} notices")
    if form.neutral_marks:
        yield several(len(form.neutral_marks), "{n} neutral mark", "{n} neutral marks")
    if form.industries:
        kinds = len(form.industries)
        yield several(kinds, "advertising for {n} kind of business", "advertising for {n} kinds of business")


def offered(form: UploadForm | str) -> dict[str, object]:
    """Return what the account may submit, or why that is not known, for programs."""
    if isinstance(form, str):
        return {"unknown": form}
    return {
        "partitions": dict(form.zones),
        "max_parts": dict(form.part_limits),
        "notices": dict(form.notices),
        "neutral_marks": list(form.neutral_marks),
        "industries": list(form.industries),
    }


def figures(identity: Identity) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "mid": identity.mid,
        "name": identity.name,
        "level": identity.level,
        "max_parts": identity.max_parts,
        "max_file_size": identity.max_file_size,
        "has_token": identity.has_token,
        "has_cookies": identity.has_cookies,
        "platform": identity.platform,
        "can_renew": identity.can_renew,
        "expires_in": identity.expires_in,
        "days_left": identity.days_left,
    }


def consists(platform: str | None, *, token: bool, cookies: bool) -> str:
    """Say what a login consists of."""
    parts: list[str] = []
    if token:
        parts.append(
            say("access key ({platform})", platform=platform)
            if platform
            else say("access key (of an unknown app)")
        )
    if cookies:
        parts.append("cookies")
    return in_words(all_of(parts)) if parts else ""


def ends(seconds: int | None, *, renews: bool) -> str:
    """Say when a login ends: "in 179 days", and whether it renews itself."""
    if seconds is None:
        when = t("nobody knows when")
    elif seconds <= 0:
        when = t("has ended")
    else:
        when = tn(seconds // DAY, "in {n} day", "in {n} days")
    return (
        t("{when}; it renews itself", when=when)
        if renews
        else t("{when}; it does not renew itself", when=when)
    )


def reason(error: ApiException | click.ClickException) -> str:
    """Return what an error says as a part of another sentence."""
    said = error.message if isinstance(error, click.ClickException) else in_words(error.said)
    return said.removesuffix(".").removesuffix("。")


def kept(credential: VideoUploaderCredential) -> dict[str, object]:
    """Return what is known of a kept login without asking Bilibili, for programs."""
    session = credential.session()
    return {
        "mid": session.mid or None,
        "platform": session.platform,
        "has_token": session.token is not None,
        "has_cookies": session.has_cookies,
        "can_renew": session.refresh_token is not None or session.web_refresh is not None,
        "expires": session.expires,
    }


def kept_lines(credential: VideoUploaderCredential) -> Iterator[str]:
    """Say the same to people."""
    session, known = credential.session(), kept(credential)
    renews = bool(known["can_renew"])
    yield t("mid      {mid}", mid=session.mid or unknown())
    token = session.token is not None
    yield t("login    {parts}", parts=consists(session.platform, token=token, cookies=session.has_cookies))
    if session.expires is None:
        yield t("expires  {when}", when=ends(None, renews=renews))
    else:
        day = datetime.fromtimestamp(session.expires, UTC).date()
        when = ends(int(session.expires - time.time()), renews=renews)
        yield t("expires  {day}, {when}", day=day, when=when)
