"""Unlocking: who reported one complaint, for an officer of the department that handles it.

The answer is given once. Nothing of it is kept, so each look has a purpose and an entry of its own in the ledger, and
there is no state in which a reporter stays unlocked.
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
from models.values import Nik
from resolvers.reads import Columns, Read
from resolvers.records import Records

NUMBER = "national_id"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported: values by the fields of the register, and the errors of those that could not be read."""

    values: Mapping[str, object]
    errors: Mapping[str, HubError] = field(default_factory=dict)


async def reporter_of(records: Records, request: Request, complaint: str, names: frozenset[str]) -> Reporter | None:
    """The reporter of a complaint, with these fields of the register. One statement, and one of the register.

    None where the viewer's department handles no such complaint, where its reporter asked to stay unknown, and where
    nobody knows who it was. Raises Forbidden for whoever may not unlock, and a DepartmentError.
    """
    asked = Read(Complaint, Columns(frozenset({"reporter_nik"})), given=is_in(KEY, complaint), rows_max=2, unlocks=True)
    batch = await records.read(request, asked)
    nik = batch.column("reporter_nik")[0] if batch.length == 1 else None
    if not isinstance(nik, Nik):
        return None
    wanted = names - {NUMBER}
    if not wanted:
        return Reporter({NUMBER: nik})
    return await _registered(records, request, nik, wanted)


async def _registered(records: Records, request: Request, nik: Nik, names: frozenset[str]) -> Reporter:
    """What the register says of a resident number. Who is not in it, or twice, has the number alone."""
    read = Read(Citizen, Columns(names), given=is_in(NUMBER, nik), rows_max=2, unlocks=True)
    try:
        batch = await records.read(request, read)
    except DepartmentError as error:
        return Reporter({NUMBER: nik}, dict.fromkeys(names, error))
    known = {name: column[0] for name, column in batch.columns.items() if name in names and batch.length == 1}
    return Reporter({**dict.fromkeys(names), **known, NUMBER: nik}, batch.errors)
