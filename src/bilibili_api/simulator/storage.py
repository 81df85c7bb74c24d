"""One object of the UPOS storage: its ticket, its parts, the file they make (sections 4.2 to 4.7)."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from bilibili_api.simulator.uploads import server_name

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator.state import StoredVideo

AUTH_SECONDS = 5 * 86400  # section 4.6
_FIRST_BIZ_ID = 500001630152509  # more than 32 bits (section 4.2)
_BIZ_ID_STEP = 7


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was received."""

    number: int
    size: int
    md5: str
    path: Path


@dataclass(slots=True)
class Multipart:
    """One multipart upload of an object; a second init starts another.

    Attributes:
        hosts: the hosts that know of it: those of the `endpoints`, or only the one that began it elsewhere.
    """

    upload_id: str
    hosts: frozenset[str]
    parts: dict[int, Part] = field(default_factory=dict[int, Part])
    completing: asyncio.Lock = field(default_factory=asyncio.Lock)
    complete: bool = False

    def add(self, part: Part) -> bool:
        """Take a part in place of an earlier one.

        Returns:
            False when the upload is complete and the part has other bytes.
        """
        earlier = self.parts.get(part.number)
        if self.complete:
            part.path.unlink(missing_ok=True)
            return earlier is not None and earlier.md5 == part.md5
        self.parts[part.number] = part
        if earlier is not None:
            earlier.path.unlink(missing_ok=True)
        return True

    def in_order(self) -> list[Path]:
        """Return where the parts are, by number."""
        return [self.parts[number].path for number in sorted(self.parts)]


@dataclass(slots=True)
class StoredObject:
    """What a preupload promised, and what came of it.

    Attributes:
        path: bucket and key as they stand in a URL, with a leading slash.
        filename: what goes into a submission: the key without extension.
        name: the client's name of the file.
        size: as declared at preupload, bytes.
        chunk_size: prescribed length of a part.
        issued: Unix seconds; `auth` is valid for five days from then.
    """

    path: str
    filename: str
    name: str
    mid: int
    size: int
    chunk_size: int
    biz_id: int
    issued: float
    hosts: tuple[str, ...]
    auth: str = field(repr=False)
    uploads: dict[str, Multipart] = field(default_factory=dict[str, Multipart])
    stored: StoredVideo | None = None

    @property
    def bucket(self) -> str:
        """The first member of the path."""
        return PurePosixPath(self.path).parts[1]

    @property
    def key(self) -> str:
        """The rest of the path, with a leading slash."""
        return "/" + PurePosixPath(self.path).name

    @property
    def part_count(self) -> int:
        """How many parts the declared size makes."""
        return -(-self.size // self.chunk_size)

    def part_size(self, number: int) -> int:
        """How many bytes the part of this number must have (section 4.7)."""
        return min(self.chunk_size, self.size - (number - 1) * self.chunk_size)

    def begin(self, host: str) -> Multipart:
        """Start a multipart upload on a host.

        The `auth` is not bound to a host (section 4.8), so any host may begin; but what an upload holds
        is known only to the hosts of one `endpoints` array.
        """
        hosts = frozenset(self.hosts) if host in self.hosts else frozenset({host})
        upload = Multipart(str(uuid.uuid4()), hosts)
        self.uploads[upload.upload_id] = upload
        return upload


@dataclass(frozen=True, slots=True)
class Declared:
    """What a client says at preupload, and where it is."""

    name: str
    size: int
    bucket: str
    source: str


class Storage:
    """All objects, by path."""

    def __init__(self) -> None:
        self._objects: dict[str, StoredObject] = {}

    def find(self, path: str) -> StoredObject | None:
        """Return the object at a path, or None."""
        return self._objects.get(path)

    def promise(
        self, mid: int, declared: Declared, *, chunk_size: int, hosts: tuple[str, ...], now: float
    ) -> StoredObject:
        """Make the ticket of a new object."""
        filename = server_name(now)
        promised = StoredObject(
            path=f"/{declared.bucket}/{filename}{PurePosixPath(declared.name).suffix}",
            filename=filename,
            name=declared.name,
            mid=mid,
            size=declared.size,
            chunk_size=chunk_size,
            biz_id=_FIRST_BIZ_ID + _BIZ_ID_STEP * len(self._objects),
            issued=now,
            hosts=hosts,
            auth=_auth(mid, declared.source, hosts[0], now),
        )
        self._objects[promised.path] = promised
        return promised


def _auth(mid: int, source: str, host: str, now: float) -> str:
    cdn, address = quote(f"//{host}", safe=""), quote(source, safe="")
    return (
        f"ak=1494471752&cdn={cdn}&os=upos&sign={secrets.token_hex(16)}&timestamp={now:.3f}"
        f"&uid={mid}&uip={address}&uport=40000&use_dqp=0"
    )
