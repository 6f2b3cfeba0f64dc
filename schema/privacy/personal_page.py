"""The page docs/personal-data.md: who may see what, printed from the policy, the purposes and the graph. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from engine.facts import FACTS, FieldFacts
from models.complaints import Complaint, Publication
from models.policy import purposes
from models.policy.decisions import EXCEPTIONS, POSITIONS_CHOSEN, RULES, Rule, positions_told
from models.policy.positions_told import POSITION
from models.policy.purposes import GROUNDS
from models.policy.viewer import ANONYMOUS, Purpose, Role
from models.records import PersonalClass, Record
from models.values import position_accuracy
from schema.core.entity import ENTITIES
from schema.privacy.personal import seen_by

_HEAD = """# Personal data: every field, its class, and who may see it

Printed from `models/policy/decisions.py`, `models/policy/purposes.py` and the graph by
`./simpul schema print --write`, and held to them by `schema check`. How it is meant: [policy.md](policy.md).
"""

_CELLS = {
    Rule.ALLOW: "allow",
    Rule.OPEN_ELSE_NULL: "allow in open rows, else nothing",
    Rule.OPEN_ELSE_MASK: "allow in open rows, else mask",
    Rule.MASK_ELSE_NULL: "mask in open rows until unlocked, else nothing",
    Rule.DENY: "deny",
}


def personal_page() -> str:
    """The whole page in Markdown."""
    parts = (_HEAD, _truth_table(), _exceptions(), _positions(), _purposes(), _personal_fields(), _review_list())
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _truth_table() -> str:
    classes = tuple(PersonalClass)
    rows = (
        (role.value, f"`{purpose.value}`" if purpose is not None else "none", *_cells(role, purpose, classes))
        for role, purpose in RULES
    )
    head = ("role", "purpose", *(f"`{kind.value}`" for kind in classes))
    return "## The table: role x purpose x class\n\n" + _table(head, rows)


def _cells(role: Role, purpose: Purpose | None, classes: Sequence[PersonalClass]) -> Iterator[str]:
    """The cells of a line; without a purpose, no row is open to an officer."""
    closed = (
        {Rule.OPEN_ELSE_NULL: "deny", Rule.OPEN_ELSE_MASK: "mask"} if role is Role.OFFICER and purpose is None else {}
    )
    for kind in classes:
        rule = RULES[role, purpose][kind]
        yield closed.get(rule, _CELLS[rule])


def _exceptions() -> str:
    rows = (
        (f"`{record}.{to_camel_case(name)}`", role.value, _CELLS[rule])
        for (record, name), by_role in EXCEPTIONS.items()
        for role, rule in by_role.items()
    )
    return "## Exceptions\n\n" + _table(("field", "role", "rule instead of that of its class"), rows)


def _positions() -> str:
    """How accurately everybody is told the positions of complaints, by the default of cities."""
    told = positions_told(ANONYMOUS, Complaint, position_accuracy.BY_DEFAULT)
    accuracies = dict(told.accuracies) if told is not None else {}
    rows = (
        (
            f"`{publication.value}`",
            accuracies[publication].label.en if publication in accuracies else "the row is not shown",
            "exact",
        )
        for publication in Publication
    )
    records = ", ".join(f"`{name}.{POSITION}`" for name in sorted(POSITIONS_CHOSEN))
    head = ("publication", "everybody", "the department that handles it, and who wrote it")
    return (
        f"## Where complaints are\n\nHow exactly {records} are told, unless the city has chosen otherwise"
        f" (`complaint_positions` of its `City`):\n\n{_table(head, rows)}"
    )


def _purposes() -> str:
    rows = (
        (
            f"`{purpose.value}`",
            ground.about.en,
            ground.law,
            ", ".join(role.value for role in Role if purposes.may_state(role, purpose)),
            ", ".join(f"`{name}`" for name in sorted(ground.opens)) if ground.opens is not None else "every record",
            "yes" if ground.unlocks else "no",
        )
        for purpose, ground in GROUNDS.items()
    )
    head = ("purpose", "what for", "ground", "stated by", "opens", "unlocks reporters")
    unlocked = ", ".join(
        f"`{to_camel_case(name)}`" for name in sorted(set().union(*(record.unlocked for record in _records())))
    )
    return f"## Purposes\n\n{_table(head, rows)}\nOf a reporter who was unlocked: {unlocked}.\n"


def _records() -> list[type[Record]]:
    return sorted({entity.record for entity in ENTITIES.values()}, key=lambda record: record.name)


def _shown(record: type[Record]) -> dict[str, str]:
    """Where the graph shows the fields of a record: `Type.field` by field, the plainest first."""
    found: dict[str, str] = {}
    for name, entity in ENTITIES.items():
        if entity.record is not record:
            continue
        for field in get_object_definition(entity, strict=True).fields:
            facts = field.metadata.get(FACTS)
            for shown in facts.shown if isinstance(facts, FieldFacts) else ():
                if shown not in found or field.python_name == shown:
                    found[shown] = f"`{name}.{to_camel_case(field.python_name)}`"
    return found


def _personal_fields() -> str:
    rows = (
        (
            f"`{record.name}.{to_camel_case(name)}`",
            field.description,
            f"`{field.personal.value}`",
            _shown(record).get(name, "not in the graph"),
            seen_by(record, name).removeprefix(" Seen by ").removesuffix("."),
            "only where they are open" if record.only_open else "",
        )
        for record in _records()
        for name, field in record.fields.items()
        if field.personal is not PersonalClass.NON_PERSONAL
    )
    head = ("field", "what it is", "class", "in the graph", "seen by", "rows")
    return "## Every personal field\n\n" + _table(head, rows)


def _review_list() -> str:
    rows = (
        (f"`{record.name}`", ", ".join(f"`{to_camel_case(name)}`" for name in _public(record))) for record in _records()
    )
    about = "To be read by the data protection officer: is none of them about a person?\n\n"
    return "## Every other field\n\n" + about + _table(("record", "fields that are not personal"), rows)


def _public(record: type[Record]) -> Iterator[str]:
    return (name for name, field in record.fields.items() if field.personal is PersonalClass.NON_PERSONAL)
