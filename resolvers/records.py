"""Reads records: every read goes through here, with policy before it and masks after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from strawberry.utils.str_converters import to_camel_case

from connectors.cache.reads import CachedAnswer
from connectors.catalog import Binding, Catalog
from connectors.criteria import CountCriteria, Criteria, GroupCriteria, Join, Keyset, KeysetMismatch, MomentPart
from connectors.joins import came_twice, can_join
from connectors.protocol import RawGroups, Rows
from connectors.reading import Groups, Reading, clean, clean_groups
from models.batch import Batch, Freshness, Joined, Origin, ServedFrom, newest_of
from models.errors import BadInput, DataQuality, DepartmentError, Forbidden, NotConnected, TooExpensive
from models.policy.decisions import Decision, PolicyQuestion, decide
from models.policy.positions_told import POSITION
from models.policy.purposes import may_state
from models.policy.subject_requests import CONSENT_PURPOSES
from models.policy.viewer import Purpose, Role
from models.predicates import both, canonical, conjunction, fields_of, is_nothing, over
from models.records import KEY, Relation
from models.request import Request
from resolvers.prepared import Joining, PreparedRead, PreparedReads, class_of, key_of, names_owner, own, state_of
from resolvers.reads import (
    GROUPS_FEW,
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
from resolvers.source_reader import LONG_AGO, RECHECK_AFTER, SourceReader
from resolvers.supported import check_arguments, check_grouped, not_supported, rows_unmapped
from resolvers.visibility import (
    Withdrawn,
    consenting,
    findings_told,
    placed,
    readable,
    shown_as_allowed,
    told,
    with_missing,
)

__all__ = ["Columns", "Read", "Records"]

T = TypeVar("T")

FALLBACK_RESERVE_S = 0.15
"""The share of the deadline that is kept for the fallback, if a record has one."""
TURNS_TO_ASK = 2
"""After how many turns of the event loop the next read has been asked; cleaning rows blocks the loop."""


@dataclass(slots=True)
class Records:
    """Reads batches of records from their sources. `across` settles filters and orders that lead out of one source."""

    catalog: Catalog
    reader: SourceReader
    withdrawn: Withdrawn | None = None
    across: Across = field(default_factory=Alone)
    _unjoined_until: dict[tuple[str, str], datetime] = field(default_factory=dict)
    prepared_reads: PreparedReads = field(default_factory=PreparedReads)

    async def read(self, request: Request, read: Read) -> Batch:
        """A batch of the fields that the viewer may see; the others carry their error.

        Raises Forbidden, NotSupported, NotConnected, BadInput (a cursor that does not fit) or a DepartmentError.
        """
        return await self._first_answer(request, read, self._read_from)

    async def count(self, request: Request, read: Read) -> list[int]:
        """How many records there are for the viewer: one number, or one per parent. Raises like `read`.

        An order does not change a count, but a refused order refuses the count too, before anything is asked.
        """
        return await self._first_answer(request, read, self._count_in)

    async def groups(
        self,
        request: Request,
        read: Read,
        cut: Cut = nothing_cut,
        *,
        with_age: bool = False,
        freshness: frozenset[Freshness] | None = None,
    ) -> Groups:
        """The number of records that the viewer may know of, by the values of the `grouped` fields.

        `cut` gives, for a mapping, the field of time to truncate and how; that field is then no column. `with_age` also
        groups by age, and `freshness` leaves out all records of any other. Raises like `read`, and TooExpensive for
        more than RAW_GROUPS_MAX groups of the source's spellings.
        """

        async def ask(request: Request, binding: Binding, read: Read) -> Groups:
            by_age = with_age or freshness is not None or binding.mapping.age_zone is None
            groups, lost = await self._groups_in(request, binding, read, cut(binding.mapping), by_age=by_age)
            if freshness is not None:
                groups = groups.only(freshness, request.now)
            if lost is not None:
                request.report.note_data(binding.source.name, read.record.name, as_of=groups.oldest, findings=lost)
                if by_age:
                    self.reader.note_newest(request, binding.source.name, newest_of(groups.ages, groups.origin))
            return groups

        return await self._first_answer(request, read, ask)

    async def _first_answer(
        self, request: Request, read: Read, ask: Callable[[Request, Binding, Read], Awaitable[T]]
    ) -> T:
        """The answer of the source, or of the first fallback that answers. If all fail, raises the first failure."""
        *firsts, last = self._bindings(read)
        failure: DepartmentError | None = None
        try:
            for binding in firsts:
                in_time = request.sooner(FALLBACK_RESERVE_S)
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
            # Break the reference cycle between the error's traceback and this frame.
            del failure
        if last.is_copy:
            request.report.recovered(last.source.name)
        return answer

    def _bindings(self, read: Read) -> tuple[Binding, ...]:
        """The sources of the record, fallbacks last. A list continues in the source of its last page."""
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
        prepared, settled = await self._prepared(request, binding, read)
        decision, where = prepared.decision, settled.where
        if is_nothing(where) or (read.parents is not None and not read.parents.lead_somewhere):
            batch = Batch(read.record.name, 0, dict.fromkeys(prepared.fields, ()), self._origin(binding))
        else:
            asked = await self.across.ordered(request, binding, read, settled)
            batch = await self._fetch(request, binding, read, asked, prepared)
            _tell_unmapped(request, read, decision, found=batch.length > 0 or read.keyset is not None)
            if decision.positions is not None:
                batch = await placed(self.across, request, decision, batch)
        if prepared.errors:
            batch = told(batch, own(prepared.errors), read.record)
        consenting_people = None
        if request.purpose in CONSENT_PURPOSES:
            consenting_people = await consenting(self.withdrawn, request, read, batch)
        return await shown_as_allowed(request, read, decision, batch, consenting_people)

    async def _count_in(self, request: Request, binding: Binding, read: Read) -> list[int]:
        prepared, settled = await self._prepared(request, binding, replace(read, columns=Columns()))
        where = settled.where
        parents = len(read.parents.keys) if read.parents is not None else 1
        if is_nothing(where):
            return [0] * parents
        if not binding.connector.capabilities.counts:
            raise not_supported("totalCount", KEY)
        criteria = CountCriteria(read.record.name, where, read.parents, settled.related)
        count = partial(self.reader.count, request, binding, criteria)
        counts = (await self.reader.with_recheck(request, binding, count)).value
        _tell_unmapped(request, read, prepared.decision, found=any(counts))
        return counts

    async def _groups_in(
        self, request: Request, binding: Binding, read: Read, moment: MomentPart | None, *, by_age: bool
    ) -> tuple[Groups, int | None]:
        """The groups, and how many values in them were lost to dirt; None if nothing had to be asked."""
        # Everybody may see rounded counts, also of records that nobody may list; they take no filter.
        where = both(read.where, read.given)
        decision: Decision | None = None
        if read.rounded:
            await self.reader.look_again(request, binding)
            check_grouped(binding, read)
            settled = Settled(where)
        else:
            await self.reader.look_again(request, binding)
            decision = self.decide(request, binding, read)
            check_grouped(binding, read)
            settled = await self.across.settled(request, binding, read)
            where = conjunction(canonical(settled.where), canonical(read.given), decision.rows)
        fields = tuple(sorted(read.grouped.difference(() if moment is None else (moment.field,))))
        if is_nothing(where):
            return Groups(dict.fromkeys(fields, ()), (), (), self._origin(binding)), None
        criteria = GroupCriteria(read.record.name, fields, where, RAW_GROUPS_MAX, moment, by_age, settled.related)
        counted = partial(self.reader.groups, request, binding, criteria)
        answer = await self.reader.with_recheck(request, binding, counted)
        if decision is not None:
            _tell_unmapped(request, read, decision, found=any(answer.value.counts))
        if answer.value.length > RAW_GROUPS_MAX:
            raise TooExpensive("groups_many", maximum=RAW_GROUPS_MAX)
        make = partial(clean_groups, binding.mapping, criteria, answer.value, self._origin(binding, answer))
        groups, findings = await asyncio.to_thread(make) if answer.value.length > GROUPS_FEW else make()
        for finding in findings:
            self.reader.note(finding)
        # Rounded counts are of rows that the viewer may not know of, and so are their flaws.
        return groups, 0 if read.rounded else sum(finding.count for finding in findings)

    async def _prepared(self, request: Request, binding: Binding, read: Read) -> tuple[PreparedRead, Settled]:
        """What policy and the source say of a read, before anything is asked, and which rows to ask for."""
        if binding.missing:
            await self.reader.look_again(request, binding)
        given, owner = canonical(read.given), request.viewer.nik
        key = key_of(request, binding, read, given, self.catalog.generation)
        prepared = self.prepared_reads.get(key)
        if prepared is None or not prepared.fits:
            prepared = self.prepared_reads[key] = self._prepare(request, binding, read)
        if prepared.names_owner and owner is not None:
            prepared = prepared.bound_to(owner)
        settled = await self.across.settled(request, binding, read)
        where = conjunction(canonical(settled.where), given, prepared.decision.rows)
        return prepared, Settled(where, settled.related, settled.near)

    def _prepare(self, request: Request, binding: Binding, read: Read) -> PreparedRead:
        """Work out a read for all viewers of a class, and all values."""
        request = replace(request, viewer=class_of(request.viewer))
        decision = self.decide(request, binding, read)
        check_arguments(binding, read)
        fields, errors = readable(binding, read, decision)
        joinings, targets = self._joinings(request, binding, read, binding.present(fields))
        states = tuple((one, state_of(one)) for one in (binding, *targets))
        decisions = (decision, *(one.decision for one in joinings))
        return PreparedRead(decision, fields, errors, joinings, states, any(map(names_owner, decisions)))

    def decide(self, request: Request, binding: Binding, read: Read) -> Decision:
        """What the viewer may see of a read. Raises Forbidden if that is nothing, or a field may not be compared."""
        compared_fields = fields_of(read.where) | {order.field for order in read.order} | read.grouped
        question = PolicyQuestion(
            read.record,
            read.columns.shown,
            compared_fields,
            binding.department.code,
            read.via,
            read.unlocks,
            self.catalog.city.complaint_positions,
        )
        decision = decide(request.viewer, request.purpose, question)
        # Rows of which the source does not say whose they are, or whether they are public, exist for nobody.
        decided_by = fields_of(decision.rows).difference(binding.mapping.columns)
        rows, people = over(decision.rows, binding.mapping.columns), self.catalog.city.identity.in_texts
        decision = replace(decision, rows=rows, unmapped=decided_by, people=people)
        if is_nothing(decision.rows) and decided_by:
            raise rows_unmapped(read.record, decided_by)
        if is_nothing(decision.rows):
            raise _forbidden(request, question)
        if decision.denied_comparisons:
            names = ", ".join(map(to_camel_case, sorted(decision.denied_comparisons)))
            raise Forbidden("argument_forbidden", fields=names)
        return decision

    def _origin(self, binding: Binding, answer: CachedAnswer[Rows] | CachedAnswer[RawGroups] | None = None) -> Origin:
        mapping = binding.mapping
        at, served_from = self.reader.clock(), ServedFrom.SOURCE
        if answer is not None:
            at, served_from = answer.at, answer.served_from
        if answer is not None and answer.value.copied_at is not None:
            at, served_from = answer.value.copied_at, ServedFrom.REPLICA
        return Origin(mapping.source, binding.department.code, at, served_from, mapping.fresh_for, binding.place)

    async def _fetch(
        self, request: Request, binding: Binding, read: Read, asked: SettledRead, prepared: PreparedRead
    ) -> Batch:
        def criteria(joins: tuple[Join, ...]) -> Criteria:
            return Criteria(
                read.record.name,
                binding.present(prepared.fields),
                asked.settled.where,
                total_order(asked.order),
                read.rows_max,
                asked.keyset,
                read.reverse,
                read.parents,
                joins,
                asked.settled.related,
            )

        answer, joinings = await self._rows(request, binding, criteria, self._joined_now(binding, prepared.joinings))
        if read.next_begins is not None and answer.value.length == read.rows_max:
            read.next_begins(Keyset(answer.value.keyset[-2], source=binding.place))
            for _ in range(TURNS_TO_ASK):
                await asyncio.sleep(0)
        reading = clean(binding.mapping, binding.present(prepared.fields), answer.value, self._origin(binding, answer))
        self._note(request, binding, reading, prepared.decision)
        batch = reading.batch
        if joinings:
            batch.joined = await self._joined(request, joinings, answer, batch)
        return with_missing(binding, prepared.fields, batch) if binding.missing else batch

    def _note(self, request: Request, binding: Binding, reading: Reading, decision: Decision) -> None:
        findings = 0
        if reading.findings:
            for finding in reading.findings:
                self.reader.note(finding)
            findings = findings_told(binding.mapping.record, decision, reading.findings)
        record, batch = binding.mapping.record.name, reading.batch
        request.report.note_data(binding.source.name, record, as_of=batch.oldest, findings=findings)
        self.reader.note_newest(request, binding.source.name, newest_of(batch.as_of, batch.origin))

    # --- What the rows lead to ----------------------------------------------------------------------------------------

    def _joinings(
        self, request: Request, binding: Binding, read: Read, fields: tuple[str, ...]
    ) -> tuple[tuple[Joining, ...], tuple[Binding, ...]]:
        """The to-one relations that can be read with the rows, exactly like reads of their own, and whatever they name.

        What they name decides whether they can be joined.
        """
        if not binding.connector.capabilities.joins or request.purpose in CONSENT_PURPOSES:
            # Withdrawn consents are looked up per read, so no join.
            return (), ()
        wanted = [(read.record.relations[name], columns) for name, columns in sorted(read.columns.ones.items())]
        reached = [
            (relation, columns, target)
            for relation, columns in wanted
            if relation.on[0][0] in fields and (target := self.catalog.named(relation.target)) is not None
        ]
        joinings = [self._joining(request, binding, *each) for each in reached]
        return tuple(filter(None, joinings)), tuple(target for _, _, target in reached)

    def _joining(
        self, request: Request, binding: Binding, relation: Relation, columns: Columns, target: Binding
    ) -> Joining | None:
        """The join of one relation; None if anything is unusual: a read of its own then reports what is wrong."""
        if not can_join(binding.mapping, relation, target.mapping):
            return None
        ((here, there),) = relation.on
        read = Read(target.mapping.record, columns.only(target.mapping.record).and_joined(there))
        try:
            decision = self.decide(request, target, read)
        except Forbidden:
            return None
        fields, errors = readable(target, read, decision)
        by_row = decision.open_rows is not None and decision.open_rows.field is not None
        by_row = by_row or (decision.positions is not None and POSITION in columns.all)
        needed = fields_of(decision.rows).union(fields)
        if by_row or target.unreadable or needed & target.missing or not needed <= target.mapping.columns.keys():
            return None
        if any(isinstance(error, NotConnected) for error in errors.values()):
            return None
        join = Join(relation.name, target.mapping, here, there, fields, decision.rows)
        return Joining(join, target, read, decision, errors)

    def _joined_now(self, binding: Binding, joinings: tuple[Joining, ...]) -> tuple[Joining, ...]:
        """The joinings that have not failed lately."""
        if not joinings or not self._unjoined_until:
            return joinings
        now, record, until = self.reader.clock(), binding.mapping.record.name, self._unjoined_until
        return tuple(one for one in joinings if now >= until.get((record, one.join.relation), LONG_AGO))

    async def _rows(
        self,
        request: Request,
        binding: Binding,
        criteria: Callable[[tuple[Join, ...]], Criteria],
        joinings: tuple[Joining, ...],
    ) -> tuple[CachedAnswer[Rows], tuple[Joining, ...]]:
        """The rows and their joins; without joins if the source refuses them or rows come twice."""
        known = binding.missing
        if joinings:
            joins = tuple(joining.join for joining in joinings)
            try:
                joined = await self.reader.rows(request, binding, criteria(joins))
            except (DataQuality, KeysetMismatch):
                joined = None
            if joined is not None and not came_twice(joined.value):
                return joined, joinings
        reader = self.reader
        answer = await reader.with_recheck(request, binding, lambda: reader.rows(request, binding, criteria(())))
        if binding.missing == known:
            # The joins failed, not the rows: this relation is not joined for a while.
            until = self.reader.clock() + RECHECK_AFTER
            self._unjoined_until |= {(binding.mapping.record.name, one.join.relation): until for one in joinings}
        return answer, ()

    async def _joined(
        self, request: Request, joinings: tuple[Joining, ...], answer: CachedAnswer[Rows], batch: Batch
    ) -> dict[str, Joined]:
        joined: dict[str, Joined] = {}
        for joining, legacy in zip(joinings, answer.value.joined, strict=True):
            target = joining.binding
            reading, ones = await joining.brought(request, legacy, batch, self._origin(target, answer))
            self._note(request, target, reading, joining.decision)
            joined[joining.join.relation] = ones
        return joined


def _forbidden(request: Request, question: PolicyQuestion) -> Forbidden:
    """Why the viewer may read nothing of a record: no purpose is stated that would open it, or the role is wrong."""
    viewer, subject = request.viewer, question.record.name
    helping = [
        purpose.value
        for purpose in Purpose
        if may_state(viewer.role, purpose) and not is_nothing(decide(viewer, purpose, question).rows)
    ]
    if helping and request.purpose is None:
        return Forbidden("record_purpose", subject=subject, purposes=", ".join(helping))
    return Forbidden("record_forbidden", subject=subject, role=viewer.role.value)


def _tell_unmapped(request: Request, read: Read, decision: Decision, *, found: bool) -> None:
    """Raise NotConnected for an officer who finds nothing, where the source lacks what would open rows of others."""
    if decision.unmapped and not found and request.viewer.role is Role.OFFICER:
        raise rows_unmapped(read.record, decision.unmapped)
