"""Subject access: everything that the city's sources have about one resident, read as that resident, page by page.

Starts at the person in the register and follows each to-many relation, then those below that hold personal fields.
Policy, masks and the ledger are those of every other read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.criteria import Keyset
from models.batch import Batch
from models.errors import HubError
from models.policy.decisions import PERSONS
from models.records import PersonalClass, Record, Relation
from models.request import Request
from models.values.types import PersonId
from resolvers.lists import ListArguments, Page, Window
from resolvers.reads import Columns
from resolvers.relations import Relations, by_key

ROWS_MAX: Final = 2_000
"""How many rows of a record a subject access has; a section says if there are more."""
PAGE_ROWS: Final = 500
BELOW_ROWS_MAX: Final = 100
"""How many rows below each row, such as the steps of a complaint."""


@dataclass(slots=True)
class Section:
    """The rows of one record. `missing` says what could not be read and why, by field; "" is the whole record."""

    record: str
    department: str | None = None
    fetched_at: datetime | None = None
    rows: list[Mapping[str, object]] = field(default_factory=list)
    has_all: bool = True
    missing: dict[str, HubError] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all rows have all fields."""
        return self.has_all and not self.missing

    def add(self, batch: Batch, rows: Sequence[int]) -> None:
        """Add rows of a batch up to the limit."""
        self.department, self.fetched_at = batch.origin.department, batch.origin.fetched_at
        self.missing.update(batch.errors)
        room = ROWS_MAX - len(self.rows)
        self.has_all = self.has_all and len(rows) <= room
        names = [name for name in batch.columns if name not in batch.errors]
        self.rows += [{name: batch.columns[name][row] for name in names} for row in rows[:room]]


@dataclass(frozen=True, slots=True)
class SubjectAccess:
    """Reads the sections of one resident. `records` are the records of the graph, by name."""

    relations: Relations
    records: Mapping[str, type[Record]]

    async def sections(self, request: Request, nik: PersonId) -> list[Section]:
        """One section per record; a record that could not be read says why."""
        person = self.records[PERSONS]
        top = Section(person.name)
        found = [top]
        try:
            one = await by_key(
                self.relations.records, request, person, "national_id", nik, Columns(frozenset(person.fields))
            )
        except HubError as error:
            top.missing[""] = error
            return found
        if one is None:
            return found
        top.add(one[0], [one[1]])
        for relation in person.relations.values():
            if relation.many:
                found += await self._followed(request, relation, top.rows[0])
        return found

    async def _followed(self, request: Request, relation: Relation, person: Mapping[str, object]) -> list[Section]:
        section = await self._listed(request, relation, person)
        ways = [way for way in self.records[relation.target].relations.values() if way.many]
        below = [way for way in ways if section.rows and _is_personal(self.records[way.target])]
        return [section, *[await self._below(request, way, section) for way in below]]

    async def _listed(self, request: Request, relation: Relation, person: Mapping[str, object]) -> Section:
        """All rows of the person, page by page."""
        section = Section(relation.target)
        ((here, _),) = relation.on
        keyset: Keyset | None = None
        while section.has_all:
            try:
                page = (await self._pages(request, relation, [person.get(here)], PAGE_ROWS, keyset))[0]
            except HubError as error:
                section.missing[""] = error
                break
            section.add(page.batch, page.rows)
            if not page.has_next:
                break
            if len(section.rows) >= ROWS_MAX:
                section.has_all = False
            keyset = Keyset(page.batch.keyset[page.stop - 1], before=False, source=page.batch.origin.place)
        return section

    async def _below(self, request: Request, relation: Relation, above: Section) -> Section:
        """The first rows below each row of a section."""
        section = Section(relation.target)
        ((here, _),) = relation.on
        keys = [row.get(here) for row in above.rows]
        try:
            pages = await self._pages(request, relation, keys, BELOW_ROWS_MAX, None)
        except HubError as error:
            section.missing[""] = error
            return section
        for page in pages:
            section.add(page.batch, page.rows)
            section.has_all = section.has_all and not page.has_next
        return section

    async def _pages(
        self, request: Request, relation: Relation, keys: Sequence[object], rows: int, keyset: Keyset | None
    ) -> list[Page]:
        target = self.records[relation.target]
        window = ListArguments(Window(rows, backwards=False, keyset=keyset))
        return await self.relations.many(request, target, relation, keys, Columns(frozenset(target.fields)), window)


def _is_personal(record: type[Record]) -> bool:
    return any(one.personal is not PersonalClass.NON_PERSONAL for one in record.fields.values())
