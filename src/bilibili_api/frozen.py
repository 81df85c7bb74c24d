"""Classes of values: named fields that nobody changes, as `dataclass(frozen=True, slots=True)` makes them.

They cost a fraction of that when they are imported. Python 3.11 compiles six methods for each frozen
dataclass, which took longer than all else that `import bilibili_api.video_uploader` does with our own code.
Here five are the same for all classes, and the sixth, the constructor, sets field by field until so many
values are made that it pays to compile it: most classes of a program see few.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T]) -> type[_T]:
    """Make a class of values; `fields`, `replace` and `asdict` of `dataclasses` know it.

    What the class defines itself stays.
    """
    made = dataclass(slots=True, eq=False, repr=False, init=False)(cls)
    if "__init__" not in vars(cls):
        _construct_later(made)
    for name, method in _METHODS.items():
        if vars(cls).get(name) is None:  # Python sets __hash__ to None where a class defines __eq__
            setattr(made, name, method)
    return made


class _Factory:
    """Stands in a constructor for what is made anew for each value."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY: Final = _Factory()
OFTEN: Final = 16
"""Values of a class from which on its constructor is compiled, which takes a quarter of a millisecond."""
_Step: TypeAlias = "tuple[str, Callable[[object, object], None], bool, object, Any]"
"""Name of a field, what sets it, whether the constructor takes it, its default and what makes one."""


def _construct_later(made: type) -> None:
    """Put a constructor into a class that sets field by field, and compiles one when it is called often."""
    built = cache(lambda: _constructor(made))
    steps = cache(lambda: _steps(made))
    left = OFTEN

    def __init__(self: object, *args: object, **named: object) -> None:  # noqa: N807 - what it is
        nonlocal left
        left -= 1
        if left >= 0 and _set_fields(self, steps(), args, named):
            return
        if vars(made)["__init__"] is __init__:  # else somebody has put something before it
            made.__init__ = built()
        built()(self, *args, **named)

    vars(__init__)["is_later"] = True
    made.__init__ = __init__


def _steps(made: type) -> tuple[_Step, ...]:
    return tuple(
        (each.name, getattr(made, each.name).__set__, each.init, each.default, each.default_factory)
        for each in fields(made)
    )


def _set_fields(
    self: Any, steps: tuple[_Step, ...], args: tuple[object, ...], named: dict[str, object]
) -> bool:
    """Set what the constructor would set; False: it would not take these, and has to say why."""
    given, used = iter(args), 0
    for name, put, is_init, default, make in steps:
        value = next(given, MISSING) if is_init else MISSING
        if value is MISSING and is_init and name in named:
            value, used = named[name], used + 1
        if value is MISSING:
            value = make() if make is not MISSING else default
        if value is not MISSING:
            put(self, value)
        elif is_init:
            return False
    if used < len(named) or next(given, MISSING) is not MISSING:
        return False
    if hasattr(self, "__post_init__"):
        self.__post_init__()
    return True


def constructed(one: _T) -> _T:
    """Return a class with its constructor in place, for who looks at it instead of calling it."""
    if isinstance(one, type) and getattr(vars(one).get("__init__"), "is_later", False):
        one.__init__ = _constructor(one)
    return one


def _constructor(made: type) -> Callable[..., None]:
    """Return the constructor of a class of values: what `dataclass` would have compiled.

    Slots are set past `__setattr__`, which lets nobody set them again.
    """
    space: dict[str, Any] = {"_missing": _FACTORY}
    given, body = ["self"], list[str]()
    for each in fields(made):
        name = each.name
        space[f"_set_{name}"] = getattr(made, name).__set__
        space[f"_default_{name}"], space[f"_make_{name}"] = each.default, each.default_factory
        has_default, has_factory = each.default is not MISSING, each.default_factory is not MISSING
        if each.init:
            otherwise = f"=_default_{name}" if has_default else "=_missing" if has_factory else ""
            given.append(f"{name}{otherwise}")
            if has_factory:
                body.append(f"if {name} is _missing: {name} = _make_{name}()")
        elif has_default or has_factory:
            body.append(f"{name} = _default_{name}" if has_default else f"{name} = _make_{name}()")
        else:
            continue
        body.append(f"_set_{name}(self, {name})")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    lines = "\n    ".join(body or ["pass"])
    exec(f"def __init__({', '.join(given)}):\n    {lines}", space)  # noqa: S102 - as dataclasses do
    built = space["__init__"]
    built.__annotations__ = {each.name: each.type for each in fields(made) if each.init} | {"return": None}
    return built


def _compared(self: Any) -> tuple[object, ...]:
    return tuple([getattr(self, each.name) for each in fields(self) if each.compare])


def _eq(self: object, other: object) -> bool:
    return _compared(self) == _compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: object) -> int:
    return hash(_compared(self))


def _repr(self: Any) -> str:
    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _set_once(self: object, name: str, value: object) -> None:
    """Take what the constructor sets, and nothing after it."""
    if hasattr(self, name):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _keep(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: object) -> object:
    """Return what is pickled; the oldest protocols want a class with slots to say it itself."""
    return object.__getstate__(self)


_METHODS: Final[Mapping[str, Callable[..., object]]] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _set_once,
    "__delattr__": _keep,
    "__getstate__": _state,
}
