"""Arguments of a field, coerced and converted once for each form of its variables, and bound to their values.

The form of variables says which are given, and which of these are null. A Slot stands for the value of each other one.
Whoever looks at a Slot raises SlotTouched: then the arguments are worked out for every request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NoReturn, TypeVar

from graphql import Undefined
from graphql.execution.values import VariableValues

T = TypeVar("T")

FORMS_MAX: Final = 4
"""How many forms of its variables a field is prepared for; others are worked out for every request."""

Form = tuple[object, ...]
Bind = Callable[[Mapping[str, Any]], Any]
"""From the values of variables to a value that holds them."""


class SlotTouched(Exception):
    """The value of a variable would decide."""


class Slot:
    """The place of a variable. It can be passed on, and compared with None by identity; nothing else."""

    __slots__ = ("variable",)

    def __init__(self, variable: str) -> None:
        object.__setattr__(self, "variable", variable)

    def _touched(self, *_: object) -> NoReturn:
        raise SlotTouched

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __hash__ = _touched
    __len__ = __iter__ = __contains__ = __getitem__ = __str__ = __repr__ = __format__ = _touched
    __int__ = __index__ = __float__ = __getattr__ = __setattr__ = _touched
    __class__ = property(_touched)


class Template:
    """A value with Slots, and how it is bound to the values of variables."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.slots = _slots(value)
        self._bind = _binder(value)

    def bound(self, variables: VariableValues) -> dict[str, Any]:
        """The value in a new dictionary; what holds no Slot is shared."""
        return self._bind(variables.coerced) if self._bind is not None else dict(self.value)


class ArgumentForm:
    """The arguments for one form of the variables: as graphql-core coerces them, and as Strawberry converts them."""

    def __init__(self, coerced: dict[str, Any]) -> None:
        self.coerced = Template(coerced)
        self._converted: Template | None = None
        self._is_converted = False
        self._kept: dict[Callable[..., Any], Any] = {}

    def converted(self, convert: Callable[[dict[str, Any]], dict[str, Any]]) -> Template | None:
        """None if converting looks at a value, or hides one."""
        if not self._is_converted:
            made = attempted(lambda: Template(convert(self.coerced.value)))
            self._converted = made if made is not None and made.slots == self.coerced.slots else None
            self._is_converted = True
        return self._converted

    def told(self, function: Callable[..., int], selection: object, variables: VariableValues) -> int:
        """What a function of the coerced arguments and a selection returns; called once if it looks at no value."""
        if function not in self._kept:
            self._kept[function] = attempted(lambda: function(self.coerced.value, selection))
        kept: int | None = self._kept[function]
        return function(self.coerced.bound(variables), selection) if kept is None else kept


def attempted(make: Callable[[], T]) -> T | None:
    """What can be made of Slots; None if it cannot. Whoever works with the values reports what is wrong with them."""
    try:
        return make()
    except Exception:  # noqa: BLE001  # libraries wrap SlotTouched
        return None


def form_of(names: Iterable[str], variables: VariableValues) -> Form:
    """The form of these variables: each as null, as not given, or as any value."""
    coerced = variables.coerced
    return tuple([None if (value := coerced.get(name, Undefined)) is None else value is Undefined for name in names])


def in_slots(names: Iterable[str], variables: VariableValues) -> VariableValues:
    """The variables with Slots in place of values."""
    slots = {name: Slot(name) for name in names if variables.coerced.get(name) is not None}
    return variables._replace(coerced={**variables.coerced, **slots})


def _parts(value: object) -> Mapping[Any, Any]:
    """What may hold Slots: the values of a dictionary, the items of a list, the attributes of an input object."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return dict(enumerate(value))
    return getattr(value, "__dict__", {}) if hasattr(type(value), "__strawberry_definition__") else {}


def _slots(value: object) -> int:
    return 1 if type(value) is Slot else sum(map(_slots, _parts(value).values()))


def _binder(value: object) -> Bind | None:
    """Makes the value with what its Slots stand for; None if it has none."""
    if type(value) is Slot:
        variable = object.__getattribute__(value, "variable")
        return lambda values: values[variable]
    found = {key: bind for key, part in _parts(value).items() if (bind := _binder(part)) is not None}
    if not found:
        return None
    if isinstance(value, dict):
        return lambda values: {**value, **{key: bind(values) for key, bind in found.items()}}
    if isinstance(value, list):
        return lambda values: [found[at](values) if at in found else part for at, part in enumerate(value)]
    kind, attributes = type(value), vars(value)

    def copied(values: Mapping[str, Any]) -> object:
        made = object.__new__(kind)
        made.__dict__ = {**attributes, **{key: bind(values) for key, bind in found.items()}}
        return made

    return copied
