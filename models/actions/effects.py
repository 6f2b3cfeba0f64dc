"""Effect: what an action changes of one row of a record, in clean values, and as the text that is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from models.changes import ChangeKind, NoticedChange
from models.records import Record
from models.values.types import Position
from models.values.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Effect:
    """A new row of a record, or other values of the row with this key; without values, that it must still be there.

    `values` are clean and named as the fields of the record. `expects` names fields that must still have one of these
    values when the effect is delivered: if not, the department's system has gone on, and the action is refused.
    `repr` shows no values: some are personal.
    """

    record: str
    values: Mapping[str, object] = field(repr=False)
    key: str | None = None
    expects: Mapping[str, tuple[object, ...]] = field(default_factory=dict, repr=False)

    @property
    def is_new(self) -> bool:
        return self.key is None


def noticed_of(effects: Sequence[Effect], first_key: str | None) -> list[NoticedChange]:
    """The changes that effects are once they are delivered. `first_key`: of the first row, if it was not known."""
    return [
        NoticedChange(
            effect.record,
            effect.key if effect.key is not None else (first_key if number == 0 else None),
            ChangeKind.NEW if effect.is_new else ChangeKind.CHANGED,
        )
        for number, effect in enumerate(effects)
    ]


_WRITTEN: Final = (str, bool, int, float)


def text_of(effects: Sequence[Effect]) -> str:
    """The effects as one JSON text, the same for the same effects. Raises TypeError for a value that has no text."""
    return _json(
        [
            {
                "record": effect.record,
                "key": effect.key,
                "values": _plain(effect.values),
                "expects": {name: list(map(_written, values)) for name, values in effect.expects.items()},
            }
            for effect in effects
        ]
    )


def shown(value: object) -> str | None:
    """A value as a person is shown it before it is sent; None for no value."""
    written = _written(value)
    return written if written is None or isinstance(written, str) else _json(written)


def canonical(given: Mapping[str, object]) -> str:
    """The inputs of an action as one JSON text, whatever the order and the spelling in which they were given."""
    return _json(_plain(given))


def effects_of(text: str, records: Mapping[str, type[Record]]) -> tuple[Effect, ...]:
    """The effects of such a text. Raises KeyError for a record or field that the hub does not know any more."""
    return tuple(_effect(one, records[one["record"]]) for one in json.loads(text))


def _effect(kept: dict[str, Any], record: type[Record]) -> Effect:
    def read(name: str, value: object) -> object:
        return _read(record.fields[name].clean_type, value)

    values = {name: read(name, value) for name, value in kept["values"].items()}
    expects = {name: tuple(read(name, one) for one in some) for name, some in kept["expects"].items()}
    return Effect(kept["record"], values, kept["key"], expects)


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _written(value) for name, value in values.items()}


def _written(value: object) -> object:
    if isinstance(value, Vocabulary):
        return value.value
    if isinstance(value, Position):
        return [value.latitude, value.longitude]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_written(one) for one in value]
    if value is None or isinstance(value, _WRITTEN):
        return value
    raise TypeError(f"an effect cannot be kept that has a {type(value).__name__}")


def _read(clean_type: Any, value: Any) -> object:
    if value is None:
        return None
    if issubclass(clean_type, Position):
        return Position(*value)
    if issubclass(clean_type, datetime | date):
        return clean_type.fromisoformat(value)
    return clean_type(value)
