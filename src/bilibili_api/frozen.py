"""Classes of values: named fields that nobody changes, as `dataclass(frozen=True, slots=True)` makes them.

They cost a third of that when they are imported. Python 3.11 compiles six methods for each frozen dataclass,
which took longer than all else that `import bilibili_api.video_uploader` does with our own code. Here one is
compiled for each class, its constructor; the others are the same for all.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T]) -> type[_T]:
    """Make a class of values; `fields`, `replace` and `asdict` of `dataclasses` know it.

    What the class defines itself stays.
    """
    made = dataclass(slots=True, eq=False, repr=False)(cls)
    for name, method in _METHODS.items():
        if vars(cls).get(name) is None:  # Python sets __hash__ to None where a class defines __eq__
            setattr(made, name, method)
    return made


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
