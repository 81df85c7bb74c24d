"""Looks at videos before they are uploaded: what they are, and whether they are whole.

    from bilibili_api import media, sync

    found = sync(media.inspect("video.mp4"))
    print(found.container, found.duration, found.video, found.audio)
    for finding in found.findings:
        print(finding.kind, finding)

Needs PyAV: `pip install 'bilibili-video-uploader[media]'`.
"""

from __future__ import annotations

from .engine.media import AudioTrack, Media, VideoTrack, inspect, length
from .engine.media_findings import Finding, Kind

__all__ = ["AudioTrack", "Finding", "Kind", "Media", "VideoTrack", "inspect", "length"]
