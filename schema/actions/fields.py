"""Actions in the graph: a mutation, its input and its payload, generated from the contract of the action."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry import Info
from strawberry.utils.str_converters import to_camel_case

from engine.facts import BatchCall, Children, Lists, Parents, Resolved
from models.actions.action import Action, Input
from models.actions.effects import Effect, shown
from models.actions.problems import ProblemCode
from models.actions.receipts import KEY_CHARS_MAX, KEY_CHARS_MIN, KEY_KEPT, Receipt, ReceiptState, RefusalReason
from models.batch import Batch
from models.errors import BadInput, NotConnected, NotFound, RateLimited
from models.records import KEY
from models.values.types import PersonId, Position
from models.values.vocabulary import Vocabulary
from resolvers.acting import Acting, Asked, Outcome
from resolvers.relations import by_key
from schema.core.context import Context, context_of
from schema.core.entity import ENTITIES, Entity
from schema.core.facts import columns_of
from schema.core.fields import found_one
from schema.core.inputs import input_of, value_in
from schema.core.lanes import Arguments, field_of
from schema.core.made_types import made_type
from schema.core.own_lists import batch_here, own_list, under_own_entry
from schema.core.places import PositionInput, position_of
from schema.core.relay import Columns, global_id_of
from schema.core.vocabularies import words
from schema.departments import Department, department_named
from store.broker import TooManyListeners
from store.outbox.outbox import RECEIPTS

for _vocabulary in (ProblemCode, ReceiptState, RefusalReason):
    words(_vocabulary)


def acting_of(context: Context) -> Acting:
    """What takes actions. Raises NotConnected in a hub that takes none."""
    if context.services.acting is None:
        raise NotConnected("not_connected", subject="actions")
    return context.services.acting


# --- What an action answers -------------------------------------------------------------------------------------------


@strawberry.type(name="UserError", description="Why an action was not accepted: something the person can mend.")
class UserErrorType:
    code: ProblemCode = strawberry.field(description="What is wrong.")
    field: str | None = strawberry.field(description="The input that it is about; null for the action as a whole.")
    message: str = strawberry.field(description="What is wrong, in the language of the request.")


@strawberry.type(
    name="Receipt", description="The hub's acknowledgement of an action, and what became of it in the department."
)
class ReceiptType:
    id: strawberry.ID = strawberry.field(description="The id of the receipt.")
    action: str = strawberry.field(description="The mutation that it is of.")
    state: ReceiptState = strawberry.field(description="How far it is.")
    state_label: str = strawberry.field(description="The label of `state` in the language of the request.")
    reference: str | None = strawberry.field(
        description="The number of what was made, by which the department knows it too; it is there at once."
    )
    accepted_at: datetime = strawberry.field(description="When the hub had it for good.")
    delivered_at: datetime | None = strawberry.field(
        description="When it stood in the department's system; null until then."
    )
    reason: RefusalReason | None = strawberry.field(description="Why it was refused or needs attention.")
    reason_label: str | None = strawberry.field(description="The label of `reason` in the language of the request.")


@strawberry.type(description="A value as it would be sent.")
class PreviewedValue:
    field: str = strawberry.field(description="The field of the record.")
    value: str | None = strawberry.field(description="Its value; structured ones as JSON.")


@strawberry.type(description="A row that would be made or changed.")
class PreviewedChange:
    record: str = strawberry.field(description="What kind of row.")
    is_new: bool = strawberry.field(description="Whether the row would be made; else it would be changed.")
    values: list[PreviewedValue] = strawberry.field(description="What would stand there.")


@strawberry.type(description="What would be sent, of an action with `dryRun`: nothing was.")
class Preview:
    department: Department = strawberry.field(description="The department whose system would get it.")
    changes: list[PreviewedChange] = strawberry.field(description="What would change there.")


def receipts_table(context: Context, receipts: Sequence[Receipt]) -> Columns:
    """Receipts as columns of `ReceiptType`."""
    language, zone = context.request.language, context.services.city.time_zone
    return Columns(
        {
            "id": [one.id for one in receipts],
            "action": [to_camel_case(one.action) for one in receipts],
            "state": [one.state for one in receipts],
            "state_label": [one.state.label_in(language) for one in receipts],
            "reference": [one.reference for one in receipts],
            "accepted_at": [one.accepted_at.astimezone(zone) for one in receipts],
            "delivered_at": [one.delivered_at.astimezone(zone) if one.delivered_at else None for one in receipts],
            "reason": [one.reason for one in receipts],
            "reason_label": [one.reason.label_in(language) if one.reason else None for one in receipts],
        }
    )


def _outcomes(parents: Parents) -> Sequence[Outcome]:
    return cast("Sequence[Outcome]", parents.column("outcome"))


def _receipts(parents: Parents, call: BatchCall) -> Resolved:
    given = [outcome.receipt for outcome in _outcomes(parents)]
    known = [receipt for receipt in given if receipt is not None]
    rows = iter(range(len(known)))
    return Children(
        receipts_table(call.context, known), [next(rows) if receipt is not None else None for receipt in given]
    )


def _user_errors(parents: Parents, call: BatchCall) -> Resolved:
    problems = [outcome.problems for outcome in _outcomes(parents)]
    language = call.context.request.language
    flat = [problem for some in problems for problem in some]
    table = Columns(
        {
            "code": [problem.code for problem in flat],
            "field": [to_camel_case(problem.field) if problem.field else None for problem in flat],
            "message": [problem.error.text(language) for problem in flat],
        }
    )
    ends = [sum(map(len, problems[: number + 1])) for number in range(len(problems))]
    return Lists(table, [range(end - len(some), end) for end, some in zip(ends, problems, strict=True)])


def _previews(parents: Parents, call: BatchCall) -> Resolved:
    return [_preview(call.context, outcome) for outcome in _outcomes(parents)]


def _preview(context: Context, outcome: Outcome) -> Preview | None:
    if outcome.source is None:
        return None
    code = next(one.department for one in context.services.records.catalog.sources if one.name == outcome.source)
    department = context.services.city.department(code)
    if department is None:
        raise AssertionError("a catalog holds only sources of departments of the city")
    return Preview(department=department_named(department), changes=[_change(effect) for effect in outcome.effects])


def _change(effect: Effect) -> PreviewedChange:
    values = [
        PreviewedValue(field=to_camel_case(name), value=shown(value))
        for name, value in effect.values.items()
        if value is not None
    ]
    return PreviewedChange(record=to_camel_case(effect.record), is_new=effect.is_new, values=values)


def payload_of(entity: type[Entity], field: str, annotation: Any) -> Any:
    """What every action about a record answers: the receipt, the record in `field`, and what is to be mended."""

    async def subject(parents: Parents, call: BatchCall) -> Resolved:
        ((outcome,), context) = (_outcomes(parents), cast(Context, call.context))
        key = outcome.receipt.record_key if outcome.receipt is not None else None
        if key is None:
            return [None]
        columns = columns_of(call.selection)
        found = await by_key(context.services.records, context.request, entity.record, "id", key, columns)
        return found_one(found)

    name = f"{entity.__name__}ActionPayload"
    return made_type(
        name,
        {
            "receipt": (
                ReceiptType | None,
                field_of(_receipts, "The acknowledgement; null where it was not accepted, and of a dry run."),
            ),
            field: (
                annotation,
                field_of(
                    subject,
                    "What it is about, as it stands now; null until something new is delivered.",
                    reads=entity.record.name,
                ),
            ),
            "user_errors": (
                list[UserErrorType],
                field_of(_user_errors, "What has to be mended before it can be accepted; empty where it was."),
            ),
            "preview": (Preview | None, field_of(_previews, "What would be sent, of a dry run; else null.")),
        },
        f"What became of an action about a {entity.__name__}.",
    )


# --- What an action takes ---------------------------------------------------------------------------------------------

_KEY = (
    f"A text of yours that names this one action ({KEY_CHARS_MIN} to {KEY_CHARS_MAX} characters, a UUID for example): "
    f"sent again with the same key, it happens once, and answers the same receipt for {KEY_KEPT.days} days. The header "
    "Idempotency-Key does the same."
)


def action_of(action: type[Action], description: str) -> Any:
    """The mutation of an action."""
    entity = next(one for one in ENTITIES.values() if one.record is action.record)
    row = None if action.makes_row() else entity.__name__
    arguments: Arguments = {
        "input_": (_input_of(action, row), "What it is about."),
        "key": (str | None, _KEY),
        "dry_run": (bool | None, "Check everything, and show what would be sent, without sending it."),
    }

    async def act(_: Parents, call: BatchCall, **given: Any) -> Resolved:
        context: Context = call.context
        told = given["input_"]
        asked = Asked(
            action,
            dict(_given(action, told)),
            _row_key(row, told),
            given.get("key") or context.request.idempotency_key,
            dry_run=bool(given.get("dry_run")),
        )
        return Children(Columns({"outcome": [await acting_of(context).act(context.request, asked)]}), [0])

    return field_of(act, description, reads=action.record.name, calls=lambda *_: 3, arguments=arguments)


def _row_key(row: str | None, told: object) -> str | None:
    return _key_of(row, value_in(told, KEY)) if row is not None else None


def _key_of(entity: str, text: str) -> str:
    """The key in a global id of this type. Raises BadInput."""
    named = global_id_of(text)
    if named.type_name != entity:
        raise BadInput("id_invalid")
    return named.key


def _input_of(action: type[Action], row: str | None) -> type:
    fields: dict[str, tuple[object, str]] = {}
    if row is not None:
        fields[KEY] = (strawberry.ID, "The global id of what it is about.")
    for declared in action.inputs.values():
        annotation: Any = _annotation(action, declared)
        fields[to_camel_case(declared.name)] = (
            annotation if declared.required else annotation | None,
            f"{declared.description}.",
        )
    return input_of(f"{action.__name__}Input", fields, action.summary)


def _annotation(action: type[Action], declared: Input) -> Any:
    if _names_row(action, declared.name) is not None:
        return strawberry.ID
    if issubclass(declared.clean_type, Vocabulary):
        return words(declared.clean_type)
    return PositionInput if declared.clean_type is Position else declared.clean_type


def _names_row(action: type[Action], name: str) -> str | None:
    """The record of which an input names a row by its key."""
    relations = action.record.relations.values()
    return next(
        (relation.target for relation in relations if not relation.many and relation.on == ((name, KEY),)), None
    )


def _given(action: type[Action], told: object) -> Iterator[tuple[str, object]]:
    for name in action.inputs:
        value = value_in(told, to_camel_case(name))
        target = _names_row(action, name)
        if isinstance(value, PositionInput):
            yield name, position_of(value)
        elif value is not None and target is not None:
            entity = next(one.__name__ for one in ENTITIES.values() if one.record.name == target)
            yield name, _key_of(entity, value)
        else:
            yield name, value


# --- Receipts ---------------------------------------------------------------------------------------------------------

_RECEIPTS = "receipts"


def _caller(context: Context) -> str | None:
    """The pseudonym by which the outbox knows the viewer."""
    return acting_of(context).outbox.pseudonyms.of_viewer(context.request.viewer)


async def _receipt(_: Parents, call: BatchCall, id: strawberry.ID) -> Resolved:  # noqa: A002  # the graph's name
    context: Context = call.context
    caller = _caller(context)
    receipt = await acting_of(context).outbox.receipt(id, caller) if caller is not None else None
    return Children(receipts_table(context, [receipt]), [0]) if receipt is not None else [None]


async def _own_page(context: Context, _: PersonId, rows_max: int, after: Any) -> Batch:
    caller = _caller(context)
    place = (datetime.fromisoformat(after[0]), str(after[1])) if after is not None else None
    found = await acting_of(context).outbox.receipts(caller, rows_max, place) if caller is not None else []
    columns = dict(receipts_table(context, found).columns)
    return batch_here(context, _RECEIPTS, len(found), columns, [(one.accepted_at.isoformat(), one.id) for one in found])


async def _own_count(context: Context, _: PersonId) -> int:
    caller = _caller(context)
    return await acting_of(context).outbox.receipts_count(caller) if caller is not None else 0


def receipts() -> Any:
    """What a person has asked the city to do."""
    return own_list(
        under_own_entry(_RECEIPTS, _own_page, _own_count),
        _RECEIPTS,
        "What you asked the city to do, the newest first, and how far it is. Null for everybody but the person "
        "themselves.",
    )


async def _changes(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The id of the receipt.")],  # noqa: A002
) -> AsyncGenerator[ReceiptType, None]:
    context = context_of(info)
    outbox, caller = acting_of(context).outbox, _caller(context)
    try:
        with outbox.broker.listening(RECEIPTS) as mailbox:
            receipt = await outbox.receipt(id, caller) if caller is not None else None
            if receipt is None:
                raise NotFound("receipt_unknown")
            yield _shown(context, receipt)
            while receipt.state is ReceiptState.ACCEPTED or receipt.state is ReceiptState.NEEDS_ATTENTION:
                if (await mailbox.next()).key != id:
                    continue
                before, receipt = receipt, await outbox.receipt(id, caller or "") or receipt
                if receipt != before:
                    yield _shown(context, receipt)
    except TooManyListeners:
        raise RateLimited("overloaded") from None


def _shown(context: Context, receipt: Receipt) -> ReceiptType:
    table = receipts_table(context, [receipt]).columns
    return ReceiptType(**{name: values[0] for name, values in table.items()})


@strawberry.type
class ReceiptSubscription:
    receipt_changed = strawberry.subscription(
        resolver=_changes,
        description="How far an action of yours is: now, and at each change. It ends when the action has.",
    )


@strawberry.type
class ReceiptQuery:
    receipt: ReceiptType | None = field_of(
        _receipt,
        "A receipt of yours: how far an action is that you asked for. Null for those of others.",
        reads=_RECEIPTS,
        arguments={"id": (strawberry.ID, "The id of the receipt.")},
    )
