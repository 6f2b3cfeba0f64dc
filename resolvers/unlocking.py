"""Unlocking: the reporter of one complaint, for an officer of the department that handles it.

The answer is given once and nothing of it is kept. So each look has a purpose and an entry in the ledger, and no
reporter stays unlocked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.citizens import Citizen
from models.complaints import Complaint
from models.errors import DepartmentError, HubError
from models.predicates import is_in
from models.records import KEY
from models.request import Request
from models.values.types import PersonId
from resolvers.reads import Columns, Read
from resolvers.records import Records

NUMBER = "national_id"


@dataclass(frozen=True, slots=True)
class Reporter:
    """A reporter: values by the fields of the register, and errors of fields that could not be read."""

    values: Mapping[str, object]
    errors: Mapping[str, HubError] = field(default_factory=dict)


async def reporter_of(records: Records, request: Request, complaint: str, names: frozenset[str]) -> Reporter | None:
    """The reporter of a complaint with these fields of the register, in two statements.

    None if the viewer's department handles no such complaint, if the reporter chose to stay anonymous, or if nobody
    knows the reporter. Raises Forbidden for a viewer who may not unlock, and a DepartmentError.
    """
    asked = Read(Complaint, Columns(frozenset({"reporter_nik"})), given=is_in(KEY, complaint), rows_max=2, unlocks=True)
    batch = await records.read(request, asked)
    nik = batch.column("reporter_nik")[0] if batch.length == 1 else None
    if not isinstance(nik, PersonId):
        return None
    wanted = names - {NUMBER}
    if not wanted:
        return Reporter({NUMBER: nik})
    return await _registered(records, request, nik, wanted)


async def _registered(records: Records, request: Request, nik: PersonId, names: frozenset[str]) -> Reporter:
    """The entry of a resident number in the register; the number alone if there is none, or several."""
    read = Read(Citizen, Columns(names), given=is_in(NUMBER, nik), rows_max=2, unlocks=True)
    try:
        batch = await records.read(request, read)
    except DepartmentError as error:
        return Reporter({NUMBER: nik}, dict.fromkeys(names, error))
    known = {name: column[0] for name, column in batch.columns.items() if name in names and batch.length == 1}
    return Reporter({**dict.fromkeys(names), **known, NUMBER: nik}, batch.errors)
