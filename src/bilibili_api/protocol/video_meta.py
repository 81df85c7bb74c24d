"""Metadata of a submission as a typed value: the whole table of section 6.2, with what each key means.

It accepts exactly what `check_meta` accepts, which stays the one judge. This module imports pydantic, which
takes longer than all the rest of this package; nothing imports it that does not want a `VideoMeta`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, model_validator
from pydantic import Field as Described
from typing_extensions import TypedDict  # pydantic refuses typing's before Python 3.12

from bilibili_api.exceptions import InvalidUpload

from .body import EXTRA, parts_of, todays
from .fields import FIELDS, FREE
from .interfaces import INTERFACES, Interface
from .json_values import Typed
from .meta import check_meta, final_meta

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
Flag = Literal[0, 1]


def _key(name: str) -> Any:
    """Describe a key as its row in the table does; one that is not given is None."""
    field = FIELDS[name]
    note = f"{field.note} {field.ask}" if field.ask else field.note
    return Described(default=None, description=note, max_length=field.limit)


def _member(name: str, inner: str) -> Any:
    """Describe a member of an object."""
    member = next(member for member in FIELDS[name].members if member.name == inner)
    return Described(description=member.note or None, max_length=member.limit)


class Subtitle(TypedDict):
    """Whether others may contribute subtitles."""

    lan: Annotated[str, _member("subtitle", "lan")]
    open: Annotated[Flag, _member("subtitle", "open")]


class RichText(TypedDict):
    """A piece of a description: text, or the mention of a user."""

    raw_text: Annotated[str, _member("desc_v2", "raw_text")]
    type: Annotated[Literal[1, 2], _member("desc_v2", "type")]
    biz_id: Annotated[str, _member("desc_v2", "biz_id")]


class TopicDetail(TypedDict):
    """Where a topic was chosen."""

    from_topic_id: Annotated[int, _member("topic_detail", "from_topic_id")]
    from_source: Annotated[str, _member("topic_detail", "from_source")]


class Watermark(TypedDict):
    """Watermark of the site."""

    state: Annotated[Flag, _member("watermark", "state")]


class CreationStatement(TypedDict):
    """The creator's statement."""

    id: Annotated[Literal[-1, 1, 2, 3, 4], _member("creation_statement", "id")]


class VideoMeta(Typed, BaseModel):
    """Metadata of a submission. What is not given is None and is not sent, or as every client sends it.

    Required are `title`, `tid`, `tag` and `copyright`, unless `extra` gives them. `extra` is sent untouched
    and overrides the rest. Whether `dtime` lies in its window is judged when the upload starts.

    Raises:
        InvalidUpload: With every problem at once.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        json_schema_extra={"required": [field.name for field in FREE if field.required]},
    )

    title: Annotated[str, _key("title")]
    copyright: Annotated[Literal[1, 2, 3], _key("copyright")]
    tid: Annotated[int, _key("tid")]
    tag: Annotated[str, _key("tag")]
    source: Annotated[str | None, _key("source")] = None
    desc: Annotated[str | None, _key("desc")] = None
    desc_format_id: Annotated[int | None, _key("desc_format_id")] = None
    dynamic: Annotated[str | None, _key("dynamic")] = None
    interactive: Annotated[Flag | None, _key("interactive")] = None
    dtime: Annotated[int | None, _key("dtime")] = None
    no_reprint: Annotated[Flag | None, _key("no_reprint")] = None
    open_elec: Annotated[Flag | None, _key("open_elec")] = None
    subtitles: Annotated[Subtitle | None, _key("subtitles")] = None
    up_close_danmaku: Annotated[bool | None, _key("up_close_danmaku")] = None
    up_close_reply: Annotated[bool | None, _key("up_close_reply")] = None
    mission_id: Annotated[int | None, _key("mission_id")] = None
    build: Annotated[int | None, _key("build")] = None
    human_type2: Annotated[int | None, _key("human_type2")] = None
    desc_v2: Annotated[list[RichText] | None, _key("desc_v2")] = None
    cover43: Annotated[str | None, _key("cover43")] = None
    charging_pay: Annotated[Flag | None, _key("charging_pay")] = None
    subtitle: Annotated[Subtitle | None, _key("subtitle")] = None
    open_subtitle: Annotated[bool | None, _key("open_subtitle")] = None
    up_close_danmu: Annotated[bool | None, _key("up_close_danmu")] = None
    up_selection_reply: Annotated[bool | None, _key("up_selection_reply")] = None
    topic_id: Annotated[int | None, _key("topic_id")] = None
    topic_detail: Annotated[TopicDetail | None, _key("topic_detail")] = None
    recreate: Annotated[Literal[-1, 1] | None, _key("recreate")] = None
    no_disturbance: Annotated[Flag | None, _key("no_disturbance")] = None
    act_reserve_create: Annotated[int | None, _key("act_reserve_create")] = None
    dolby: Annotated[Flag | None, _key("dolby")] = None
    lossless_music: Annotated[Flag | None, _key("lossless_music")] = None
    is_only_self: Annotated[Flag | None, _key("is_only_self")] = None
    space_hidden: Annotated[Literal[1, 2] | None, _key("space_hidden")] = None
    watermark: Annotated[Watermark | None, _key("watermark")] = None
    neutral_mark: Annotated[str | None, _key("neutral_mark")] = None
    creation_statement: Annotated[CreationStatement | None, _key("creation_statement")] = None
    is_360: Annotated[Literal[-1, 1] | None, _key("is_360")] = None
    porder: Annotated[dict[str, Any] | None, _key("porder")] = None
    adorder_type: Annotated[int | None, _key("adorder_type")] = None
    web_os: Annotated[int | None, _key("web_os")] = None
    extra: Annotated[
        dict[str, Any] | None, Described(description="Further keys; sent untouched, and override the others.")
    ] = None

    @model_validator(mode="wrap")
    @classmethod
    def _check(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Let `check_meta` judge, and hand on what it accepts: plain JSON, less what `extra` overrides."""
        if problems := check_meta(given, now=None, interfaces=tuple(INTERFACES)):
            raise InvalidUpload(problems)
        own, passed = parts_of(given, None)
        return handler({**own, EXTRA: passed} if passed else own)

    @classmethod
    def from_published(cls, meta: Mapping[str, object]) -> Self:
        """Make one from metadata under the names of 2021 (section 6.3).

        Raises:
            InvalidUpload: With every problem at once.
        """
        own, passed = parts_of(cls.model_validate(meta), None)
        return cls.model_validate({**todays(own), EXTRA: passed} if passed else todays(own))

    def given(self) -> dict[str, object]:
        """Return what was given, as a dict that is accepted wherever metadata is."""
        return self.model_dump(exclude_unset=True)

    def body(
        self,
        interface: Interface | str,
        videos: Sequence[Mapping[str, object]],
        cover: str,
        cover43: str = "",
    ) -> dict[str, object]:
        """Build what an interface is sent; the same as `final_meta`.

        Args:
            interface: Which one.
            videos: The parts in their order, each with `title`, `desc`, `filename`, and `cid` if it has one.
            cover: Address of the uploaded cover, `""` without one.
            cover43: Address of a second cover of 4:3, which only web v3 takes.

        Raises:
            ArgsException: There is no interface of such a name.
        """
        return final_meta(self, cover=cover, videos=videos, interface=interface, cover43=cover43)
