"""What was seen in files, as lines and as figures for programs. Pure functions."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bilibili_api.amounts import size_text
from bilibili_api.saying import listed

from .language import in_words, t, tn
from .text import duration, safe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bilibili_api.media import AudioTrack, Media, VideoTrack


def refused(media: Media, allowed: frozenset[str]) -> list[str]:
    """Return the kinds of what is wrong and not allowed."""
    return [finding.kind for finding in media.findings if finding.kind not in allowed]


def about(media: Media) -> str:
    """Return "mov, 0:06, 8.1 MB, h264 1920x1080 25 fps, aac 2 channels 48000 Hz"."""
    return in_words(listed(_bits(media)))


def _bits(media: Media) -> Iterator[str]:
    yield media.container.split(",", 1)[0]
    yield t("length unknown") if media.duration is None else duration(media.duration)
    yield size_text(media.size)
    if media.video is not None:
        yield picture(media.video)
    if media.audio is not None:
        yield sound(media.audio)


def picture(track: VideoTrack) -> str:
    """Return "h264 1920x1080 25 fps"."""
    rate = "" if track.frame_rate is None else f" {track.frame_rate:.4g} fps"
    return f"{track.codec} {track.width}x{track.height}{rate}"


def sound(track: AudioTrack) -> str:
    """Return "aac 2 channels 48000 Hz"."""
    return tn(
        track.channels,
        "{codec} {n} channel {rate} Hz",
        "{codec} {n} channels {rate} Hz",
        codec=track.codec,
        rate=track.sample_rate,
    )


def media_figures(path: Path, media: Media, allowed: frozenset[str] = frozenset()) -> dict[str, object]:
    """Return a file for programs; see `bvup.schema.json`."""
    findings = [
        {
            "kind": one.kind,
            "what": in_words(one.what),
            "fix": in_words(one.fix),
            "allowed": one.kind in allowed,
        }
        for one in media.findings
    ]
    return {"file": safe(path), "ok": not refused(media, allowed), **asdict(media), "findings": findings}
