"""Reading records: the one function that every read goes through, with policy before it and masks behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from strawberry.utils.str_converters import to_camel_case

from connectors.cache import Answer
from connectors.catalog import Binding, Catalog
from connectors.criteria import CountCriteria, Criteria, GroupCriteria, Join, Keyset, KeysetMismatch, MomentPart
from connectors.grouping import Groups, clean_groups
from connectors.joins import came_twice, can_join
from connectors.protocol import RawGroups, Rows
from connectors.reading import Reading, clean
from models.batch import Batch, Joined, Origin, ServedFrom
from models.errors import BadInput, DataQuality, DepartmentError, Forbidden, NotConnected, TooExpensive
from models.policy import Decision, PolicyQuestion, decide
from models.predicates import NOTHING, both, fields_of, over
from models.records import KEY, Relation
from models.request import Request
from models.rights import CONSENT_PURPOSES
from resolvers.asking import LONG_AGO, RECHECK_AFTER, Asking
from resolvers.joining import Joining
from resolvers.reads import (
    RAW_GROUPS_MAX,
    Across,
    Alone,
    Columns,
    Cut,
    Read,
    Settled,
    SettledRead,
    nothing_cut,
    total_order,
)
from resolvers.shown import Withdrawn, agreeing, findings_told, readable, shown_as_allowed, with_missing
from resolvers.supported import check_arguments, check_grouped, not_supported

__all__ = ["Columns", "Read", "Records"]

T = TypeVar("T")

FALLBACK_RESERVE_S = 0.15
"""What of its time a request keeps for the fallback, where a record has one."""
TURNS_TO_ASK = 2
"""In so many turns of the loop who reads on has asked, its own and the guard's: cleaning keeps all others waiting."""


@dataclass(slots=True)
class Records:
    """Reads batches of records from wherever the city keeps them.

    `across` answers for filters and orders that lead out of one source.
    """

    catalog: Catalog
    asking: Asking
    withdrawn: Withdrawn | None = None
    across: Across = field(default_factory=Alone)
    _unjoined_until: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def read(self, request: Request, read: Read) -> Batch:
        """A batch of the fields that the viewer may see; the others carry their error.

        Raises Forbidden, NotSupported, NotConnected, BadInput (a cursor that does not fit) or a DepartmentError.
        """
        return await self._first_answer(request, read, self._read_from)

    async def count(self, request: Request, read: Read) -> list[int]:
        """How many records there are for the viewer: one number, or one per parent. Raises as `read` does.

        An order does not change a count, but one that is refused refuses the list whole, before anything is asked.
        """
        return await self._first_answer(request, read, self._count_in)

    async def groups(self, request: Request, read: Read, cut: Cut = nothing_cut, *, with_age: bool = False) -> Groups:
        """How many records the viewer may know of have the same values in the `grouped` fields of a read.

        `cut` says for a mapping by which moment's beginning to group; that field is then no column. Raises as `read`
        does, and TooExpensive beyond RAW_GROUPS_MAX groups of the source's spellings.
        """

        async def ask(request: Request, binding: Binding, read: Read) -> Groups:
            return await self._groups_in(request, binding, read, cut(binding.mapping), with_age=with_age)

        return await self._first_answer(request, read, ask)

    async def _first_answer(
        self, request: Request, read: Read, ask: Callable[[Request, Binding, Read], Awaitable[T]]
    ) -> T:
        """What the source of the record says; where it gives no answer, what the first of its fallbacks says.

        When all fail, the failure of the first stands.
        """
        *firsts, last = self._bindings(read)
        failure: DepartmentError | None = None
        try:
            for binding in firsts:
                in_time = replace(request, deadline=request.deadline.sooner(FALLBACK_RESERVE_S))
                try:
                    return await ask(in_time, binding, read)
                except DepartmentError as error:
                    failure = failure or error
            try:
                answer = await ask(request, last, read)
            except DepartmentError as error:
                if failure is None:
                    raise
                raise failure from error
        finally:
            # Its traceback holds this call: with its name left here, only the garbage collector would free them.
            del failure
        if last.is_copy:
            request.report.recovered(last.source.name)
        return answer

    def _bindings(self, read: Read) -> tuple[Binding, ...]:
        """Where the record is read, fallbacks last; a list goes on in the source that its last page came from."""
        bindings = self.catalog.all_named(read.record.name)
        if not bindings:
            raise NotConnected("not_connected", subject=read.record.name)
        if read.keyset is None or not read.keyset.source:
            return bindings
        bindings = tuple(binding for binding in bindings if binding.place == read.keyset.source)
        if not bindings:
            raise BadInput("cursor_invalid")
        return bindings

    async def _read_from(self, request: Request, binding: Binding, read: Read) -> Batch:
        decision, settled = await self._settled(request, binding, read)
        where = both(both(settled.where, read.given), decision.rows)
        fields, errors = readable(binding, read, decision)
        if where == NOTHING or (read.parents is not None and not any(read.parents.keys)):
            batch = Batch(read.record.name, 0, dict.fromkeys(fields, ()), self._origin(binding))
        else:
            asked = await self.across.ordered(request, binding, read, replace(settled, where=where))
            batch = await self._fetch(request, binding, read, asked, fields, decision)
        batch = replace(batch, errors={**batch.errors, **errors})
        agreed = await agreeing(self.withdrawn, request, read, batch)
        return await shown_as_allowed(request, read, decision, batch, agreed)

    async def _count_in(self, request: Request, binding: Binding, read: Read) -> list[int]:
        decision, settled = await self._settled(request, binding, replace(read, columns=Columns()))
        where = both(both(settled.where, read.given), decision.rows)
        parents = len(read.parents.keys) if read.parents is not None else 1
        if where == NOTHING:
            return [0] * parents
        if not binding.connector.capabilities.counts:
            raise not_supported("totalCount", KEY)
        criteria = CountCriteria(read.record.name, where, read.parents, settled.related)
        count = partial(self.asking.count, request, binding, criteria)
        return (await self.asking.with_recheck(request, binding, count)).value

    async def _groups_in(
        self, request: Request, binding: Binding, read: Read, moment: MomentPart | None, *, with_age: bool
    ) -> Groups:
        # Rounded counts are everybody's, of records too that nobody may list; nobody filters them.
        where = both(read.where, read.given)
        if read.rounded:
            await self.asking.look_again(request, binding)
            check_grouped(binding, read)
            settled = Settled(where)
        else:
            decision, settled = await self._settled(request, binding, read, check_grouped)
            where = both(both(settled.where, read.given), decision.rows)
        fields = tuple(sorted(read.grouped.difference(() if moment is None else (moment.field,))))
        if where == NOTHING:
            return Groups(dict.fromkeys(fields, ()), (), (), self._origin(binding))
        criteria = GroupCriteria(read.record.name, fields, where, RAW_GROUPS_MAX, moment, with_age, settled.related)
        counted = partial(self.asking.groups, request, binding, criteria)
        answer = await self.asking.with_recheck(request, binding, counted)
        if answer.value.length > RAW_GROUPS_MAX:
            raise TooExpensive("groups_many", maximum=RAW_GROUPS_MAX)
        groups, findings = clean_groups(binding.mapping, criteria, answer.value, self._origin(binding, answer))
        for finding in findings:
            self.asking.note(finding)
        lost = sum(finding.count for finding in findings)
        request.report.note_data(binding.source.name, as_of=groups.origin.fetched_at, findings=lost)
        return groups

    async def _settled(
        self, request: Request, binding: Binding, read: Read, check: Callable[[Binding, Read], None] = check_arguments
    ) -> tuple[Decision, Settled]:
        """What the viewer may see, and the filter as the source can be asked for it: nothing else is asked before."""
        await self.asking.look_again(request, binding)
        decision = self.decide(request, binding, read)
        check(binding, read)
        return decision, await self.across.settled(request, binding, read)

    def decide(self, request: Request, binding: Binding, read: Read) -> Decision:
        """What the viewer may see of what is read. Raises Forbidden where that is nothing, or may not be compared."""
        compared_fields = fields_of(read.where) | {order.field for order in read.order} | read.grouped
        question = PolicyQuestion(
            read.record, read.columns.shown, compared_fields, binding.department.code, read.via, read.unlocks
        )
        decision = decide(request.viewer, request.purpose, question)
        # A city that does not keep whose rows they are has nobody's.
        decision = replace(decision, rows=over(decision.rows, binding.mapping.columns))
        if decision.rows == NOTHING:
            raise Forbidden("record_forbidden", subject=read.record.name)
        if decision.denied_comparisons:
            names = ", ".join(map(to_camel_case, sorted(decision.denied_comparisons)))
            raise Forbidden("argument_forbidden", fields=names)
        return decision

    def _origin(self, binding: Binding, answer: Answer[Rows] | Answer[RawGroups] | None = None) -> Origin:
        mapping = binding.mapping
        at, served_from = self.asking.clock(), ServedFrom.SOURCE
        if answer is not None:
            at, served_from = answer.at, answer.served_from
        if answer is not None and answer.value.copied_at is not None:
            at, served_from = answer.value.copied_at, ServedFrom.REPLICA
        return Origin(mapping.source, binding.department.code, at, served_from, mapping.fresh_for, binding.place)

    async def _fetch(
        self,
        request: Request,
        binding: Binding,
        read: Read,
        asked: SettledRead,
        fields: tuple[str, ...],
        decision: Decision,
    ) -> Batch:
        def present() -> tuple[str, ...]:
            return tuple(name for name in fields if name not in binding.missing)

        def criteria(joins: tuple[Join, ...]) -> Criteria:
            return Criteria(
                read.record.name,
                present(),
                asked.settled.where,
                total_order(asked.order),
                read.rows_max,
                asked.keyset,
                read.reverse,
                read.parents,
                joins,
                asked.settled.related,
            )

        joinings = self._joinings(request, binding, read, present())
        answer, joinings = await self._rows(request, binding, criteria, joinings)
        if read.next_begins is not None and answer.value.length == read.rows_max:
            read.next_begins(Keyset(answer.value.keyset[-2], source=binding.place))
            for _ in range(TURNS_TO_ASK):
                await asyncio.sleep(0)
        reading = clean(binding.mapping, present(), answer.value, self._origin(binding, answer))
        self._note(request, binding, reading, decision)
        batch = replace(reading.batch, joined=await self._joined(request, joinings, answer, reading.batch))
        return with_missing(binding, fields, batch)

    def _note(self, request: Request, binding: Binding, reading: Reading, decision: Decision) -> None:
        for finding in reading.findings:
            self.asking.note(finding)
        findings = findings_told(binding.mapping.record, decision, reading.findings)
        request.report.note_data(binding.source.name, as_of=reading.batch.oldest, findings=findings)

    # --- What the rows lead to ----------------------------------------------------------------------------------------

    def _joinings(self, request: Request, binding: Binding, read: Read, fields: tuple[str, ...]) -> tuple[Joining, ...]:
        """The wanted ones that can be read together with the rows, exactly as they would be read by themselves."""
        if not binding.connector.capabilities.joins or request.purpose in CONSENT_PURPOSES:
            # Who took back their consent is looked up for a read by itself.
            return ()
        wanted = [(read.record.relations[name], columns) for name, columns in sorted(read.columns.ones.items())]
        joinings = [
            self._joining(request, binding, relation, columns)
            for relation, columns in wanted
            if relation.on[0][0] in fields
        ]
        return tuple(joining for joining in joinings if joining is not None)

    def _joining(self, request: Request, binding: Binding, relation: Relation, columns: Columns) -> Joining | None:
        """None where anything is out of the ordinary: what is then read by itself says what is wrong."""
        target = self.catalog.named(relation.target)
        if target is None or not can_join(binding.mapping, relation, target.mapping):
            return None
        if self.asking.clock() < self._unjoined_until.get((relation.record, relation.name), LONG_AGO):
            return None
        ((here, there),) = relation.on
        read = Read(target.mapping.record, columns.only(target.mapping.record).and_joined(there))
        try:
            decision = self.decide(request, target, read)
        except Forbidden:
            return None
        fields, errors = readable(target, read, decision)
        by_row = decision.open_rows is not None and decision.open_rows.field is not None
        needed = fields_of(decision.rows).union(fields)
        if by_row or target.unreadable or needed & target.missing or not needed <= target.mapping.columns.keys():
            return None
        if any(isinstance(error, NotConnected) for error in errors.values()):
            return None
        join = Join(relation.name, target.mapping, here, there, fields, decision.rows)
        return Joining(join, target, read, decision, errors)

    async def _rows(
        self,
        request: Request,
        binding: Binding,
        criteria: Callable[[tuple[Join, ...]], Criteria],
        joinings: tuple[Joining, ...],
    ) -> tuple[Answer[Rows], tuple[Joining, ...]]:
        """The rows, and the joins that came with them: none where the source refuses them, or where rows come twice."""
        known = binding.missing
        if joinings:
            joins = tuple(joining.join for joining in joinings)
            try:
                joined = await self.asking.rows(request, binding, criteria(joins))
            except (DataQuality, KeysetMismatch):
                joined = None
            if joined is not None and not came_twice(joined.value):
                return joined, joinings
        asking = self.asking
        answer = await asking.with_recheck(request, binding, lambda: asking.rows(request, binding, criteria(())))
        if binding.missing == known:
            # It was not the rows: what they lead to is left alone for a while.
            until = self.asking.clock() + RECHECK_AFTER
            self._unjoined_until |= {(binding.mapping.record.name, one.join.relation): until for one in joinings}
        return answer, ()

    async def _joined(
        self, request: Request, joinings: tuple[Joining, ...], answer: Answer[Rows], batch: Batch
    ) -> dict[str, Joined]:
        joined: dict[str, Joined] = {}
        for joining, legacy in zip(joinings, answer.value.joined, strict=True):
            target = joining.binding
            reading, ones = await joining.brought(request, legacy, batch, self._origin(target, answer))
            self._note(request, target, reading, joining.decision)
            joined[joining.join.relation] = ones
        return joined
