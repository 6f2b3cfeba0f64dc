"""The operator's commands: what each says and leaves, and that what was foreseen ends in one sentence."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog
import time_machine
import uvicorn

import cli
from api.identity.dev_tokens import DevTokens
from api.serving import server
from api.serving.server import base_url, listening
from connectors.departments.city import TANGERANG
from models.policy.viewer import Role
from sample import web
from sample.citizens.people import resident_number
from sample.city import WIB
from sample.places import urls
from sample.write import DROPS, SOURCES
from schema import build
from settings import ROOT
from store.database.migrate import head
from tests.cities.losangeles.city import LOS_ANGELES

STEPS_OF_TWO_DAYS = 8
SECRET = "a secret of these tests, which is long enough"


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Operator:
    """Somebody at a terminal that is none: whose output is read by a program."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def sets(self, **environ: str) -> None:
        for name, value in environ.items():
            self._monkeypatch.setenv(name, value)

    def runs(self, *arguments: str) -> Ended:
        self._monkeypatch.setattr(sys, "argv", ["cli.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = self._capsys.readouterr()
        code = ended.value.code
        assert "Traceback" not in written.err
        assert "\x1b" not in written.out + written.err
        return Ended(code if isinstance(code, int) else 0, written.out, written.err)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Operator]:
    somebody = Operator(monkeypatch, capsys)
    somebody.sets(HUB_SECRET=SECRET, HUB_DATABASE_URL=f"sqlite:///{(tmp_path / 'hub.db').as_posix()}")
    yield somebody
    # `serve` logs to the stderr of its test, which is closed behind it.
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def made_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the command wrote the small city into."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sys,
            "argv",
            ["cli.py", "sample", "--size", "small", "--into", str(folder), "--as-of", "2026-11-20", "--still"],
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 0
    return folder


@pytest.fixture
def own_city(made_city: Path, tmp_path: Path, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that a test may break, the operator's sources, and the web of the copy."""
    folder = tmp_path / "city"
    shutil.copytree(made_city, folder)
    monkeypatch.setattr("city_sources.SAMPLE", folder)
    monkeypatch.setattr("city_sources.REPLICAS", tmp_path / "replicas")
    for name, url in urls(folder).items():
        operator.sets(**{f"HUB_SOURCE_{name.upper()}_URL": url})
    return folder


# --- token ------------------------------------------------------------------------------------------------------------


def viewer_of(ended: Ended) -> Any:
    assert ended.code == 0
    return asyncio.run(DevTokens(SECRET.encode(), TANGERANG).read(ended.out.strip())).viewer


def test_a_token_is_of_the_persona_of_its_role(operator: Operator) -> None:
    citizen = viewer_of(operator.runs("token", "--role", "citizen"))
    assert (citizen.role, citizen.nik, citizen.department_code) == (Role.CITIZEN, resident_number(0), None)
    officer = viewer_of(operator.runs("token", "--role", "officer"))
    assert (officer.role, officer.nik, officer.department_code) == (Role.OFFICER, None, "dpupr")
    assert viewer_of(operator.runs("token", "--role", "operator")).role is Role.OPERATOR


def test_a_token_is_of_whom_it_is_asked_for(operator: Operator) -> None:
    officer = viewer_of(operator.runs("token", "--role", "officer", "--department", "dlh"))
    assert officer.department_code == "dlh"
    spaced = resident_number(7)
    citizen = viewer_of(operator.runs("token", "--role", "citizen", "--nik", f"{spaced[:6]} {spaced[6:]}"))
    assert citizen.nik == spaced


def test_tokens_that_are_not_made(operator: Operator) -> None:
    ended = operator.runs("token", "--role", "citizen", "--nik", "3671010000000000")
    assert ended == (1, "", "This is no possible NIK: 16 digits that hold a date of birth.\n")
    ended = operator.runs("token", "--role", "officer", "--department", "nothing")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("There is no department 'nothing'. There are: bagpem, bpbd, ")
    assert operator.runs("token", "--role", "mayor").code == 2
    assert operator.runs("token").code == 2


def test_prod_makes_no_tokens(operator: Operator) -> None:
    operator.sets(HUB_PROFILE="prod")
    sentence = "Tokens are made here in the dev profile only. In prod they come from the city's identity provider.\n"
    assert operator.runs("token", "--role", "operator") == (1, "", sentence)


# --- schema -----------------------------------------------------------------------------------------------------------


def test_the_schema_is_printed(operator: Operator) -> None:
    ended = operator.runs("schema", "print")
    assert ended == (0, (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"), "")


def test_the_schema_is_checked(operator: Operator) -> None:
    said = "The schema agrees with its records, with schema/schema.graphql and with docs/personal-data.md.\n"
    ended = operator.runs("schema", "check")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(said)  # after what has changed since the last release


@pytest.mark.parametrize(
    ("printed", "kept", "word"), [("SDL", "schema.graphql", "A report"), ("PERSONAL_PAGE", "personal-data.md", "deny")]
)
def test_drift_of_what_is_printed_is_found_and_put_right(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, printed: str, kept: str, word: str
) -> None:
    for name, path in (("SDL", cli.SDL), ("PERSONAL_PAGE", cli.PERSONAL_PAGE)):
        shutil.copy(path, tmp_path)
        monkeypatch.setattr(cli, name, tmp_path / path.name)
    copy = getattr(cli, printed)
    copy.unlink()
    sentence = f"{kept} is not the one of this code. Run: ./simpul schema print --write\n"
    assert operator.runs("schema", "check") == (1, "", sentence)
    assert operator.runs("schema", "print", "--write") == (0, "", "")
    assert operator.runs("schema", "check").code == 0
    copy.write_text(copy.read_text(encoding="utf-8").replace(word, "another word"), encoding="utf-8")
    assert operator.runs("schema", "check") == (1, "", sentence)


def test_contradictions_are_found(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "contradictions", lambda: ["Area.name is nullable, its record says otherwise"])
    assert operator.runs("schema", "check") == (1, "", "Area.name is nullable, its record says otherwise\n")


# --- sources ----------------------------------------------------------------------------------------------------------


def test_sources_are_listed(operator: Operator, own_city: Path) -> None:
    (own_city / "news.db").unlink()
    ended = operator.runs("sources", "list")
    assert ended.code == 0
    lines = ended.out.splitlines()
    at = lines.index("complaints - reached")
    assert lines[at + 1 : at + 3] == [
        "  LAKSA, Dinas Komunikasi dan Informatika",
        "  at most 4 connections, 700 ms a statement",
    ]
    assert re.fullmatch(r"  sqlite [\d.]+, 500 keys per statement", lines[at + 3])
    assert "  complaints                3,911 rows where hapus = T, fresh for 1 minute" in lines
    assert "news - cannot be reached (FileNotFoundError)" in lines
    assert max(map(len, lines)) <= 80


def test_sources_that_are_not_connected(operator: Operator) -> None:
    operator.sets(HUB_PROFILE="prod")
    lines = operator.runs("sources", "list").out.splitlines()
    assert "areas - not connected: set HUB_SOURCE_AREAS_URL" in lines


def test_dirt_is_reported_and_no_failure(operator: Operator, own_city: Path) -> None:
    ended = operator.runs("sources", "check")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert "complaints: complaint_categories - ok, 16 rows" in lines
    assert "complaints: complaints - dirty, 3,911 rows" in lines
    assert "  requested_at sorts as id_pengaduan: proved over 3,845 rows" in lines
    # How many events there are depends on the day: those that repeat exist around it.
    assert lines[-1].startswith("26 records: 2 ok, 24 dirty, 0 broken; 42,")
    assert max(map(len, lines)) <= 80


def test_a_missing_column_is_named(operator: Operator, own_city: Path) -> None:
    with closing(sqlite3.connect(own_city / "complaints.db")) as connection:
        connection.execute("ALTER TABLE tbl_pengaduan DROP COLUMN isi_laporan")
    ended = operator.runs("sources", "check", "--source", "complaints", "--rows-max", "100")
    assert ended.code == 1
    lines = ended.out.splitlines()
    at = lines.index("complaints: complaints - broken, 3,911 rows")
    assert lines[at + 1] == "  BROKEN: a column is missing for: description"
    assert "  stopped after 100 rows; --rows-max reads more" in lines
    assert lines[-1] == "4 records: 1 ok, 2 dirty, 1 broken; 316 rows looked at"


def test_a_source_that_is_away(operator: Operator, own_city: Path) -> None:
    (own_city / "areas.db").unlink()
    ended = operator.runs("sources", "check")
    assert ended.code == 1
    lines = ended.out.splitlines()
    at = lines.index("areas: areas - broken, rows not counted")
    assert lines[at + 1] == "  BROKEN: cannot be reached (FileNotFoundError)"
    assert "complaints: complaints - dirty, 3,911 rows" in lines


def test_a_check_for_machines(operator: Operator, own_city: Path) -> None:
    ended = operator.runs("sources", "check", "--json", "--source", "areas")
    assert (ended.code, ended.err) == (0, "")
    said = json.loads(ended.out)
    assert (said["broken"], said["summary"]) == (False, "1 record: 0 ok, 1 dirty, 0 broken; 118 rows looked at")
    (record,) = said["records"]
    assert (record["source"], record["record"], record["state"], record["rows"]) == ("areas", "areas", "dirty", 118)
    swapped = record["fields"]["position"]["flaws"]["SWAPPED_COORDINATES"]
    assert (swapped["rows"], len(swapped["keys"])) == (6, 5)
    (parents,) = record["references"]
    assert (parents["field"], parents["values"], parents["orphans"]) == ("parent_code", 14, {"rows": 0, "keys": []})


def test_a_check_of_what_is_not_there(operator: Operator, own_city: Path) -> None:
    ended = operator.runs("sources", "check", "--source", "nothing")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("The city has no source 'nothing'. It has: admissions, alerts, areas, ")
    operator.sets(HUB_PROFILE="prod", HUB_SOURCE_AREAS_URL="")
    assert operator.runs("sources", "check", "--rows-max", "0").code == 2


# --- migrate, sample --------------------------------------------------------------------------------------------------


def test_migrate(operator: Operator, tmp_path: Path) -> None:
    for _ in range(2):
        assert operator.runs("migrate") == (0, f"The hub's database is at revision {head()}.\n", "")
    assert (tmp_path / "hub.db").exists()


def test_sample_writes_a_city(made_city: Path) -> None:
    assert sorted(path.name for path in made_city.iterdir()) == sorted(
        [
            "complete",
            "live.jsonl",
            "live.lock",
            *(f"{source.name}.db" for source in SOURCES),
            *(drop.name for drop in DROPS),
        ]
    )


def test_a_city_lives_on_from_where_it_stands_and_not_twice(
    made_city: Path, operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "living"
    shutil.copytree(made_city, folder)
    assert operator.runs("sample", "live", "--into", str(folder), "--strike", "dpr").err.startswith(
        "--strike: dpr is no department of the sample city. It has: bpbd, dindik, "
    )
    told = operator.runs("sample", "live", "--into", str(folder), "--seed", "7").err
    assert told == "This city was made with the seed 3671: make it with --seed 7 first.\n"
    with closing(sqlite3.connect(folder / "live.lock", isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        told = operator.runs("sample", "live", "--into", str(folder)).err
        assert told == "Another `./simpul sample live` is at work in this city: stop it first.\n"
    told = operator.runs("sample", "live", "--into", str(tmp_path / "nowhere")).err
    assert told == "There is no sample city: make it with `./simpul sample`.\n"
    # So far nothing has happened in it; then it makes up for what it has missed, and is told to stop.
    complaints = "SELECT count(*) FROM tbl_pengaduan"
    with closing(sqlite3.connect(folder / "complaints.db")) as laksa:
        assert laksa.execute(complaints).fetchone() == (4_000,)
        asked = iter([False] * STEPS_OF_TWO_DAYS + [False, True])
        monkeypatch.setattr("commands.sample._stopping", lambda *, beside: lambda: next(asked))
        with time_machine.travel(datetime(2026, 11, 22, tzinfo=WIB)):
            ended = operator.runs("sample", "live", "--into", str(folder), "--strike", "disnaker")
        assert ended.out.splitlines() == [
            "The sample city makes up for what it has missed since 2026-11-20 00:00.",
            "The sample city lives: it is 2026-11-22 00:00 there; on strike: disnaker.",
        ]
        # Of two days, and three a day about the closed office.
        assert laksa.execute(complaints).fetchone() == (4_016,)


@pytest.mark.parametrize("into", ["oracle://db/x", "sqlite:///x.db"])
def test_sample_into_what_cannot_hold_it(operator: Operator, into: str) -> None:
    ended = operator.runs("sample", "--into", into)
    assert ended.code == 1
    assert ended.err.startswith("The sample city can be written into a folder, postgresql:// or mysql://, not ")


def test_sample_into_a_database_that_is_away(operator: Operator) -> None:
    ended = operator.runs("sample", "--into", "postgresql://u:hidden@127.0.0.1:1/x")
    assert ended.code == 1
    assert ended.err.startswith("The sample city cannot be written to --into: ")
    assert "hidden" not in ended.err


def test_sample_has_two_sizes(operator: Operator) -> None:
    assert operator.runs("sample", "--size", "huge").code == 2


# --- serve ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the hub would have been served, instead of serving for ever."""
    places: list[str] = []

    def note(listener: Any, *_: Any) -> None:
        places.append(base_url(listener))
        listener.close()

    monkeypatch.setattr(server, "serve_on", note)
    return places


def test_serve_introduces_the_personas(operator: Operator, served: list[str]) -> None:
    operator.sets(HUB_PORT="0")
    operator.runs("migrate")
    ended = operator.runs("serve")
    assert ended.code == 0
    (base,) = served
    assert ended.out.startswith(f"Simpul serves at {base} - stop it with Ctrl-C.\n")
    assert ended.out.endswith(f"\nPages: {base}/ - a key of your own and a first program: {base}/developers\n")
    assert re.findall(r"^(\w[\w ]*) \((\w+)\)$", ended.out, re.MULTILINE) == [
        ("resident", "citizen"),
        ("officer of DPUPR", "officer"),
        ("analyst", "analyst"),
        ("developer", "developer"),
    ]
    tokens = DevTokens(SECRET.encode(), TANGERANG)
    found = [
        asyncio.run(tokens.read(token)).viewer.role
        for token in re.findall(r"^  token: (\S+)$", ended.out, re.MULTILINE)
    ]
    assert found == [Role.CITIZEN, Role.OFFICER, Role.ANALYST, Role.DEVELOPER]
    bodies = re.findall(rf"^  curl -s {base}/graphql .* -d '([^']+)'$", ended.out, re.MULTILINE)
    assert [list(json.loads(body)) for body in bodies] == [["query"]] * 4


def test_serve_introduces_people_of_another_city(operator: Operator, served: list[str]) -> None:
    """Of one that states no examples: its first department, and nobody whose own data there would be."""
    operator.sets(HUB_PORT="0", HUB_CITY="tests.cities.losangeles")
    operator.runs("migrate")
    ended = operator.runs("serve")
    assert (ended.code, ended.err) == (0, "")
    assert "\nofficer of BOS (officer)\n" in ended.out
    tokens = DevTokens(SECRET.encode(), LOS_ANGELES)
    people = [
        asyncio.run(tokens.read(token)).viewer for token in re.findall(r"^  token: (\S+)$", ended.out, re.MULTILINE)
    ]
    assert [(one.role, one.department_code, one.nik) for one in people] == [
        (Role.CITIZEN, None, None), (Role.OFFICER, "bos", None), (Role.ANALYST, None, None),
        (Role.DEVELOPER, None, None),
    ]  # fmt: skip
    bodies = re.findall(rf"^  curl -s {served[0]}/graphql .* -d '([^']+)'$", ended.out, re.MULTILINE)
    assert "{level: {eq: VILLAGE}}" in bodies[2]
    assert "36.71" not in ended.out


def test_serve_in_prod_shows_no_token(operator: Operator, served: list[str]) -> None:
    operator.sets(HUB_PORT="0", HUB_PROFILE="prod")
    operator.runs("migrate")
    ended = operator.runs("serve")
    assert (ended.code, ended.out) == (0, f"Simpul serves at {served[0]} - stop it with Ctrl-C.\n")


def test_serve_refuses_another_revision(operator: Operator, served: list[str], tmp_path: Path) -> None:
    sentence = f"The hub's database is at no revision yet, this hub needs {head()}. Run: ./simpul migrate\n"
    assert operator.runs("serve") == (1, "", sentence)
    operator.runs("migrate")
    with closing(sqlite3.connect(tmp_path / "hub.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
        connection.commit()
    ended = operator.runs("serve")
    assert (ended.code, ended.out, served) == (1, "", [])
    assert ended.err.startswith("The hub's database is at revision older, which this hub does not know")


def test_serve_on_a_port_in_use(operator: Operator, served: list[str]) -> None:
    operator.runs("migrate")
    with closing(listening("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        operator.sets(HUB_PORT=str(port))
        ended = operator.runs("serve")
    assert (ended.code, ended.out, served) == (1, "", [])
    assert ended.err.startswith(f"Nothing can listen on 127.0.0.1, port {port}: ")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HUB_PROT", "1", "HUB_PROT is not a setting of this hub."),
        ("HUB_PORT", "x", "HUB_PORT: Input should be a valid integer"),
        ("HUB_SOURCE_AREAS_URL", "ftp://u:hidden@x/y", "HUB_SOURCE_AREAS_URL: The scheme of the URL must be one of"),
        ("HUB_SOURCE_NOTHING_URL", "sqlite:///x", "HUB_SOURCE_NOTHING_...: the city has no such source."),
        ("HUB_CITY", "nothing.of.the.kind", "HUB_CITY: 'nothing.of.the.kind' is no importable package"),
        ("HUB_AREAS_GEOJSON", "/nothing.geojson", "HUB_AREAS_GEOJSON: /nothing.geojson cannot be read: "),
        ("HUB_AREAS_GEOJSON", str(ROOT / "README.md"), "HUB_AREAS_GEOJSON: README.md is no GeoJSON FeatureCollection"),
        ("HUB_AREAS_GEOJSON", "", "HUB_AREAS_GEOJSON: . cannot be read: "),
        ("HUB_DATABASE_URL", "hidden", "HUB_DATABASE_URL must name the hub's own database."),
        ("HUB_DATABASE_URL", "postgresql://u:hidden@127.0.0.1:1/x", "A database cannot be used ("),
    ],
)
def test_serve_says_what_is_wrong_in_one_sentence(
    operator: Operator, served: list[str], name: str, value: str, sentence: str
) -> None:
    operator.runs("migrate")
    operator.sets(HUB_PORT="0")
    operator.sets(**{name: value})
    ended = operator.runs("serve")
    assert (ended.code, ended.out, served) == (1, "", [])
    assert ended.err.startswith(sentence)
    assert ended.err.count("\n") == 1
    assert "hidden" not in ended.err


def test_several_processes_need_postgresql_and_connections_for_each(operator: Operator, served: list[str]) -> None:
    operator.sets(HUB_PORT="0", HUB_WORKERS="2")
    ended = operator.runs("serve")
    assert (ended.code, ended.out, served) == (1, "", [])
    assert ended.err == (
        "Several processes (HUB_WORKERS) need a PostgreSQL for the hub's own tables: "
        "set HUB_DATABASE_URL to one, or HUB_WORKERS to 1.\n"
    )
    operator.sets(HUB_WORKERS="5", HUB_DATABASE_URL="postgresql://u:hidden@127.0.0.1:1/x")
    ended = operator.runs("serve")
    assert (ended.code, ended.out, served) == (1, "", [])
    assert re.fullmatch(
        r"HUB_WORKERS: 5 processes cannot share the 4 connections that the source \w+ bears\. "
        r"Set HUB_WORKERS to 4 or less, or agree on more with its owner\.\n",
        ended.err,
    )
    assert operator.runs("sources", "list").code == 0


@pytest.fixture
def served_web(own_city: Path, operator: Operator) -> Iterator[None]:
    """The web of the operator's city on a port of this machine, for a hub in a process of its own."""
    serving = uvicorn.Server(uvicorn.Config(web.app(own_city), port=0, log_level="error"))
    thread = threading.Thread(target=serving.run)
    thread.start()
    try:
        ends_at_s = time.monotonic() + 10
        while not serving.started and time.monotonic() < ends_at_s:
            time.sleep(0.01)
        port = serving.servers[0].sockets[0].getsockname()[1]
        for name, url in urls(own_city, f"http://127.0.0.1:{port}").items():
            operator.sets(**{f"HUB_SOURCE_{name.upper()}_URL": url})
        operator.sets(HUB_PRIVATE_HOSTS="127.0.0.1")
        yield
    finally:
        serving.should_exit = True
        thread.join()


@pytest.mark.usefixtures("served_web")
def test_serve_answers_and_stops_when_told(operator: Operator) -> None:
    operator.sets(HUB_PORT="0")
    operator.runs("migrate")
    command = [sys.executable, "-u", "cli.py", "serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.match(r"Simpul serves at (\S+) ", process.stdout.readline())
            assert found is not None
            with urllib.request.urlopen(f"{found[1]}/health/ready", timeout=30) as response:
                assert json.load(response)["state"] == "ready"
                assert "server" not in response.headers
        finally:
            process.send_signal(signal.SIGTERM if sys.platform != "win32" else signal.SIGINT)
        _, err = process.communicate(timeout=30)
    # The drops of the sample are as late, and one of them as broken, as real ones.
    assert {json.loads(line)["event"] for line in err.splitlines()} <= {"file late", "file left out"}
    assert process.returncode in (0, -signal.SIGTERM)


def test_help_names_every_command(operator: Operator) -> None:
    out = operator.runs("--help").out
    for command in ("serve", "migrate", "sample", "token", "sources", "schema", "doctor", "backup", "restore"):
        assert command in out


HEAVY = {"alembic", "asyncpg", "connectors", "fastapi", "graphql", "hub", "schema", "sqlalchemy", "strawberry"}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], set()),
        (["token", "--help"], set()),
        # The city's package has its personas, and mappings with the drivers that they are read by.
        (["token", "--role", "officer"], {"asyncpg", "connectors", "sqlalchemy"}),
    ],
)
def test_short_commands_import_only_what_they_need(
    arguments: list[str], needed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What slows a start is counted, not timed."""
    heavy = HEAVY - needed
    program = (
        "import atexit, runpy, sys\n"
        f"atexit.register(lambda: print({heavy!r}.intersection(sys.modules) or 'nothing heavy', file=sys.stderr))\n"
        f"sys.argv = {['cli.py', *arguments]!r}\n"
        "runpy.run_path('cli.py', run_name='__main__')"
    )
    monkeypatch.setenv("HUB_SECRET", SECRET)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "nothing heavy\n")
    assert done.stdout
