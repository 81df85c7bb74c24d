"""The master table of metadata fields (section 6.2) as data: one row per key.

What a rule needs besides type, limit and choices stands in `meta_rules.py`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from bilibili_api.frozen import frozen
from bilibili_api.saying import say


class Kind(Enum):
    """JSON type of a field."""

    TEXT = say("text")
    NUMBER = say("a whole number")
    SWITCH = say("True or False")
    OBJECT = say("a dict")
    LIST = say("a list")


class Column(Enum):
    """A column of the table: where a field has been seen."""

    CLIENT = "client"
    """The PC submission tool, as documented by the 2021 library."""
    APP = "app"
    """The app and Bcut for Android."""
    WEB = "web"
    """The web interfaces v1 and v3, and Bcut for PC."""


class Role(Enum):
    """Who gives a field its value."""

    FREE = "free"
    """The caller."""
    RESERVED = "reserved"
    """This library, from pages and cover."""
    SESSION = "session"
    """This library, from the login."""
    EDIT = "edit"
    """Only the edit of an archive that exists has it."""
    HARMFUL = "harmful"
    """Nobody: its presence makes the server refuse the submission."""


@frozen
class Field:
    """One row of the table.

    Attributes:
        name: The key; members of a list's entries are written `videos[].title`.
        kind: Its JSON type.
        columns: Where it has been seen.
        role: Who gives it its value.
        required: Whether a submission must have it, and not blank.
        nullable: Whether None is the same as leaving it out.
        limit: The most Unicode code points of a text (section 6.4); None without a known limit.
        choices: The values that are known; empty when any value of the type will do.
        members: The members of an object, or of each object in a list, all of which it must have; empty when
            anything will do.
        v3_only: Whether it is web v3 alone that has been seen with it in the column of the web.
        ask: What to give, as a sentence; "" where kind and choices say it all.
        note: What it means.
        grade: How well it is known: A several sources, B one, C reports only, X contradictory.
        section: Where in the protocol document it stands.
    """

    name: str
    kind: Kind
    columns: frozenset[Column]
    role: Role = Role.FREE
    required: bool = False
    nullable: bool = False
    limit: int | None = None
    choices: tuple[int, ...] = ()
    members: tuple[Field, ...] = ()
    v3_only: bool = False
    ask: str = ""
    note: str = ""
    grade: str = "A"
    section: str = "6.2"


PART_TITLE_LIMIT: Final = 80
"""The most code points of a part's title (21104 if longer)."""

PARTS_LIMIT: Final = 100
"""The most parts of one submission (21058 if more; section 6.4)."""

PC_DESC_LIMIT: Final = 250
"""The most code points of `desc` through the PC interface (section 6.2, row `desc`)."""

TAGS_LIMIT: Final = 10
"""The most tags: what the site and its documents say. The server's own message speaks of 12 (section 6.4)."""

TAG_LIMIT: Final = 20
"""The most code points of one tag (21005 if longer)."""

_CLIENT, _APP, _WEB = Column.CLIENT, Column.APP, Column.WEB
_ALL = frozenset(Column)
_NEWER = frozenset((_APP, _WEB))
_ON_WEB = frozenset((_WEB,))
_ON_APP = frozenset((_APP,))
_ON_CLIENT = frozenset((_CLIENT,))
_NOWHERE: frozenset[Column] = frozenset()

_TEXT, _NUMBER, _SWITCH, _OBJECT, _LIST = Kind
_FLAG = (0, 1)

_SUBTITLE = (
    Field("lan", _TEXT, _ALL, note="Language of contributed subtitles; empty when in doubt.", grade="X"),
    Field("open", _NUMBER, _ALL, choices=_FLAG, note="1 = others may contribute subtitles.", grade="X"),
)
_MENTIONING_TEXT = (
    Field("raw_text", _TEXT, _NEWER, note="The text, or the name of the user who is mentioned."),
    Field("type", _NUMBER, _NEWER, choices=(1, 2), note="1 text, 2 mention."),
    Field("biz_id", _TEXT, _NEWER, note="Empty for text, the user's id as text for a mention."),
)
_BY_THE_LIBRARY: Final = (
    Field("videos", _LIST, _ALL, Role.RESERVED, note="The parts, in their order."),
    Field("videos[].filename", _TEXT, _ALL, Role.RESERVED, note="The server's name of the stored file."),
    Field("videos[].title", _TEXT, _ALL, Role.RESERVED, limit=PART_TITLE_LIMIT, note="Title of the part."),
    Field("videos[].desc", _TEXT, _ALL, Role.RESERVED, note="Description of the part, shown nowhere."),
    Field("videos[].cid", _NUMBER, _ON_WEB, Role.RESERVED, note="The number preupload gave the part."),
    Field("cover", _TEXT, _ALL, Role.RESERVED, note="Address of the uploaded cover (section 5)."),
    Field("csrf", _TEXT, _ON_WEB, Role.SESSION, note="Repeats the token of the query."),
    Field("aid", _NUMBER, _ALL, Role.EDIT, note="Number of the archive."),
    Field("bvid", _TEXT, _ALL, Role.EDIT, note="Number of the archive in its other form."),
    Field("new_web_edit", _NUMBER, _ON_WEB, Role.EDIT, grade="B"),
    Field("handle_staff", _SWITCH, _ON_WEB, Role.EDIT, grade="B"),
    Field("topic_grey", _NUMBER, _ON_WEB, Role.EDIT, grade="B"),
    Field("origin_state", _NUMBER, _ON_WEB, Role.EDIT, grade="B"),
    Field("limited_free", _NUMBER, _NOWHERE, Role.HARMFUL, note="Provoked 21001.", grade="C"),
)

_PUBLISHED: Final = (
    Field(
        "title",
        _TEXT,
        _ALL,
        required=True,
        limit=80,
        note="21103 if longer.",
        ask=say("Give a title of 1 to 80 characters."),
    ),
    Field(
        "copyright",
        _NUMBER,
        _ALL,
        required=True,
        choices=(1, 2, 3),
        note="3 (nothing to declare): web v3 only.",
        ask=say("Give 1 for your own work, or 2 for a repost, which also needs 'source'."),
    ),
    Field("source", _TEXT, _ALL, limit=200, note="Origin of a repost (21021 without); empty for own work."),
    Field(
        "tid",
        _NUMBER,
        _ALL,
        required=True,
        note="A leaf partition (21002 otherwise).",
        section="6.2, 7.8",
        ask=say(
            "Give the number of a leaf partition, for example 21 (日常); bilibili_api.channel lists all."
        ),
    ),
    Field(
        "tag",
        _TEXT,
        _ALL,
        required=True,
        note="Tags joined by commas (21005).",
        ask=say("Give at least one tag, as text; several are joined by ',': '标签1,标签2,标签3'."),
    ),
    Field(
        "desc",
        _TEXT,
        _ALL,
        limit=2000,
        note="21052 if longer; `PC_DESC_LIMIT` on the client.",
        section="6.2, 6.4",
    ),
    Field("desc_format_id", _NUMBER, _ALL, note="Description template; 0, on web v3 also 9999."),
    Field("dynamic", _TEXT, _ALL, limit=233, note="Text of the post in the feed."),
    Field("interactive", _NUMBER, _ALL, choices=_FLAG, note="Interactive video; leave it 0."),
    Field(
        "dtime",
        _NUMBER,
        _ALL,
        nullable=True,
        note="When to publish, Unix seconds.",
        grade="X",
        ask=say(
            "Give Unix seconds as a whole number, more than 2 hours and at most 15 days from now; "
            "leave 'dtime' out to publish at once."
        ),
    ),
    Field("no_reprint", _NUMBER, _ALL, choices=_FLAG, note="1 = show that reposting needs permission."),
    Field("open_elec", _NUMBER, _ALL, choices=_FLAG, note="1 = show the charging panel.", grade="B"),
    Field(
        "subtitles", _OBJECT, _ON_CLIENT, members=_SUBTITLE, note="The 2021 name of `subtitle`.", grade="X"
    ),
    Field("up_close_danmaku", _SWITCH, _ON_CLIENT, note="The 2021 name of `up_close_danmu`.", grade="X"),
    Field("up_close_reply", _SWITCH, _ALL, note="True = comments are off."),
    Field("mission_id", _NUMBER, _ALL, note="An activity; only together with a topic."),
    Field("build", _NUMBER, _ON_CLIENT, note="Build of the PC tool; may be left out."),
)

_LATER: Final = (
    Field(
        "human_type2",
        _NUMBER,
        _NEWER,
        v3_only=True,
        note="A new partition.",
        grade="B",
        section="6.2, 7.9",
    ),
    Field("desc_v2", _LIST, _NEWER, members=_MENTIONING_TEXT, note="Description with mentions."),
    Field("cover43", _TEXT, _ON_WEB, v3_only=True, note="Address of a 4:3 cover, or empty.", grade="C"),
    Field("charging_pay", _NUMBER, _ON_APP, choices=_FLAG, note="1 = paid video.", grade="B"),
    Field("subtitle", _OBJECT, _NEWER, members=_SUBTITLE, note="Contributed subtitles."),
    Field("open_subtitle", _SWITCH, _ON_APP, note="Harmless leftover of one client.", grade="B"),
    Field("up_close_danmu", _SWITCH, _NEWER, note="True = bullet comments are off."),
    Field("up_selection_reply", _SWITCH, _NEWER, note="True = comments are curated."),
    Field("topic_id", _NUMBER, _NEWER, note="A topic (section 7.5)."),
    Field(
        "topic_detail",
        _OBJECT,
        _ON_WEB,
        note="Sent together with topic_id.",
        members=(Field("from_topic_id", _NUMBER, _ON_WEB), Field("from_source", _TEXT, _ON_WEB)),
    ),
    Field("recreate", _NUMBER, _NEWER, choices=(-1, 1), note="1 = others may build on it.", grade="X"),
    Field("no_disturbance", _NUMBER, _ON_WEB, choices=_FLAG, note="1 = no post in the feed.", grade="X"),
    Field("act_reserve_create", _NUMBER, _ON_WEB, note="Constant 0."),
    Field("dolby", _NUMBER, _NEWER, choices=_FLAG, note="1 = Dolby audio."),
    Field("lossless_music", _NUMBER, _NEWER, choices=_FLAG, note="1 = Hi-Res audio."),
    Field("is_only_self", _NUMBER, _NEWER, nullable=True, choices=_FLAG, note="1 = only you see it."),
    Field(
        "space_hidden", _NUMBER, _ON_WEB, choices=(1, 2), note="1 hidden in your space, 2 shown.", grade="B"
    ),
    Field(
        "watermark",
        _OBJECT,
        _ON_WEB,
        note="Watermark of the site.",
        members=(Field("state", _NUMBER, _ON_WEB, choices=_FLAG),),
    ),
    Field("neutral_mark", _TEXT, _NEWER, note="Creator's statement, old form: one of the site's texts."),
    Field(
        "creation_statement",
        _OBJECT,
        _ON_WEB,
        v3_only=True,
        note="Creator's statement; copyright 3 needs one.",
        ask=say(
            "Give {{'id': n}}: -1 none needed, 1 AI content, 2 fiction, 3 marketing, 4 personal opinion."
        ),
        grade="C",
        members=(Field("id", _NUMBER, _ON_WEB, choices=(-1, 1, 2, 3, 4)),),
    ),
    Field("is_360", _NUMBER, _ON_WEB, choices=(-1, 1), note="1 = panorama.", grade="B"),
    Field("porder", _OBJECT, _ON_WEB, note="Commercial declaration; types of its members unsure.", grade="B"),
    Field("adorder_type", _NUMBER, _ON_WEB, note="Unknown constant, 9.", grade="B"),
    Field("web_os", _NUMBER, _ON_WEB, note="Which web page submits."),
)

FIELDS: Final = {field.name: field for field in (*_BY_THE_LIBRARY, *_PUBLISHED, *_LATER)}
"""Every key of the table by its name."""

RESERVED: Final = frozenset(f.name for f in FIELDS.values() if f.role is Role.RESERVED and "[" not in f.name)
"""The keys that only this library writes: `videos` and `cover`."""

FREE: Final = tuple(field for field in FIELDS.values() if field.role is Role.FREE)
"""The keys that the caller may give, required ones included."""

TODAY: Final = {"subtitles": "subtitle", "up_close_danmaku": "up_close_danmu"}
"""Names the 2021 reference gives, and what every other client calls the same (section 6.3)."""
