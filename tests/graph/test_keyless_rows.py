"""A row without a required value is on no page and in no count, whatever is selected, and `sources check` tells it."""

from __future__ import annotations

from dataclasses import replace

from connectors.guard.guard import Guard
from onboarding.inspection import Inspector
from onboarding.inspection_report import lines_of
from sample.complaints.source import generate
from tests.graph.cities import TINY, Own

QUERY = "query ($is: String!) { complaint(ticketNumber: $is) { history(first: 100) { totalCount nodes { %s } } } }"


async def test_page_and_count_agree_whatever_is_selected(own: Own) -> None:
    ticket, keys = next(
        (case.truth.ticket_number, [row[0] for row in case.legacy.tanggapan])
        for case in generate(TINY)
        if case.alive and case.truth.publication == "PUBLIC" and len(case.legacy.tanggapan) > 2
    )
    # A table as people make them: without a primary key, and with a row whose number was lost.
    await own.complaints("ALTER TABLE tbl_tanggapan RENAME TO asli")
    await own.complaints("CREATE TABLE tbl_tanggapan AS SELECT * FROM asli")
    try:
        if own.engine == "mariadb":
            # It copies that a column takes no null.
            await own.complaints("ALTER TABLE tbl_tanggapan MODIFY id_tanggapan INTEGER NULL")
        await own.complaints(f"UPDATE tbl_tanggapan SET id_tanggapan = NULL WHERE id_tanggapan = {keys[0]}")
        for selected in ("statusDetail", "id statusDetail", "at"):
            answer = await own.city(QUERY % selected, variables={"is": ticket})
            history = answer.data["complaint"]["history"]
            assert (history["totalCount"], len(history["nodes"])) == (len(keys) - 1, len(keys) - 1), selected
        await is_told(own, "complaints", "complaint_status_changes", {"id": 1})
    finally:
        await own.complaints("DROP TABLE tbl_tanggapan")
        await own.complaints("ALTER TABLE asli RENAME TO tbl_tanggapan")


async def is_told(city: Own, source: str, record: str, lacking: dict[str, int]) -> None:
    inspector = Inspector(city.city.catalog, Guard(lambda *_: None))
    (found,) = [one async for one in inspector.inspect([source]) if one.record == record]
    assert (found.lacking, found.unreached, found.state) == (lacking, 0, "dirty")
    for name, rows in lacking.items():
        said = f"row{'s' * (rows > 1)} without a usable {name}, which is required: on no page and in no count"
        assert f"  {rows} {said}" in lines_of(found)


CATEGORIES = """{
  complaintCategories(first: 100) { totalCount nodes { %s } }
  complaintCategoryGroups(by: []) { totals { count } }
}"""


async def test_a_key_of_blank_text_is_none(own: Own) -> None:
    """Also where the table states that its key is unique: one row may have the empty text."""
    binding = own.city.catalog.named("complaint_categories")
    assert binding is not None
    assert binding.mapping.unique_key
    kept, binding.mapping = binding.mapping, replace(binding.mapping, alive=())
    try:
        ((whole,),) = await own.complaints.rows("SELECT count(*) FROM m_kategori")
        for lost in ("", "-"):
            await own.complaints("INSERT INTO m_kategori VALUES (:lost, 'Tanpa kode', 'Lainnya')", lost=lost)
        for selected in ("name", "code", "id", "complaints { totalCount }"):
            answer = await own.city(CATEGORIES % selected)
            assert answer.errors == []
            found = answer.data["complaintCategories"]
            assert (found["totalCount"], len(found["nodes"])) == (whole, whole), selected
            assert answer.data["complaintCategoryGroups"]["totals"]["count"] == whole
        await is_told(own, "complaints", "complaint_categories", {"id": 2})
    finally:
        binding.mapping = kept
        await own.complaints("DELETE FROM m_kategori WHERE kd_kategori IN ('', '-')")


AREAS = """query ($first: Int!) {
  areas(first: $first, filter: {level: {eq: DISTRICT}}) { totalCount nodes { %s } pageInfo { hasNextPage } }
}"""


async def test_a_row_without_another_required_value_is_in_no_count_and_takes_no_place(own: Own) -> None:
    whole = (await own.city(AREAS % "id code", first=100)).data["areas"]
    first = whole["nodes"][0]
    ((key, spelled),) = await own.areas.rows(
        "SELECT id_wilayah, kd_wilayah FROM m_wilayah WHERE replace(kd_wilayah, '.', '') = :code",
        code=first["code"].replace(".", ""),
    )
    spoil = "UPDATE m_wilayah SET kd_wilayah = :lost WHERE id_wilayah = :key"
    count = whole["totalCount"] - 1
    try:
        for lost in ("", "-", "Kec. Ciledug", None):
            await own.areas(spoil, lost=lost, key=key)
            for selected in ("name", "code", "id"):
                for size in (3, count):
                    found = (await own.city(AREAS % selected, first=size)).data["areas"]
                    assert (found["totalCount"], len(found["nodes"])) == (count, size), (lost, selected)
                    assert found["pageInfo"]["hasNextPage"] is (size < count)
        await is_told(own, "areas", "areas", {"code": 1})
    finally:
        await own.areas(spoil, lost=spelled, key=key)
