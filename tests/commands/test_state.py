"""The commands about the hub's own state: what the doctor says of a hub that is well, or is not, and backups."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog

import cli
from api.observability import doctor
from api.observability.doctor import Advice, breakers, disk, versions
from store.database.migrate import head
from tests.api.hub import environment
from tests.api.issuing import own_issuer
from tests.small_city import small_city
from tests.test_workers import Serving, serving

__all__ = ["serving"]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Hub:
    """A hub of two departments that an operator looks after from a terminal."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.database = folder / "hub.db"
        self._patch = patch
        self._capsys = capsys

    def sets(self, **environ: str) -> None:
        for name, value in environ.items():
            self._patch.setenv(name, value)

    def runs(self, *arguments: str) -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def changes(self, file: str, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.folder / file)) as connection:
            connection.execute(statement, values)
            connection.commit()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    small_city(folder)
    return folder


@pytest.fixture
def hub(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Hub]:
    for name in ("areas.db", "complaints.db"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    hub = Hub(tmp_path, monkeypatch, capsys)
    hub.sets(**environment(tmp_path, hub.database), HUB_PORT="1")
    hub.runs("migrate")
    yield hub
    structlog.reset_defaults()


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_a_hub_that_is_well(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever works on the hub has other versions for a while.
    monkeypatch.setattr(doctor, "versions", lambda _: Advice("versions", "as they should be"))
    ended = hub.runs("doctor")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert {line[:4] for line in lines[:-1]} == {"ok  "}
    assert f"ok  database: reached, at revision {head()}" in lines
    assert "ok  source complaints: reached" in lines
    assert "ok  findings: none in the last day" in lines
    assert "ok  hub: none answers on port 1, so nothing is known of breakers" in lines
    assert lines[-1] == "Nothing to do."


def told(ended: Ended) -> dict[str, str]:
    """What is wrong by its place, with what is to be done."""
    assert ended.code == 1
    found = re.findall(r"^!!  ([^:]+): (.+)\n    -> (.+)$", ended.out, re.MULTILINE)
    return {place: f"{says} -> {todo}" for place, says, todo in found}


def test_issuers_that_answer_and_that_do_not(hub: Hub) -> None:
    with own_issuer() as well, own_issuer() as broken:
        broken.publishes()
        hub.sets(HUB_ISSUERS=f"{well.url} roles=officer; {broken.url} roles=citizen")
        ended = hub.runs("doctor")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert f"ok  issuer {well.url}: answers, with 1 keys" in lines
    place = lines.index(
        f"!!  issuer {broken.url}: gives no keys: the issuer's set holds no key that tokens may be signed with"
    )
    assert lines[place + 1] == ("    -> see that it runs, and that HUB_ISSUERS or HUB_JWKS names it as it names itself")


def test_a_source_that_is_away_or_drifted(hub: Hub) -> None:
    (hub.folder / "areas.db").unlink()
    hub.changes("complaints.db", "ALTER TABLE tbl_pengaduan DROP COLUMN isi_laporan")
    found = told(hub.runs("doctor"))
    assert found["source areas"].startswith(
        "cannot be reached -> see that its server runs, and lets in what HUB_SOURCE_AREAS_URL"
    )
    assert found["source complaints"] == "complaints lacks description -> mend the mapping: see ./simpul sources check"


def test_a_database_that_is_away_or_of_another_revision(hub: Hub) -> None:
    hub.changes("hub.db", "UPDATE alembic_version SET version_num = '0000'")
    assert told(hub.runs("doctor"))["database"].startswith("The hub's database is at revision 0000, ")
    hub.sets(HUB_DATABASE_URL="postgresql://u:hidden@127.0.0.1:1/x")
    ended = hub.runs("doctor")
    assert told(ended)["database"].startswith("cannot be used (")
    assert "hidden" not in ended.out + ended.err


def test_settings_that_cannot_be(hub: Hub) -> None:
    hub.sets(HUB_PORTT="1")
    assert told(hub.runs("doctor"))["settings"].startswith("HUB_PORTT is not a setting of this hub.")


def test_findings_and_a_clock_that_was_put_back(hub: Hub) -> None:
    insert = "INSERT INTO findings VALUES ('complaints', 'complaints', 'status', ?, 3, ?, ?)"
    now = datetime.now(UTC)
    for kind, at in (("CHANGED_TYPE", now), ("UNDECODABLE", now), ("UNKNOWN_CODE", now - timedelta(days=2))):
        hub.changes("hub.db", insert, kind, *[at.replace(tzinfo=None).isoformat(" ")] * 2)
    ended = hub.runs("doctor")
    assert "ok  findings: CHANGED_TYPE in 1 fields, UNDECODABLE in 1 fields" in ended.out.splitlines()
    assert told(ended)["findings"] == (
        "complaints: complaints.status CHANGED_TYPE -> mend the mapping: the column has another type now"
    )
    hub.changes("hub.db", insert, "MISSING_KEY", *[(now + timedelta(hours=1)).replace(tzinfo=None).isoformat(" ")] * 2)
    assert told(hub.runs("doctor"))["clock"].startswith("findings are of the future -> ")


def test_a_full_disk_and_other_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk(tmp_path / "nothing" / "yet").todo == ""
    monkeypatch.setattr(doctor, "FREE_BYTES_MIN", 10**18)
    assert disk(tmp_path).todo.startswith("make room")
    lock = tmp_path / "some.lock"
    lock.write_text("fastapi==0.0.1 \\\n    --hash=sha256:00\nnot-installed-here==1 \\\n    --hash=sha256:00\n")
    advice = versions(lock)
    assert re.search(r", but fastapi \S+ instead of 0\.0\.1$", advice.says)
    assert advice.todo == "install what some.lock says: uv pip sync some.lock"


async def test_breakers_of_the_hub_that_runs(serving: Serving) -> None:
    host, port = serving.base.removeprefix("http://").split(":")
    (answers,) = await breakers(host, int(port))
    assert re.fullmatch(rf"answers on port {port}, with [1-4] process(es)?", answers.says)


def test_an_open_breaker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_host: str, _port: int, path: str) -> str:
        if path == "/health/ready":
            return 'HTTP/1.1 503 \r\nserver: x\r\n\r\n{"database": "It is another one. Put it back."}'
        return (
            'simpul_source_breaker{source="areas",state="open",worker="0"} 0.0\n'
            'simpul_source_breaker{source="areas",state="half open",worker="1"} 1.0\n'
            'simpul_source_breaker{source="complaints",state="closed",worker="1"} 1.0\n'
        )

    monkeypatch.setattr(doctor, "_asked", answer)
    first, *rest = asyncio.run(breakers("127.0.0.1", 8000))
    assert first.says == "answers on port 8000, with 2 processes"
    assert rest == [
        Advice("hub", "It is another one.", "Put it back."),
        Advice("source areas", "is left alone for now by the hub that runs", "see its server"),
    ]


def test_what_a_source_is_too_slow_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_host: str, _port: int, path: str) -> str:
        if path == "/health/ready":
            return "HTTP/1.1 200 OK\r\nserver: x\r\n\r\n{}"
        labels = 'class="strangers",shape="complaints rows order by area_code asc",source="complaints",worker="0"'
        return f"simpul_source_shape_refused_seconds{{{labels}}} 3.5\n"

    monkeypatch.setattr(doctor, "_asked", answer)
    _, *rest = asyncio.run(breakers("127.0.0.1", 8000))
    says = "is too slow for what strangers ask: complaints rows order by area_code asc"
    assert rest == [Advice("source complaints", says, "see ./simpul sources check --explain")]


# --- backup, restore --------------------------------------------------------------------------------------------------


def test_backup_and_restore(hub: Hub) -> None:
    file = str(hub.folder / "kept.zip")
    hub.changes("hub.db", "INSERT INTO findings VALUES ('a', 'b', 'c', 'UNDECODABLE', 3, '2026-01-01', '2026-01-01')")
    ended = hub.runs("backup", file)
    assert (ended.code, ended.err) == (0, "")
    assert re.match(r"Kept 1 rows: 0 of clients, .*\b1 of findings, ", ended.out)
    again = hub.runs("backup", file)
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith("kept.zip: there is such a file")
    refused = hub.runs("restore", file)
    assert refused.err == "The hub's database has rows in findings. To replace all it has, say --force.\n"
    assert hub.runs("restore", file, "--force").out.startswith("Restored, and compared, 1 rows: ")


def test_files_that_are_not_there(hub: Hub) -> None:
    assert hub.runs("restore", str(hub.folder / "no.zip")) == (1, "", "no.zip: no such file or directory.\n")
    assert hub.runs("backup", str(hub.folder / "no" / "x.zip")) == (1, "", "x.zip: no such file or directory.\n")
