"""What the upload form knows before anything is uploaded (protocol document, sections 6.4, 7.5, 7.9)."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.frozen import frozen

from .browser import FORM, logged_in
from .codes import Step
from .members import data_of, number_in, objects_in, text_in
from .pc import MEMBER
from .wire import Envelope, JsonObject, Request, Response, member_int, member_str, open_envelope, serialise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .cookies import Cookies

_ARCHIVE: Final = f"{MEMBER}/x/vupre/web/archive"


@frozen
class UploadForm:
    """What the account may submit.

    Attributes:
        zones: Names of the partitions that are offered, by number, main ones included.
        part_limits: Most parts of an archive, by partition, for those that have a limit.
        answer: The whole answer.
        notices: What Bilibili has to say about a partition, by its number.
        neutral_marks: Texts that `neutral_mark` may have.
        industries: Names of the industries for which advertising can be declared.
    """

    zones: Mapping[int, str]
    part_limits: Mapping[int, int]
    answer: JsonObject = field(repr=False)
    notices: Mapping[int, str] = field(default_factory=dict[int, str])
    neutral_marks: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()


@frozen
class HumanType:
    """A new partition.

    Attributes:
        number: Goes into `human_type2` of the metadata.
        name: Its name.
    """

    number: int
    name: str


@frozen
class Prediction:
    """A partition in which the server would put a video.

    Attributes:
        tid: Number of the partition.
        parent: Number of its main partition; 0 if the answer does not tell.
        human_type: Number of the new partition; 0 if the answer does not tell.
    """

    tid: int
    parent: int = 0
    human_type: int = 0


def form_request(cookies: Cookies) -> Request:
    """Build the request for what the account may submit (section 7.5).

    Args:
        cookies: Of the account.
    """
    return Request(Step.FORM, "GET", f"{_ARCHIVE}/pre?lang=cn", logged_in(cookies))


def parse_form(response: Response) -> UploadForm:
    """Read the answer to `form_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = data_of(response, Step.FORM)
    zones = tuple(_tree(objects_in(data.get("typelist"), "typelist", Step.FORM)))
    by_tid = {tid: zone for zone in zones if (tid := number_in(zone, "id")) > 0}
    limits = {tid: number_in(zone, "max_video_count") for tid, zone in by_tid.items()}
    return UploadForm(
        MappingProxyType({tid: text_in(zone, "name") for tid, zone in by_tid.items()}),
        MappingProxyType({tid: limit for tid, limit in limits.items() if limit > 0}),
        data,
        MappingProxyType({tid: said for tid, zone in by_tid.items() if (said := text_in(zone, "notice"))}),
        tuple(_texts(data, "neutral")),
        tuple(_texts(data, "industr")),
    )


def _texts(data: JsonObject, part: str) -> Iterator[str]:
    """Return the texts, or names, in lists whose name has this part; no whole name is documented."""
    for name, value in data.items():
        for one in cast("list[object]", value) if part in name and isinstance(value, list) else ():
            text = text_in(cast("JsonObject", one), "name") if isinstance(one, dict) else one
            if isinstance(text, str) and text:
                yield text


def _tree(zones: tuple[JsonObject, ...]) -> Iterator[JsonObject]:
    """Walk a tree of partitions, whatever name its branches have; the answer's depth is bounded."""
    for zone in zones:
        yield zone
        for member in zone.values():
            if isinstance(member, list):
                inner = cast("list[object]", member)
                yield from _tree(tuple(cast("JsonObject", one) for one in inner if isinstance(one, dict)))


def human_types_request(cookies: Cookies) -> Request:
    """Build the request for the new partitions (section 7.5).

    Args:
        cookies: Of the account.
    """
    return Request(Step.FORM, "GET", f"{_ARCHIVE}/human/type2/list", logged_in(cookies))


def parse_human_types(response: Response) -> tuple[HumanType, ...]:
    """Read the answer to `human_types_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    types = objects_in(data_of(response, Step.FORM).get("type_list"), "type_list", Step.FORM)
    return tuple(
        HumanType(member_int(one, "id", Step.FORM), member_str(one, "name", Step.FORM)) for one in types
    )


def predict_request(cookies: Cookies, *, filename: str, title: str, upload_id: str = "") -> Request:
    """Build the request for the partition the server would choose (section 7.5).

    Args:
        cookies: Of the account.
        filename: The server's name of the stored file; may be empty.
        title: Title of the video.
        upload_id: Number of the multipart upload.
    """
    form = serialise({"filename": filename, "title": title, "upload_id": upload_id})
    url = f"{_ARCHIVE}/types/predict?{serialise({'csrf': cookies.csrf})}"
    return Request(Step.FORM, "POST", url, {**logged_in(cookies), **FORM}, form.encode())


def parse_prediction(response: Response) -> tuple[Prediction, ...]:
    """Return what the server would choose, best first (section 7.5).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    answer = open_envelope(response, Step.FORM, Envelope.CODE)
    return tuple(_prediction(one) for one in objects_in(answer.get("data"), "data", Step.FORM))


def _prediction(one: JsonObject) -> Prediction:
    human = one.get("human_type")
    number = number_in(cast("JsonObject", human), "id") if isinstance(human, dict) else 0
    return Prediction(member_int(one, "id", Step.FORM), number_in(one, "parent"), number)


def desc_format_request(cookies: Cookies, *, tid: int, is_repost: bool) -> Request:
    """Build the request for the description template of a partition (section 7.5).

    Args:
        cookies: Of the account.
        tid: Number of the partition.
        is_repost: Whether the video is somebody else's work (copyright 2).
    """
    query = serialise({"typeid": str(tid), "copyright": "2" if is_repost else "1"})
    return Request(Step.FORM, "GET", f"{_ARCHIVE}/desc/format?{query}", logged_in(cookies))


def parse_desc_format(response: Response) -> int | None:
    """Return the number of the template; None: there is none, and a description has at most 250 characters.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    if open_envelope(response, Step.FORM, Envelope.CODE).get("data") is None:
        return None
    return member_int(data_of(response, Step.FORM), "id", Step.FORM)
