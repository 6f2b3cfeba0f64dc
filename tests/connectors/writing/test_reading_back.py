"""What was written is read back through the hub as it was told, on each engine, for every record that a city writes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.criteria import Criteria, Order
from connectors.departments import PACKAGE
from connectors.protocol import Call
from connectors.sql.connector import SqlConnector
from connectors.sql.engines import dialect_of
from connectors.writing.protocol import Written
from connectors.writing.sql import SqlWriter
from connectors.writing.statements import WriteStatements
from connectors.writing.writings import Writing
from models.actions.effects import Effect
from models.complaints import ComplaintStatusDetail
from models.jobs import JobApplicationStatus
from models.licenses import LicenseApplicationKind, LicenseApplicationStatus
from models.predicates import is_in
from models.values.types import BpsCode, Nik, Position
from sample.jobs.source import LAMARS
from sample.licenses.source import DP_DATAPERMOHONANIZIN, DP_STATUSPERMOHONAN
from tests.connectors.writing.desks import LOAD, Desk, Lease, opener_at, reported, step

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Jakarta")
TOLD: dict[str, dict[str, Any]] = {
    "complaints": dict(reported()[0].values),
    "complaint_status_changes": dict(step().values),
    "job_applications": {
        "posting_id": "12",
        "applicant_email": "siti@example.com",
        "applicant_name": "Siti Rahma",
        "applied_at": datetime(2026, 11, 20, 3, 4, 5, 6, UTC),
        "status": JobApplicationStatus.SUBMITTED,
        "cover_letter": "Dengan hormat,\n\nsaya melamar; terima kasih.",
    },
    "license_applications": {
        "license_type_code": "SIUP",
        "kind": LicenseApplicationKind.NEW,
        "status": LicenseApplicationStatus.SUBMITTED,
        "submitted_at": date(2026, 11, 20),
        "business_name": "Warung Bu Siti",
        "area_bps_code": BpsCode("3671010"),
        "tax_number": "99.000.001.2-416.000",
        "applicant_nik": Nik("3671014101459000"),
    },
}
LESS_EXACT: dict[str, Any] = {
    "requested_at": datetime(2026, 11, 20, 8, 2, tzinfo=ZONE),
    "at": datetime(2026, 11, 20, 8, 2, tzinfo=ZONE),
    "applied_at": datetime(2026, 11, 20, 10, 4, 5, tzinfo=ZONE),
    "position": Position(-6.191234, 106.661234),
}
TABLES = (LAMARS, DP_DATAPERMOHONANIZIN, DP_STATUSPERMOHONAN)


def _writer(desk: Desk, connector: SqlConnector, writing: Writing) -> SqlWriter:
    return SqlWriter(
        {writing.record: writing},
        WriteStatements(dialect_of(desk.url)),
        opener_at(desk),
        connector.room,
        connector.connections.paced,
        lambda: "",
    )


def test_every_record_that_the_city_writes_is_told_here() -> None:
    assert {writing.record for writing in PACKAGE.writings} == set(TOLD)


@pytest.mark.parametrize("writing", PACKAGE.writings, ids=lambda writing: writing.record)
async def test_a_row_reads_back_as_it_was_told(desk: Desk, writing: Writing) -> None:
    dialect: Any = desk.dialect
    for table in TABLES:
        await desk.run(f"DROP TABLE IF EXISTS {table.name}", table.create_sql(dialect, table.name))
    told = TOLD[writing.record]
    # Of a complaint its step is read with it, so a step is told of one that is there.
    connector = SqlConnector(desk.url, LOAD)
    try:
        writer = _writer(desk, connector, writing)
        written = await Lease("one", (Effect(writing.record, told),)).delivered(writer)
        assert isinstance(written, Written)
        assert written.key is not None
        fields = tuple(told)
        criteria = Criteria(writing.record, fields, is_in("id", written.key), (Order("id"),), 2)
        rows = await connector.read(writing.mapping, criteria, Call("Back", 3_000))
    finally:
        await connector.close()
    assert rows.length == 1
    for name in fields:
        mapped = writing.mapping.columns[name]
        decoded = mapped.decoder.decode(*(rows.columns[legacy] for legacy in mapped.legacy))
        assert list(decoded.values) == [LESS_EXACT.get(name, told[name])], name
        assert not decoded.flaws


async def test_a_change_reads_back_too(desk: Desk) -> None:
    writing = PACKAGE.writing("complaints")
    assert writing is not None
    connector = SqlConnector(desk.url, LOAD)
    values = {"status_detail": ComplaintStatusDetail.DONE, "department_code": "dlh"}
    try:
        effect = Effect("complaints", values, "1", expects={"department_code": ("dpupr", "dlh")})
        assert await Lease("one", (effect,)).delivered(_writer(desk, connector, writing)) == Written("1")
        assert await desk.run("SELECT stts, kd_opd FROM tbl_pengaduan WHERE id_pengaduan = 1") == [("Selesai", "DLH")]
    finally:
        await connector.close()
