"""Reading records: the one function that every read goes through, with policy before it and masks behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from strawberry.utils.str_converters import to_camel_case

from connectors.catalog import Binding, Catalog
from connectors.criteria import CountCriteria, Criteria, Keyset, KeysetMismatch, Order, ParentKeys
from connectors.guard import Guard
from connectors.protocol import Call, SourceFailure
from connectors.reading import clean
from models.batch import Batch, Origin, ServedFrom
from models.errors import BadInput, DataQuality, Forbidden, HubError, NotConnected, NotSupported
from models.findings import Finding
from models.masks import masked_text
from models.policy import Decision, OpenRows, PolicyQuestion, decide
from models.predicates import EVERYTHING, NOTHING, Operator, Predicate, both, compared, fields_of
from models.records import KEY, PersonalClass, Record
from models.request import Request
from models.vocabulary import UNKNOWN, Vocabulary

T = TypeVar("T")

RECHECK_AFTER = timedelta(seconds=30)
"""How long a field that its source no longer had is left alone before the source is looked at again."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Fields of a record: `shown` are those that the viewer selected, `joined` those that the hub needs to go on."""

    shown: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()

    def and_joined(self, field: str) -> Columns:
        return Columns(self.shown, self.joined | {field})

    def only(self, record: type[Record]) -> Columns:
        """Those that the record has, of fields that were selected of several kinds of records."""
        return Columns(self.shown & record.fields.keys(), self.joined & record.fields.keys())


@dataclass(frozen=True, slots=True)
class Read:
    """One question that a field of the graph asks at one level, for all its parents.

    `where` and `order` are the viewer's words; `given` is what the graph itself adds, such as the key of a parent.
    `via` is the record that the rows are reached from, if they are.
    """

    record: type[Record]
    columns: Columns = Columns()
    where: Predicate = EVERYTHING
    given: Predicate = EVERYTHING
    order: tuple[Order, ...] = ()
    rows_max: int = 1
    keyset: Keyset | None = None
    reverse: bool = False
    parents: ParentKeys | None = None
    via: str | None = None


@dataclass(slots=True)
class Records:
    """Reads batches of records from wherever the city keeps them. `note` takes the findings."""

    catalog: Catalog
    guard: Guard
    note: Callable[[Finding], None]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _recheck_at: dict[str, datetime] = field(default_factory=dict)

    async def read(self, request: Request, read: Read) -> Batch:
        """A batch of the fields that the viewer may see; the others carry their error.

        Raises Forbidden, NotSupported, NotConnected, BadInput (a cursor that does not fit) or a DepartmentError.
        """
        binding = await self._binding(request, read.record)
        decision = self._decide(request, binding, read)
        self._check_arguments(binding, read)
        where = both(both(read.where, read.given), decision.rows)
        fields, errors = _readable(binding, read, decision)
        if where == NOTHING or (read.parents is not None and not any(read.parents.keys)):
            batch = Batch(read.record.name, 0, dict.fromkeys(fields, ()), self._origin(binding))
        else:
            batch = await self._fetch(request, binding, read, where, fields)
        batch = replace(batch, errors={**batch.errors, **errors})
        return _shown_as_allowed(request, read, decision, batch)

    async def count(self, request: Request, read: Read) -> list[int]:
        """How many records there are for the viewer: one number, or one per parent. Raises as `read` does."""
        binding = await self._binding(request, read.record)
        decision = self._decide(request, binding, replace(read, columns=Columns(), order=()))
        self._check_arguments(binding, replace(read, order=()))
        where = both(both(read.where, read.given), decision.rows)
        parents = len(read.parents.keys) if read.parents is not None else 1
        if where == NOTHING:
            return [0] * parents
        if not binding.connector.capabilities.counts:
            raise _not_supported("totalCount", KEY, frozenset())
        criteria = CountCriteria(read.record.name, where, read.parents)
        return await self._call(request, binding, lambda call: binding.connector.count(binding.mapping, criteria, call))

    async def _binding(self, request: Request, record: type[Record]) -> Binding:
        """Where the record is read. What was missing is looked for again now and then, so that it heals by itself."""
        binding = self.catalog.binding(record)
        if binding is None:
            raise NotConnected("not_connected", subject=record.name)
        if binding.missing and self.clock() >= self._recheck_at.get(record.name, datetime.min.replace(tzinfo=UTC)):
            await self._recheck(request, binding)
        return binding

    def _decide(self, request: Request, binding: Binding, read: Read) -> Decision:
        compared_fields = fields_of(read.where) | {order.field for order in read.order}
        question = PolicyQuestion(read.record, read.columns.shown, compared_fields, binding.department.code, read.via)
        decision = decide(request.viewer, request.purpose, question)
        if decision.rows == NOTHING:
            raise Forbidden("record_forbidden", subject=read.record.name)
        if decision.denied_comparisons:
            names = ", ".join(map(to_camel_case, sorted(decision.denied_comparisons)))
            raise Forbidden("argument_forbidden", fields=names)
        return decision

    def _check_arguments(self, binding: Binding, read: Read) -> None:
        mapping = binding.mapping
        if binding.unreadable:
            raise DataQuality("source_drifted", source=binding.source.name, field=KEY)
        for comparison in compared(read.where):
            known = mapping.operators(comparison.field) & binding.connector.capabilities.operators
            if comparison.operator not in known or comparison.field in binding.missing:
                raise _not_supported(
                    comparison.operator.value, comparison.field, known - _lost(binding, comparison.field)
                )
        for order in read.order:
            can_sort = binding.connector.capabilities.sorts and mapping.sortable(order.field)
            if order.field in binding.missing or not can_sort:
                raise _not_supported("orderBy", order.field, frozenset())

    def _origin(self, binding: Binding) -> Origin:
        mapping = binding.mapping
        return Origin(mapping.source, binding.department.code, self.clock(), ServedFrom.SOURCE, mapping.fresh_for)

    async def _fetch(
        self, request: Request, binding: Binding, read: Read, where: Predicate, fields: tuple[str, ...]
    ) -> Batch:
        def present() -> tuple[str, ...]:
            return tuple(name for name in fields if name not in binding.missing)

        def criteria() -> Criteria:
            return Criteria(
                read.record.name,
                present(),
                where,
                _total(read.order),
                read.rows_max,
                read.keyset,
                read.reverse,
                read.parents,
            )

        mapping = binding.mapping
        rows = await self._call(request, binding, lambda call: binding.connector.read(mapping, criteria(), call))
        reading = clean(mapping, present(), rows, self._origin(binding))
        for finding in reading.findings:
            self.note(finding)
        findings = sum(finding.count for finding in reading.findings)
        request.report.note_data(binding.source.name, as_of=reading.batch.oldest, findings=findings)
        return _with_missing(binding, fields, reading.batch)

    async def _call(self, request: Request, binding: Binding, work: Callable[[Call], Awaitable[T]]) -> T:
        """Ask the source. Where it refuses, look what it still has; if a column is gone, ask once more without it."""
        known = binding.missing
        try:
            return await self._guarded(request, binding, work)
        except DataQuality:
            await self._recheck(request, binding)
            if binding.missing == known or binding.unreadable:
                raise
        except KeysetMismatch as error:
            raise BadInput("cursor_invalid") from error
        return await self._guarded(request, binding, work)

    async def _guarded(self, request: Request, binding: Binding, work: Callable[[Call], Awaitable[T]]) -> T:
        call = Call(request.operation_name or "anonymous", binding.source.load.statement_ms_max)
        return await self.guard.call(binding.source, binding.department.abbreviation, request, lambda: work(call))

    async def _recheck(self, request: Request, binding: Binding) -> None:
        self._recheck_at[binding.mapping.record.name] = self.clock() + RECHECK_AFTER

        async def check() -> None:
            for finding in await binding.check():
                self.note(finding)

        try:
            await self.guard.call(binding.source, binding.department.abbreviation, request, check)
        except (HubError, SourceFailure):
            return


def _with_missing(binding: Binding, fields: tuple[str, ...], batch: Batch) -> Batch:
    """The batch with what its source no longer has: an error, or UNKNOWN in a field that may not be null."""
    columns, errors = dict(batch.columns), dict(batch.errors)
    for name in sorted(binding.missing.intersection(fields)):
        contract = binding.mapping.record.fields[name]
        if not contract.nullable and issubclass(contract.clean_type, Vocabulary):
            columns[name] = [contract.clean_type[UNKNOWN]] * batch.length
        else:
            drifted = DataQuality("source_drifted", source=binding.source.name, field=to_camel_case(name))
            errors[name] = drifted
    return replace(batch, columns=columns, errors=errors)


def _lost(binding: Binding, name: str) -> frozenset[Operator]:
    return binding.mapping.operators(name) if name in binding.missing else frozenset()


def _not_supported(operation: str, name: str, supported: frozenset[Operator]) -> NotSupported:
    names = ", ".join(sorted(_NAMES[operator] for operator in supported)) or "-"
    return NotSupported("argument_not_supported", operation=operation, field=to_camel_case(name), supported=names)


_NAMES = {operator: "eq, in" if operator is Operator.IN else operator.value for operator in Operator}


def _total(order: tuple[Order, ...]) -> tuple[Order, ...]:
    """The order made total: the key decides between equals, in the direction of the last field."""
    if any(term.field == KEY for term in order):
        return order
    return (*order, Order(KEY, descending=order[-1].descending if order else False))


def _readable(binding: Binding, read: Read, decision: Decision) -> tuple[tuple[str, ...], dict[str, HubError]]:
    """The fields to read, in a fixed order, and the errors of those that are not."""
    wanted = decision.allowed | decision.masked | decision.withheld | read.columns.joined
    if decision.open_rows is not None and decision.open_rows.field is not None:
        wanted |= {decision.open_rows.field}
    fields = tuple(sorted(name for name in wanted if name in binding.mapping.columns))
    errors: dict[str, HubError] = {
        name: NotConnected("not_connected", subject=f"{read.record.name}.{to_camel_case(name)}")
        for name in sorted(wanted.difference(fields))
    }
    errors |= {name: Forbidden("field_forbidden", fields=to_camel_case(name)) for name in sorted(decision.denied)}
    return fields, errors


def _shown_as_allowed(request: Request, read: Read, decision: Decision, batch: Batch) -> Batch:
    """The batch with masks, and with nulls for what is withheld; personal fields that are shown are noted."""
    is_open = _open(decision.open_rows, batch)
    covers = dict.fromkeys(decision.masked, _masked) | dict.fromkeys(decision.withheld, _withheld)
    covered = {
        name: [value if seen else cover(value) for value, seen in zip(batch.columns[name], is_open, strict=True)]
        for name, cover in covers.items()
        if name in batch.columns
    }
    personal = tuple(
        sorted(
            name
            for name in read.columns.shown.intersection(batch.columns)
            if read.record.fields[name].personal is not PersonalClass.NON_PERSONAL
        )
    )
    if personal and batch.length:
        request.ledger.note(read.record.name, personal, batch.length)
    return replace(batch, columns={**batch.columns, **covered}) if covered else batch


def _open(open_rows: OpenRows | None, batch: Batch) -> Sequence[bool]:
    """Which rows are open to the viewer. What cannot be known to be open, because the column is gone, is not."""
    if open_rows is None:
        return [False] * batch.length
    if open_rows.field is None:
        return [True] * batch.length
    column = batch.columns.get(open_rows.field)
    return [value == open_rows.value for value in column] if column is not None else [False] * batch.length


def _masked(value: object) -> object:
    return masked_text(str(value)) if value is not None else None


def _withheld(_: object) -> object:
    return None
