"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).resolve().parent.parent

PACKAGES = (
    "api", "commands", "connectors", "engine", "models", "onboarding", "resolvers", "sample", "schema", "store",
)  # fmt: skip
ROOM_MODULES_MAX = 22
PREFIX_MODULES_MAX = 3
MODULE_LINES_MAX = 600
TEST_MODULE_LINES_MAX = 600  # a test module holds one behaviour on every engine
FUNCTION_LINES_MAX = 70
TEXT_BYTES_MAX = 2_000_000

# What is made on a machine and never committed; the same as in .gitignore.
MADE_HERE = {".git", ".venv", "var", "node_modules", "dist", "__pycache__", ".hypothesis"}
ENVIRONMENT_READERS = {
    "settings.py",
    "tests/browser/conftest.py",  # hands it on to the hub that it starts
    "tests/slow.py",
    "tests/servers.py",
    "tests/skips.py",
    "web/quickstarts/chart.py",  # a program of somebody else, who keeps a key there
}
VAGUE_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

INDEX_HOSTS = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.com|crates\.io|deb\.debian\.org")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w|[A-Z]:\\+Users\b")


@cache
def files() -> tuple[str, ...]:
    """Every file of the repository, committed or about to be, as a path from the root."""
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in walk(ROOT)))


def walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in MADE_HERE or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from walk(path)
        else:
            yield path


def modules() -> list[str]:
    return [path for path in files() if path.endswith(".py")]


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def imports_of(tree: ast.AST) -> set[str]:
    """The top-level names of what is imported anywhere in a module."""
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    return imported


def reads_environment(tree: ast.AST) -> bool:
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=attribute) if attribute in names:
                return True
            case ast.ImportFrom(module="os", names=imported) if names & {alias.name for alias in imported}:
                return True
    return bool(imports_of(tree) & {"pydantic_settings", "dotenv"})


# --- Packages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_ours(package: str) -> None:
    # The names are also names of packages on the index, and one in site-packages could come first.
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"{package}/ is missing"
    assert spec.origin == str(ROOT / package / "__init__.py")


WIRED_BY: dict[str, set[str]] = {
    "app": {"cli.py"},
    "hub": {"app.py", "cli.py", "commands/sources.py", "commands/state.py"},
    "city_identity": {"hub.py", "commands/tokens.py"},
    "city_package": {
        "hub.py", "commands/city.py", "commands/ledger.py", "commands/sources.py", "commands/tokens.py",
        "commands/views.py",
    },
    "city_sources": {"hub.py", "cli.py", "commands/views.py"},
    "cli": set(),
}  # fmt: skip
"""The modules that wire the pieces together, and the only ones that import each."""


def test_only_the_commands_import_what_wires_the_pieces_together() -> None:
    imports = {path: imports_of(tree_of(path)) for path in modules() if not path.startswith("tests/")}
    assert {name: {path for path, names in imports.items() if name in names} for name in WIRED_BY} == WIRED_BY


def test_nothing_but_tests_imports_tests_or_dev() -> None:
    importing = {
        path: imports_of(tree_of(path)) & {"tests", "dev"} for path in modules() if not path.startswith("tests/")
    }
    assert {path: names for path, names in importing.items() if names} == {}


def test_only_settings_read_the_environment() -> None:
    readers = {path for path in modules() if reads_environment(tree_of(path))}
    assert readers - ENVIRONMENT_READERS == set()


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['HUB_PORT']",
        "import os\nos.getenv('HUB_PORT')",
        "from os import environ",
        "from os import getenv as get",
        "from pydantic_settings import BaseSettings",
    ],
)
def test_a_read_of_the_environment_is_recognised(source: str) -> None:
    assert reads_environment(ast.parse(source))


# --- One head of a request --------------------------------------------------------------------------------------------

FREEZES = "api/serving/frozen_head.py"


def reads_live_head(tree: ast.AST) -> bool:
    """Whether headers are taken from what the HTTP server goes on changing, or read in a second way."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value="headers")) if name != "message":
                return True
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value="headers"), *_]):
                return True
            case ast.Attribute(value=ast.Name(id="http" | "connection"), attr="headers" | "client"):
                return True
            case ast.ImportFrom(module="starlette.datastructures", names=imported) if any(
                alias.name in ("Headers", "MutableHeaders") for alias in imported
            ):
                return True
    return False


def test_only_what_freezes_a_head_reads_the_live_one() -> None:
    product = [path for path in modules() if path.startswith(("api/", "commands/", "app.py", "hub.py", "cli.py"))]
    assert {path for path in product if reads_live_head(tree_of(path))} == {FREEZES}


@pytest.mark.parametrize(
    "source",
    [
        "scope['headers']",
        "scope.get('headers')",
        "Headers(raw=x)\nfrom starlette.datastructures import Headers",
        "http.headers.get('host')",
    ],
)
def test_a_read_of_a_live_head_is_recognised(source: str) -> None:
    assert reads_live_head(ast.parse(source))


# --- Size and names ---------------------------------------------------------------------------------------------------


def test_modules_stay_readable() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules()}

    def most(path: str) -> int:
        return TEST_MODULE_LINES_MAX if path.startswith("tests/") else MODULE_LINES_MAX

    assert {path: lines for path, lines in lengths.items() if lines > most(path)} == {}


def rooms() -> dict[str, list[str]]:
    """The folders of the product, each with the names of its modules."""
    found: dict[str, list[str]] = {}
    for path in modules():
        if path.partition("/")[0] in PACKAGES:
            found.setdefault(str(Path(path).parent), []).append(Path(path).stem)
    return found


def test_rooms_hold_what_one_person_can_keep_in_mind() -> None:
    assert {room: len(names) for room, names in rooms().items() if len(names) > ROOM_MODULES_MAX} == {}


def test_names_are_held_together_by_folders_not_by_prefixes() -> None:
    prefixes = {
        room: Counter(name.partition("_")[0] for name in names if name[0] != "_") for room, names in rooms().items()
    }
    assert {
        f"{room}/{prefix}_": number
        for room, counted in prefixes.items()
        for prefix, number in counted.items()
        if number > PREFIX_MODULES_MAX
    } == {}


def test_rooms_say_what_lives_in_them() -> None:
    def says(room: str) -> bool:
        return bool(ast.get_docstring(tree_of(f"{room}/__init__.py")))

    assert [room for room in rooms() if not says(room)] == []


def test_functions_stay_readable() -> None:
    too_long = {
        f"{path}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    }
    assert too_long == {}


def test_modules_say_what_they_are_for() -> None:
    # A package whose __init__.py is empty says it in its modules.
    def says(path: str) -> bool:
        docstring = ast.get_docstring(tree_of(path)) or ""
        return docstring.partition("\n\n")[0].endswith((".", "!", "?"))

    assert [path for path in modules() if tree_of(path).body and not says(path)] == []


def test_names_say_something() -> None:
    assert [path for path in modules() if Path(path).stem in VAGUE_NAMES] == []


# --- What must not be in the repository -------------------------------------------------------------------------------


@cache
def texts() -> dict[str, str]:
    found = {}
    for path in files():
        content = (ROOT / path).read_bytes()
        if len(content) <= TEXT_BYTES_MAX and b"\0" not in content:
            found[path] = content.decode("utf-8", errors="replace")
    return found


def test_no_file_names_an_index() -> None:
    assert {path: hit[0] for path, text in texts().items() if (hit := INDEX_HOSTS.search(text))} == {}


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert {path: hit[0] for path, text in texts().items() if (hit := MACHINE_PATHS.search(text))} == {}


# --- Locks and dev.py's aliases ---------------------------------------------------------------------------------------


def requirements_of(lock: str) -> dict[str, str]:
    """Requirement with version and marker -> its hashes, as text."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return dict(line.split("--hash=", 1) for line in text.splitlines())


@pytest.mark.parametrize("lock", [dev.LOCK_RUN, dev.LOCK_DEV])
def test_lock_pins_by_hash_and_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    requirements = requirements_of(lock)
    assert len(requirements) >= 30
    assert [name for name in requirements if not re.match(r"[a-z0-9-]+==\S+", name)] == []
    assert [
        name
        for name, hashes in requirements.items()
        if not re.fullmatch(r"(sha256:[0-9a-f]{64}[\s]*(--hash=)?)+", hashes)
    ] == []


def test_tests_run_with_the_versions_that_serve() -> None:
    serve, develop = requirements_of(dev.LOCK_RUN), requirements_of(dev.LOCK_DEV)
    assert {name: hashes for name, hashes in serve.items() if develop.get(name) != hashes} == {}


@pytest.mark.parametrize(("lock", "group"), [(dev.LOCK_RUN, ""), (dev.LOCK_DEV, "dev")])
def test_lock_holds_what_the_project_asks_for(lock: str, group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"].get(group, ())]
    names = {re.split(r"[\[<>=]", requirement)[0] for requirement in asked}
    assert names - {requirement.partition("==")[0] for requirement in requirements_of(lock)} == set()


def test_make_has_an_alias_for_each_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^(.+):\n\t@\$\(PYTHON\) dev\.py \$@", makefile, re.MULTILINE)
    assert targets is not None
    assert set(targets[1].split()) == set(dev.COMMANDS)
