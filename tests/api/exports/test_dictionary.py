"""The dictionary of a collection says what its columns are; docs/exports.md says what a program can do with it."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from api.exports.collections import COLLECTIONS
from api.exports.groupings import GROUPINGS
from api.exports.request import AFTER, FORMATS, PAGE_SIZE, PARAMETERS
from models.complaints import ComplaintStatus
from models.values.localized import Language
from tests.api.exports.walking import csv_rows, exported, ndjson_rows
from tests.api.hub import Running

PAGE = Path(__file__).resolve().parents[3] / "docs" / "exports.md"


async def test_the_index_names_a_file_of_every_form_and_each_is_there(hub: Running) -> None:
    index = (await exported(hub, "")).json()
    assert [one["name"] for one in index["collections"]] == list(COLLECTIONS)
    assert [one["name"] for one in index["aggregates"]] == list(GROUPINGS)
    for one in (*index["collections"], *index["aggregates"]):
        assert set(one["files"]) <= set(FORMATS)
        for address in (*one["files"].values(), *one["dictionary"].values()):
            # Of what this city has not connected there is a dictionary, and no file.
            assert (await hub.client.head(address)).status_code == 200


async def test_a_dictionary_describes_the_columns_that_a_file_has(hub: Running) -> None:
    body = (await exported(hub, "complaints.dictionary.json")).json()
    header, *_ = csv_rows((await exported(hub, "complaints.csv")).content)
    assert [column["name"] for column in body["columns"]] == header
    assert (body["source"]["name"], body["source"]["freshForSeconds"]) == ("complaints", 60)
    assert body["timeZone"] == "Asia/Jakarta"
    status = next(column for column in body["columns"] if column["name"] == "status")
    assert status == {
        "name": "status",
        "type": "ComplaintStatus",
        "list": False,
        "class": "NON_PERSONAL",
        "unit": None,
        "description": "Whether the city still has to act.",
        "vocabulary": [
            {
                "value": word.name,
                "id": word.label_in(Language.ID),
                "en": word.label_in(Language.EN),
                "description": word.description,
            }
            for word in ComplaintStatus
        ],
        "connected": True,
    }
    _, *table = csv_rows((await exported(hub, "complaints.dictionary.csv")).content)
    assert [row[0] for row in table] == header
    page = (await exported(hub, "complaints.dictionary.md")).text
    assert [line.split(" | ")[0][2:] for line in page.splitlines() if line.startswith("| ")][2:] == header


async def test_what_the_page_tells_to_type_works(hub: Running, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    taken = {name for one in (*COLLECTIONS.values(), *GROUPINGS.values()) for name in one.arguments} - {PAGE_SIZE}
    documented = set(re.findall(r"`(\w+)(?:=\d)?`(?=[^|]*\|)", "\n".join(re.findall(r"(?m)^\| .*\|$", text))))
    assert documented >= PARAMETERS | taken | {AFTER}
    (header, *rows), (keys, *groups) = [
        csv_rows((await exported(hub, address.removeprefix("http://127.0.0.1:8000/export/"))).content)
        for address in re.findall(r"curl -OJ '([^']+)'", text)
    ]
    assert header == ["ticketNumber", "status", "requestedAt", "area.name"]
    assert {row[1] for row in rows} == {"OPEN"}
    assert keys == [
        "key.categoryCode", "key.category.name", "key.status", "key.statusLabel", "key.period.label", "count", "share",
    ]  # fmt: skip
    assert {row[2] for row in groups} == {"OPEN", "CLOSED", "UNKNOWN"}


async def test_other_makers_readers_read_it(hub: Running, tmp_path: Path) -> None:
    rows = ndjson_rows((await exported(hub, "complaints.ndjson?fields=ticketNumber,status,requestedAt")).content)
    path = tmp_path / "complaints.csv"
    path.write_bytes((await exported(hub, "complaints.csv?bom=1&fields=ticketNumber,status,requestedAt")).content)
    with duckdb.connect() as connection:
        query = "SELECT ticketNumber, status FROM read_csv(?, header = true)"
        found = connection.execute(query, [path.as_posix()]).fetchall()
    assert found == [(row["ticketNumber"], row["status"]) for row in rows]
