"""Views: one question for a thousand screens, refreshed before it is too old, and honest when a department is away."""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.policy.erasure import Searched
from models.policy.viewer import Role
from models.values.localized import Language
from store.documents import register as register_documents
from store.documents import remove as remove_documents
from store.views import View, ViewRefused, register, remove
from tests.api.hub import Running, codes_of, environment, running
from tests.api.kept import Clock
from tests.migrated import migrated

BOARD = """
query Board($first: Int = 3) {
  complaintGroups(by: [STATUS], first: $first) {
    groups { key { status statusLabel } count overdueCount }
    totals { count }
    provenance { asOf freshness }
  }
}
"""
NOW = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS = ["key.status", "key.statusLabel", "count", "overdueCount"]


def board(name: str = "board", **given: Any) -> View:
    return View(name, "board-1", given, Language.EN, every_s=300)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own_database(tmp_path: Path) -> Path:
    return migrated(tmp_path / "hub.db")


@pytest.fixture
async def hub(city_folder: Path, tmp_path: Path, own_database: Path, clock: Clock) -> AsyncIterator[Running]:
    """A hub with a database and sources of its own, whose views are refreshed when a test says so."""
    sources = tmp_path / "city"
    sources.mkdir()
    for name in ("areas.db", "complaints.db"):
        shutil.copy(city_folder / name, sources / name)
    async with running(environment(sources, own_database)) as started:
        started.hub.responses.clock = clock
        # What is read again is read of the department.
        started.hub.operations.services.records.reader.cache = None
        await register_documents(started.hub.database, "app", {"board-1": BOARD}, lambda: NOW)
        await register(started.hub.database, board(), lambda: NOW)
        await started.hub.views.follow(started.hub.database)
        yield started


async def away(hub: Running, folder: Path) -> None:
    """Take the complaints away, as a department does that is switched off."""
    (folder / "city" / "complaints.db").rename(folder / "gone.db")
    await hub.hub.catalog.connectors["complaints"]._pool._close_idle()  # type: ignore[attr-defined]  # a database


async def test_who_comes_first_shares_the_first_question(hub: Running) -> None:
    answers = await asyncio.gather(*(hub.client.get("/views/board.json") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert hub.hub.responses.counts.runs == 1


async def test_a_thousand_screens_cost_one_question(hub: Running) -> None:
    await hub.hub.views.refresh_due()
    answers = await asyncio.gather(*(hub.client.get("/views/board.json") for _ in range(1_000)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert hub.hub.responses.counts.runs == 1
    said = answers[0].json()
    sent = (await hub.ask(BOARD)).json()
    assert said["data"]["complaintGroups"]["groups"] == sent["data"]["complaintGroups"]["groups"]
    view = said["extensions"]["view"]
    assert (view["name"], view["state"]) == ("board", "FRESH")
    assert datetime.fromisoformat(view["asOf"]) <= datetime.now(UTC)


async def test_the_table_has_the_groups_of_the_answer(hub: Running) -> None:
    answer = await hub.client.get("/views/board.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["hub-view-state"] == "FRESH"
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    groups = (await hub.client.get("/views/board.json")).json()["data"]["complaintGroups"]["groups"]
    assert rows == [
        COLUMNS,
        *(
            [one["key"]["status"], one["key"]["statusLabel"], str(one["count"]), str(one["overdueCount"])]
            for one in groups
        ),
    ]
    assert len(rows) == 4
    assert hub.hub.responses.counts.runs == 1


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_who_has_it_already_gets_nothing_again(hub: Running, clock: Clock, form: str) -> None:
    first = await hub.client.get(f"/views/board.{form}")
    clock.now_s += 10
    again = await hub.client.get(f"/views/board.{form}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["age"] == "10"
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert first.headers["cache-control"].startswith("public, max-age=")
    other = await hub.client.get(f"/views/board.{form}", headers={"if-none-match": '"something"'})
    assert (other.status_code, other.content) == (200, first.content)


async def test_it_is_refreshed_before_its_contract_ends_though_nobody_looks(hub: Running, clock: Clock) -> None:
    await hub.hub.views.refresh_due()
    (warm,) = hub.hub.views.all()
    assert warm.good is not None
    contract_s = warm.good.ends_at_s - clock.now_s
    assert 50 < contract_s <= 60, "complaints are fresh for a minute"
    assert clock.now_s + 0.7 * contract_s < warm.due_at_s < warm.good.ends_at_s
    before = hub.hub.responses.counts.runs
    clock.now_s = warm.due_at_s - 0.001
    await hub.hub.views.refresh_due()
    assert hub.hub.responses.counts.runs == before
    clock.now_s = warm.due_at_s
    await hub.hub.views.refresh_due()
    assert hub.hub.responses.counts.runs == before + 1
    assert warm.good.made_at_s == clock.now_s
    assert (await hub.client.get("/views/board.json")).headers["age"] == "0"


async def test_it_is_refreshed_as_often_as_its_operator_says(hub: Running, clock: Clock) -> None:
    often = View("often", "board-1", {}, Language.ID, every_s=5)
    await register(hub.hub.database, often, lambda: datetime(2026, 5, 2, tzinfo=UTC))
    await hub.hub.views.follow(hub.hub.database)
    await hub.hub.views.refresh_due()
    named = hub.hub.views.named("often")
    assert named is not None
    assert named.due_at_s == clock.now_s + 5


async def test_a_department_that_is_away_leaves_the_last_good_answer_marked_stale(
    hub: Running, clock: Clock, tmp_path: Path
) -> None:
    fresh = await hub.client.get("/views/board.json")
    (warm,) = hub.hub.views.all()
    assert warm.good is not None
    await away(hub, tmp_path)
    clock.now_s = warm.good.ends_at_s - 0.001
    await hub.hub.views.refresh_due()
    within = await hub.client.get("/views/board.json")
    groups = fresh.json()["data"]["complaintGroups"]["groups"]
    assert within.json()["data"]["complaintGroups"]["groups"] == groups
    # It may have been made anew just before the department went away, by what keeps it warm.
    fresh = within
    clock.now_s = warm.good.ends_at_s
    stale = await hub.client.get("/views/board.json")
    assert stale.status_code == 200
    assert stale.json()["data"]["complaintGroups"]["groups"] == groups
    assert stale.json()["extensions"]["view"]["state"] == "STALE"
    assert stale.json()["extensions"]["view"]["asOf"] == fresh.json()["extensions"]["view"]["asOf"]
    assert stale.headers["cache-control"] == "public, max-age=0, stale-while-revalidate=0"
    assert stale.headers["etag"] != fresh.headers["etag"]
    table = await hub.client.get("/views/board.csv")
    assert (table.headers["hub-view-state"], table.headers["hub-view-as-of"]) == (
        "STALE", fresh.json()["extensions"]["view"]["asOf"],
    )  # fmt: skip


async def test_what_never_answered_says_so_and_when_to_come_again(hub: Running, tmp_path: Path) -> None:
    await away(hub, tmp_path)
    await register(hub.hub.database, board("late", first=2), lambda: datetime(2026, 5, 2, tzinfo=UTC))
    await hub.hub.views.follow(hub.hub.database)
    answer = await hub.client.get("/views/late.json")
    assert (answer.status_code, codes_of(answer)) == (503, ["DEPARTMENT_UNAVAILABLE"])
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("10", "no-store")
    runs = hub.hub.responses.counts.runs
    assert (await hub.client.get("/views/late.csv")).status_code == 503
    assert hub.hub.responses.counts.runs == runs, "those who come again do not ask the department each time"


async def test_who_signs_in_gets_what_everybody_gets(hub: Running) -> None:
    everybody = await hub.client.get("/views/board.json")
    officer = await hub.client.get("/views/board.json", headers=hub.bearer(Role.OFFICER, department="dpupr"))
    assert officer.content == everybody.content


async def test_what_a_person_must_not_stand_in_is_forgotten(hub: Running) -> None:
    await hub.client.get("/views/board.json")
    assert hub.hub.views.forget_where(lambda body: b"nobody of this name" in body) == Searched(1, 0, 0)
    assert hub.hub.views.forget_where(lambda body: b"Closed" in body) == Searched(1, 1, 1)
    (warm,) = hub.hub.views.all()
    assert warm.good is None
    assert (await hub.client.get("/views/board.json")).status_code == 200
    assert hub.hub.responses.counts.runs == 2


async def test_views_are_listed_followed_and_forgotten(hub: Running) -> None:
    await hub.client.get("/views/board.json")
    listed = (await hub.client.get("/views")).json()["views"]
    assert [(one["name"], one["csv"], one["state"], one["columns"]) for one in listed] == [
        ("board", "/views/board.csv", "FRESH", COLUMNS),
    ]  # fmt: skip
    assert await remove(hub.hub.database, "board")
    assert not await remove(hub.hub.database, "board")
    await hub.hub.views.follow(hub.hub.database)
    unknown = await hub.client.get("/views/board.json")
    assert (unknown.status_code, codes_of(unknown)) == (404, ["NOT_FOUND"])
    assert (await hub.client.post("/views/board.json")).status_code == 405


async def test_a_view_without_its_document_is_left_out_and_the_others_stay(hub: Running) -> None:
    await register_documents(hub.hub.database, "other", {"board-2": BOARD + " "}, lambda: NOW)
    other = View("other", "board-2", {"first": 1}, Language.ID, every_s=60)
    await register(hub.hub.database, other, lambda: datetime(2026, 5, 2, tzinfo=UTC))
    await remove_documents(hub.hub.database, "app")
    await hub.hub.views.follow(hub.hub.database)
    assert [warm.checked.view.name for warm in hub.hub.views.all()] == ["other"]
    groups = (await hub.client.get("/views/other.json")).json()["data"]["complaintGroups"]["groups"]
    assert [group["key"]["statusLabel"] for group in groups] == ["Ditutup"]


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (board(), "is a view already"),
        (board("Board"), "no name of a view"),
        (board("-"), "no name of a view"),
        (View("quick", "board-1", {}, Language.ID, every_s=4), "every 5 to 3,600 seconds"),
        (board("large", text="x" * 16_384), "16,384 characters"),
    ],
)
async def test_what_is_no_view_is_refused(hub: Running, view: View, reason: str) -> None:
    with pytest.raises(ViewRefused, match=reason):
        await register(hub.hub.database, view, lambda: NOW)
