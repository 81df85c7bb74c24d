"""What is to be uploaded, as the command line says it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import Problem
from bilibili_api.frozen import frozen
from bilibili_api.saying import say
from bilibili_api.video_uploader import (
    PageProgress,
    Server,
    UserRate,
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
)

from .cover_options import cover_name
from .errand import Errand
from .files import is_file
from .job_words import STREAM
from .language import t, tn
from .network_options import options_for
from .params import partition
from .text import count, row, safe, stem
from .when import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import BufferedIOBase
    from pathlib import Path

    from bilibili_api.cover import Cover
    from bilibili_api.journal import Journal

    from .subtitle_found import Found

LISTED: Final = 8
"""Parts that are listed one by one before the upload."""


@frozen
class Part:
    """One file, or standard input, with its title.

    Attributes:
        path: The file; of standard input, the name that was given for it.
        title: Title of the part.
        page: It as the library wants it.
    """

    path: Path
    title: str
    page: VideoUploaderPage

    @classmethod
    def of_file(cls, path: Path, title: str) -> Part:
        """Return the part that a file becomes."""
        return cls(path, title, VideoUploaderPage(path, title, extension=_extension(path)))

    @classmethod
    def of_stream(cls, stream: BufferedIOBase, name: Path, title: str) -> Part:
        """Return the part that standard input becomes; each run is an upload of its own."""
        key = f"{STREAM}{uuid4()}"
        return cls(name, title, VideoUploaderPage(stream, title, extension=_extension(name), key=key))

    @property
    def is_stream(self) -> bool:
        """Whether it comes from standard input."""
        return self.page.key is not None

    @property
    def has_default_title(self) -> bool:
        """Whether the title says no more than the name of the file."""
        return self.title == stem(self.path)

    @property
    def size(self) -> int:
        """Bytes of the file; 0 of one that is not there, and of standard input, whose end nobody knows."""
        if not self.is_stream:
            with suppress(OSError, ValueError):
                return self.path.stat().st_size
        return 0

    def __str__(self) -> str:
        name = safe(self.path.name)
        if self.is_stream:
            return t("{name}, from standard input", name=name)
        if not is_file(self.path):
            return t("{name}, which cannot be read", name=name)
        return t("{what}, {size}", what=name, size=size_text(self.size))


def _extension(path: Path) -> str:
    return path.suffix[1:].lower() or "mp4"


@frozen
class Order:
    """One submission, complete but for who makes it.

    Attributes:
        parts: In the order in which they will stand.
        meta: As `VideoUploader` takes it.
        extra: Members that are sent untouched, or None.
        cover: What is wanted as the cover, or None.
        threads: Most chunks in flight at once.
        chunk_size: Bytes of a chunk.
        server: Where connections go instead of to Bilibili, or None.
        line: The line to use, or None: what the login can use.
        interface: The interface to submit through, or None: those the login can use.
        place: Name or number of a partition, old or new, besides or instead of the one in `meta`; or None.
        topic: Name or number of a topic, or None.
        mission: Name or number of an activity, or None.
        rate: The most bytes per second, as `VideoUploader` takes it, or None: as the journal says.
        subtitles: What is uploaded for its parts when it is published.
        number: Its number among several, from 1 on.
        origin: The line of the file that asks for it, for a person; empty: the command line does.
    """

    parts: tuple[Part, ...]
    meta: Mapping[str, object]
    extra: Mapping[str, object] | None
    cover: Cover | None
    threads: int
    chunk_size: int
    server: Server | None
    line: str | None = None
    interface: str | None = None
    place: str | None = None
    topic: str | int | None = None
    mission: str | int | None = None
    rate: str | None = None
    subtitles: tuple[Found, ...] = ()
    number: int = 1
    origin: str = ""

    def uploader(self, credential: VideoUploaderCredential, journal: Journal | None = None) -> VideoUploader:
        """Return an uploader that has done nothing yet, remembered by a journal where there is one."""
        return VideoUploader(
            [part.page for part in self.parts],
            dict(self.meta),
            credential,
            threads=self.threads,
            chunk_size=self.chunk_size,
            cover=self.cover,
            extra=self.extra,
            line=self.line,
            interface=self.interface,
            partition=self.place,
            topic=self.topic,
            mission=self.mission,
            journal=journal,
            rate=self.rate,
            options=options_for(self.server, shared_rate=UserRate()),
        )

    def problems(self, credential: VideoUploaderCredential) -> Iterator[Problem]:
        """Yield what is wrong with what is to be done when it is published."""
        if self.subtitles and not credential.cookies:
            yield Problem(
                "subtitles",
                say("need cookies, which the login does not have."),
                say("Log in by the TV QR code."),
            )

    def errand(self, credential: VideoUploaderCredential, journal: Journal | None) -> Errand:
        """Return what is to be done when it is published."""
        return Errand.of(self.subtitles, journal, credential, options_for(self.server))

    def refusal(self) -> str:
        """Return the line above what is wrong with it, where it is one of several."""
        if not self.origin:
            return t("{name} is not uploaded:", name=safe(self.parts[0].path.name))
        what = t("{title} cannot be uploaded:", title=safe(str(self.meta["title"])))
        return t("{place}: {what}", place=self.origin, what=what)

    def names(self) -> dict[str, object]:
        """Return for programs which of several it is."""
        named = {"title": self.meta["title"], "file": str(self.parts[0].path)}
        return {**named, "place": self.origin} if self.origin else named

    def blank(self) -> tuple[PageProgress, ...]:
        """Return the progress before anything is done; the library sizes files one by one."""
        return tuple(PageProgress(p.title, p.size, 0, 0, done=False) for p in self.parts)

    def heading(self, account: str, *, is_plan: bool = False) -> Iterator[str]:
        """Say what is sent, or what would be, and whither."""
        yield self._whither(is_plan=is_plan)
        yield row(t("title"), safe(str(self.meta["title"])))
        yield from self._where_it_belongs()
        if isinstance(dtime := self.meta.get("dtime"), int):
            yield row(t("publish"), told(dtime, time.time()))
        if self.cover:
            yield row(t("cover"), cover_name(self.cover))
        yield row(t("account"), account)
        for i, found in enumerate(self.subtitles[:LISTED]):
            yield row(t("subtitles") if i == 0 else "", str(found))
        if len(self.subtitles) > LISTED:
            yield row("", tn(len(self.subtitles) - LISTED, "and {n} more file", "and {n} more files"))
        for i, part in enumerate(self.parts[:LISTED]):
            yield row(
                f"P{i + 1}",
                str(part)
                if part.has_default_title
                else t("{title} ({file})", title=safe(part.title), file=str(part)),
            )
        if len(self.parts) > LISTED:
            yield row("...", tn(len(self.parts) - LISTED, "and {n} more part", "and {n} more parts"))

    def _where_it_belongs(self) -> Iterator[str]:
        if self.place is not None:
            yield row(t("partition"), safe(self.place))
        elif "tid" in self.meta:
            yield row(t("partition"), partition(self.meta["tid"]))
        yield row(t("tags"), safe(str(self.meta.get("tag", ""))))
        if self.topic is not None:
            yield row(t("topic"), safe(str(self.topic)))
        if self.mission is not None:
            yield row(t("activity"), safe(str(self.mission)))

    def _whither(self, *, is_plan: bool) -> str:
        where = t("{url} instead of Bilibili", url=self.server.url) if self.server else t("Bilibili")
        what = count(len(self.parts), "part")
        if not any(part.is_stream for part in self.parts):
            total = sum(part.size for part in self.parts)
            what = t("{what}, {size}", what=what, size=size_text(total))
        if is_plan:
            return t("Would send {what}, to {where}", what=what, where=where)
        return t("Sending {what}, to {where}", what=what, where=where)
