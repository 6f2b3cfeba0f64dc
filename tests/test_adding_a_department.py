"""Adding a subject takes three files and two lines: docs/adding-a-department.md, followed to the letter."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from sample import areas
from sample.areas import M_WILAYAH
from sample.city import SEED, SIZES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "adding-a-department.md"

HEADING = re.compile(r"^## \d\. .*: `([a-z_/]+\.py)`$")
REGISTRY_ROW = re.compile(r"^\| `([a-z_/]+\.py)` \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)

LIST_ROW = re.compile(r"^\| `([a-z_/]+\.py)` \| `([A-Z_]+)` \| `([^`]+)` \|$", re.MULTILINE)

# id, name, area, opening, telephone, deleted, closed: as their department keeps them.
BRANCHES = (
    (1, "PERPUSTAKAAN CIPONDOH", "3671051003", "20-05-2015 08:00", "021 0000 1001", "T", None),
    (2, "TAMAN BACA KARAWACI", "36.71.07", "00-00-0000 00:00", "-", "T", None),
    (3, None, "0", "", "", "T", None),
    (4, "RUMAH PINTAR BENDA", "3671.04", "31-02-2020 09:00", "0", "T", None),
    (5, "PERPUSTAKAAN LAMA", "36.71.05", "01-01-1990 08:00", "-", "Y", None),
    (6, "PERPUSTAKAAN TUTUP", "36.71.05", "01-01-1995 08:00", "-", "T", "31-12-2019"),
    (7, "BALAI BUKU", "36.71.99", "02-10-2023 13:30", None, "T", None),
)
QUESTION = """
{ libraries(first: 10, orderBy: [{name: ASC}]) { totalCount nodes { name area { name } openedAt } } }
"""
ANSWER = {
    "libraries": {
        "totalCount": 5,
        "nodes": [
            {"name": "Balai Buku", "area": None, "openedAt": "2023-10-02T13:30:00+07:00"},
            {
                "name": "Perpustakaan Cipondoh",
                "area": {"name": "Cipondoh Indah"},
                "openedAt": "2015-05-20T08:00:00+07:00",
            },
            {"name": "Rumah Pintar Benda", "area": None, "openedAt": None},
            {"name": "Taman Baca Karawaci", "area": {"name": "Karawaci"}, "openedAt": None},
            {"name": None, "area": None, "openedAt": None},
        ],
    }
}

ASK = """
import asyncio, json, sys
import httpx2
from app import app_of
from hub import build_hub
from settings import settings
from store.database.migrate import upgrade

upgrade(settings().database_url.get_secret_value())
app = app_of(build_hub(settings()))

async def main():
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub")
    async with app.router.lifespan_context(app), client:
        asked = [(await client.post("/graphql", json={"query": query})).json() for query in json.load(sys.stdin)]
        sdl = (await client.get("/schema.graphql")).text
    json.dump({"asked": asked, "sdl": sdl}, sys.stdout)

asyncio.run(main())
"""


class House(NamedTuple):
    """A copy of the house to which the page was applied, and how its commands are run."""

    root: Path
    environ: dict[str, str]

    def runs(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environ.items():
                patch.setenv(name, value)
            return subprocess.run(
                [sys.executable, *arguments],
                cwd=self.root, input=given, capture_output=True, encoding="utf-8", check=False, timeout=60,
            )  # fmt: skip

    def asks(self, *queries: str) -> tuple[list[dict[str, object]], str]:
        """The answers of the hub, and its schema."""
        ended = self.runs("-c", ASK, given=json.dumps(queries))
        assert ended.returncode == 0, ended.stderr
        found = json.loads(ended.stdout)
        return found["asked"], found["sdl"]


# --- Following the page -----------------------------------------------------------------------------------------------


def sections() -> Iterator[tuple[str, str]]:
    """Each file of the page, and what stands in it: the first block of Python below the heading that names it."""
    for section in re.split(r"^(?=## )", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        heading = HEADING.match(section.partition("\n")[0])
        block = re.search(r"```python\n(.*?)```", section, re.DOTALL)
        if heading is not None and block is not None:
            yield heading[1], block[1]


def registered(text: str, opening: str, line: str, imported: str) -> str:
    """The text of a registry with one more line below its opening, and one more name imported, both in their place."""
    lines = text.split("\n")
    at = next(number for number, one in enumerate(lines) if one.strip() == opening) + 1
    indent = re.match(" *", lines[at])
    assert indent is not None
    while lines[at].startswith(indent[0]) and lines[at].strip() < line:
        at += 1
    lines.insert(at, indent[0] + line)
    at = next(number for number, one in enumerate(lines) if re.match(r"from (schema|.+\.departments) import \(", one))
    while lines[at + 1].strip(" ,") < imported and lines[at + 1] != ")":
        at += 1
    lines.insert(at + 1, f"    {imported},")
    return "\n".join(lines)


def listed(text: str, name: str, line: str) -> str:
    """The text of a module with one more line in a list of names, in its place."""
    lines = text.split("\n")
    at = next(number for number, one in enumerate(lines) if one.startswith(f"{name}: ")) + 2
    while lines[at].strip() < line and lines[at].strip().startswith('"'):
        at += 1
    lines.insert(at, f"        {line}")
    return "\n".join(lines)


def follow(root: Path) -> None:
    """Do in a copy of the house what the page says."""
    for path, text in sections():
        file = root / path
        assert not file.exists(), f"{path} is there already"
        file.write_text(text, encoding="utf-8")
    for path, name, line in LIST_ROW.findall(PAGE.read_text(encoding="utf-8")):
        file = root / path
        file.write_text(listed(file.read_text(encoding="utf-8"), name, line), encoding="utf-8")
    for path, opening, line, imported in REGISTRY_ROW.findall(PAGE.read_text(encoding="utf-8")):
        file = root / path
        file.write_text(registered(file.read_text(encoding="utf-8"), opening, line, imported), encoding="utf-8")


def write_branches(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "CREATE TABLE tb_cabang (id_cabang INTEGER, nm_cabang VARCHAR(60), kd_desa VARCHAR(20), "
            "tgl_buka VARCHAR(20), telp_petugas VARCHAR(20), hapus CHAR(1), tgl_tutup VARCHAR(10))"
        )
        connection.executemany("INSERT INTO tb_cabang VALUES (?, ?, ?, ?, ?, ?, ?)", BRANCHES)


def write_areas(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(M_WILAYAH.create_sql("sqlite", M_WILAYAH.name))
        rows = [row for _, row in areas.SOURCE.rows(SIZES["small"], SEED)]
        connection.executemany(M_WILAYAH.insert_sql("sqlite", M_WILAYAH.name), rows)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("town")
    root = folder / "house"
    # What is no source of the house stays behind: what was made on this machine, and the tests.
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".*", "var", "tests", "node_modules", "__pycache__"))
    follow(root)
    write_branches(folder / "libraries.db")
    write_areas(folder / "areas.db")
    environ = {
        "PYTHONPATH": str(root),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HUB_PROFILE": "prod",
        "HUB_SECRET": "a secret of this test, which is long enough",
        "HUB_DEADLINE_MS": "20000",
        "HUB_DATABASE_URL": f"sqlite:///{(folder / 'hub.db').as_posix()}",
        "HUB_SOURCE_AREAS_URL": f"sqlite:///{(folder / 'areas.db').as_posix()}",
        "HUB_SOURCE_LIBRARIES_URL": f"sqlite:///{(folder / 'libraries.db').as_posix()}",
    }
    return House(root, environ)


# --- What came of it --------------------------------------------------------------------------------------------------


def test_it_takes_three_files_and_one_line_in_each_of_two_registries(house: House) -> None:
    added, changed = [], {}
    for file in sorted(house.root.rglob("*.py")):
        path = file.relative_to(house.root).as_posix()
        if not (ROOT / path).exists():
            added.append(path)
            continue
        before, after = ((root / path).read_text(encoding="utf-8") for root in (ROOT, house.root))
        if before != after:
            lines = list(difflib.ndiff(before.split("\n"), after.split("\n")))
            changed[path] = tuple(sum(line.startswith(sign) for line in lines) for sign in ("+ ", "- "))
    assert added == ["connectors/departments/libraries.py", "models/libraries.py", "schema/libraries.py"]
    # The line of the subject, and its name among those that are imported.
    assert changed == {
        "connectors/departments/__init__.py": (2, 0),
        "models/policy/purposes.py": (1, 0),
        "schema/build.py": (2, 0),
    }
    page = PAGE.read_text(encoding="utf-8")
    assert "That is all of it: three files, and one line in each of two registries." in page


def test_the_hub_answers(house: House) -> None:
    started = time.perf_counter()
    [answer, hidden, counted], sdl = house.asks(
        QUESTION,
        '{ libraries(filter: {name: {eq: "Perpustakaan Cipondoh"}}) { nodes { name librarianPhone } } }',
        '{ libraries(filter: {areaCode: {eq: "36.71.05.1003"}}) { totalCount } }',
    )
    print(f"from nothing to an answer in {time.perf_counter() - started:.1f} s")  # noqa: T201  # how long it takes is asked for
    assert "errors" not in answer
    assert answer["data"] == ANSWER
    assert hidden["data"] == {"libraries": {"nodes": [{"name": "Perpustakaan Cipondoh", "librarianPhone": None}]}}
    assert "FORBIDDEN" in json.dumps(hidden["errors"])
    assert counted["data"] == {"libraries": {"totalCount": 1}}
    for words in ("type Library implements Node {", "input LibraryFilter", "  libraries(", "openedAt: "):
        assert words in sdl, words


def test_its_source_is_as_the_mapping_says(house: House) -> None:
    ended = house.runs("cli.py", "sources", "check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "libraries: libraries" in ended.stdout


def test_what_the_page_prints_is_in_the_style_of_the_house(house: House) -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = [path for path, _ in sections()] + [
        row[0] for row in (*REGISTRY_ROW.findall(page), *LIST_ROW.findall(page))
    ]
    for arguments in (("check",), ("format", "--check")):
        config = str(ROOT / "pyproject.toml")
        ended = house.runs("-m", "ruff", *arguments, "--no-cache", "--config", config, *files)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_page_names_every_decoder() -> None:
    from connectors import decoders  # noqa: PLC0415

    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in decoders.__all__ if f"`{name}(" not in page] == []
