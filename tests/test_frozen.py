"""Values: what `frozen` makes does what a frozen dataclass does."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from bilibili_api import frozen as frozen_module
from bilibili_api.frozen import OFTEN, constructed, frozen

if TYPE_CHECKING:
    from collections.abc import Callable


@frozen
class Part:
    """A value with a secret, and with a field that does not count."""

    number: int
    key: str = field(default="", repr=False)
    seen: list[str] = field(default_factory=list[str], compare=False)


@frozen
class Same:
    """A value that says itself what is equal."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.name.casefold() == self.name.casefold()

    def __hash__(self) -> int:
        return hash(self.name.casefold())


def test_what_was_set_stays() -> None:
    """Fields can be neither set again nor deleted, and there are no others."""
    part = Part(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'number'"):
        part.number = 2  # pyright: ignore[reportAttributeAccessIssue] - the point of the test
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'number'"):
        del part.number  # pyright: ignore[reportAttributeAccessIssue] - the point of the test
    with pytest.raises(AttributeError, match="other"):
        part.other = 2  # pyright: ignore[reportAttributeAccessIssue] - the point of the test
    assert part == Part(1)


@pytest.mark.parametrize("before", [0, OFTEN])
def test_a_constructor_takes_what_that_of_a_dataclass_takes(before: int) -> None:
    """By place and by name, with defaults, and no other; also once it is compiled."""

    @frozen
    class Late:
        number: int
        where: str = "here"
        seen: list[str] = field(default_factory=list[str])
        twice: int = field(init=False)
        once: int = field(default=7, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "twice", 2 * self.number)

    @dataclass(frozen=True, slots=True)
    class Known:
        number: int
        where: str = "here"
        seen: list[str] = field(default_factory=list[str])
        twice: int = field(init=False)
        once: int = field(default=7, init=False)

    for number in range(before):
        Late(number)
    one, other = Late(3, seen=["x"]), Late(4, "there")
    assert (one.number, one.where, one.seen, one.twice, one.once) == (3, "here", ["x"], 6, 7)
    assert (other.where, other.seen, other.seen is Late(1).seen) == ("there", [], False)
    assert str(inspect.signature(constructed(Late))) == str(inspect.signature(Known))


@pytest.mark.parametrize("before", [0, OFTEN])
@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), ((1, "a", 4), {}), ((1,), {"twice": 3}), ((1,), {"odd": 1}), ((1,), {"number": 1})],
)
def test_a_constructor_refuses_what_that_of_a_dataclass_refuses(
    before: int, given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """Too little, too much, what is no field, what is set by the class itself, and one field twice."""

    @frozen
    class Late:
        number: int
        where: str = "here"
        twice: int = field(default=2, init=False)

    for number in range(before):
        Late(number)
    with pytest.raises(TypeError, match="__init__"):
        Late(*given, **named)


def test_only_what_is_made_often_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes as long as hundreds of values of a class."""

    @frozen
    class Late:
        number: int

    compiled = list[type]()
    real = frozen_module._constructor  # pyright: ignore[reportPrivateUsage] - what is counted

    def noted(made: type) -> Callable[..., None]:
        compiled.append(made)
        return real(made)

    monkeypatch.setattr(frozen_module, "_constructor", noted)
    few = [Late(number).number for number in range(OFTEN)]
    assert (few, compiled) == (list(range(OFTEN)), [])
    assert [Late(number).number for number in range(3)] == [0, 1, 2]
    assert compiled == [Late]


@pytest.mark.parametrize("before", [0, OFTEN - 1, OFTEN])
def test_who_puts_something_before_a_constructor_keeps_it(
    before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the class has made few values before or many."""

    @frozen
    class Late:
        number: int

    for value in range(before):
        Late(value)
    original, made = Late.__init__, list[int]()

    def noted(self: Late, number: int) -> None:
        made.append(number)
        original(self, number)

    monkeypatch.setattr(Late, "__init__", noted)
    assert [Late(1).number, Late(2).number, made] == [1, 2, [1, 2]]
    monkeypatch.undo()
    assert [Late(3).number, Late(4).number, made] == [3, 4, [1, 2]]


def test_values_are_equal_by_their_fields() -> None:
    """But for fields that do not count, and only within their class; equal ones are one in a set."""
    assert Part(1, "k", ["x"]) == Part(1, "k") != Part(1, "other")
    assert Part(1) != Same("1")
    assert len({Part(1, seen=["x"]), Part(1), Part(2)}) == 2


def test_what_a_class_says_itself_holds() -> None:
    """Its own equality is not replaced."""
    assert len({Same("A"), Same("a")}) == 1


def test_secrets_are_left_out_of_what_is_printed() -> None:
    """A field without `repr` is not shown."""
    assert repr(Part(1, "secret")) == "Part(number=1, seen=[])"


def test_copies_are_equal() -> None:
    """By `copy`, `pickle` and what `dataclasses` has."""
    part = Part(1, "k", ["x"])
    assert copy.deepcopy(part) == copy.copy(part) == replace(part) == part
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert asdict(pickle.loads(pickle.dumps(part, protocol))) == asdict(part)
    assert asdict(replace(part, number=2)) == {"number": 2, "key": "k", "seen": ["x"]}
