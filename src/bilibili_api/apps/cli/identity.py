"""Logins and accounts in words."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .language import t
from .text import count, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.account import Identity, UploadForm, VideoUploaderCredential

DAY: Final = 86400
GIB: Final = 1024**3


def about(identity: Identity) -> Iterator[str]:
    """Say who somebody is, and how long the login lasts."""
    yield t("name     {name}", name=safe(identity.name) or "not known")
    yield t("mid      {mid}", mid=identity.mid or "not known")
    yield t("level    {level}", level="not known" if identity.level is None else identity.level)
    yield t(
        "login    {consists}",
        consists=consists(identity.platform, token=identity.has_token, cookies=identity.has_cookies),
    )
    yield t("expires  {ends}", ends=ends(identity.expires_in, renews=identity.can_renew))


def allowed(identity: Identity, form: UploadForm | str) -> Iterator[str]:
    """Say what the account may submit: what Bilibili tells it, else what holds in general.

    Args:
        identity: Whose account; has the limits that hold in general.
        form: What Bilibili tells the account, or why it does not.
    """
    if isinstance(form, str) or not form.part_limits:
        why = safe(form) if isinstance(form, str) else t("Bilibili does not tell them")
        yield t(
            "parts    {max_parts} a video in general; the account's own are not known: {why}",
            max_parts=identity.max_parts,
            why=why,
        )
    else:
        yield t(
            "parts    {parts}; in general never more than {max_parts} at once",
            parts=_parts(form),
            max_parts=identity.max_parts,
        )
    size = identity.max_file_size // GIB
    yield t("size     {size} GiB a file in general; Bilibili does not tell the account's own", size=size)
    if not isinstance(form, str):
        yield t("offered  {offered}", offered=", ".join(_offered(form)) or "nothing")


def _parts(form: UploadForm) -> str:
    """Say how many parts partitions take: the most common number, and which take another."""
    (usual, _), *others = Counter(form.part_limits.values()).most_common()
    said = [t("{usual} a video", usual=usual)]
    for limit, _ in others:
        zones = (
            f"{safe(form.zones[tid])} ({tid})" for tid, most in form.part_limits.items() if most == limit
        )
        said.append(f"{limit} in {', '.join(zones)}")
    return "; ".join(said)


def _offered(form: UploadForm) -> Iterator[str]:
    """Say how much there is to choose from; the command for programs shows all of it."""
    for number, noun in (
        (len(form.zones), "partition"),
        (len(form.notices), "notice"),
        (len(form.neutral_marks), t("neutral mark")),
    ):
        if number:
            yield count(number, noun)
    if form.industries:
        yield t("advertising for {count} of business", count=count(len(form.industries), "kind"))


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
    key = t("access key ({platform})", platform=platform or "of an unknown app") if token else ""
    return " and ".join(filter(None, (key, "cookies" if cookies else "")))


def ends(seconds: int | None, *, renews: bool) -> str:
    """Say when a login ends: "in 179 days", and whether it renews itself."""
    if seconds is None:
        when = t("nobody knows when")
    elif seconds <= 0:
        when = t("has ended")
    else:
        when = f"in {count(seconds // DAY, 'day')}"
    return f"{when}; {'it renews itself' if renews else 'it does not renew itself'}"


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
    yield t("mid      {mid}", mid=session.mid or "not known")
    token = session.token is not None
    yield t(
        "login    {consists}", consists=consists(session.platform, token=token, cookies=session.has_cookies)
    )
    if session.expires is None:
        yield t("expires  {ends}", ends=ends(None, renews=renews))
    else:
        day = datetime.fromtimestamp(session.expires, UTC).date()
        yield t(
            "expires  {day}, {ends}", day=day, ends=ends(int(session.expires - time.time()), renews=renews)
        )
