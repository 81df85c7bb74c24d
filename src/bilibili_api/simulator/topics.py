"""The topics and missions that exist in the simulator (protocol document, section 7.5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic.

    Attributes:
        mission: the activity behind it; None for a topic without one.
        tids: the partitions it is for; empty for all.
    """

    id: int
    name: str
    mission: int | None
    tids: tuple[int, ...] = ()
    activity: str = ""


TOPICS = (
    Topic(10001, "Simulated daily life", 20001, (21, 138, 250), "Simulated activity for daily life"),
    Topic(10002, "Simulated games", 20002, (17, 171, 172), "Simulated activity for games"),
    Topic(10003, "Simulated everything", 20003, (), "Simulated activity for everybody"),
    Topic(10004, "Simulated small talk", None),
)


def topic_of(number: int) -> Topic | None:
    """Return the topic of this number, or None."""
    return next((topic for topic in TOPICS if topic.id == number), None)


def topics_for(tid: int) -> list[Topic]:
    """Return the topics of a partition; 0 stands for all."""
    return [topic for topic in TOPICS if tid == 0 or not topic.tids or tid in topic.tids]
