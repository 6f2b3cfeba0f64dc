"""Targets: the servers under test, how each is started, and what each request to it carries."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.identity.dev_tokens import DevTokens
from bench.city import PACKAGE
from bench.client import Asked
from bench.processes import NotStarted, Server, free_port
from bench.workloads import Kind, Workload

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
DEADLINE_MS = 60_000

COMPILED, REFERENCE = "hub, compiled", "hub, reference"
STRAWBERRY, HAND_WRITTEN = "Strawberry + ORM", "hand-written"
POSTGRAPHILE, MERCURIUS = "PostGraphile 5", "mercurius + jit"
IN_MEMORY = "the engine, in memory"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test. `environment` goes before the command, which listens on the port put in for `{port}`."""

    name: str
    kind: Kind
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, folder: Path, core: int) -> Server:
        """Raises NotStarted."""
        port = free_port()
        command = [part.replace("{port}", str(port)) for part in self.command]
        settings = [f"{name}={value}".replace("{port}", str(port)) for name, value in self.environment.items()]
        return Server.start(self.name, ["env", *settings, *command], port, core=core, folder=folder)


class Asker:
    """Makes requests of which no two are alike: neither their variables nor their tokens."""

    def __init__(self, secret: str) -> None:
        self._made = 0
        self._now = time.time()
        self._tokens = DevTokens(secret.encode(), PACKAGE.city, self._clock)

    def _clock(self) -> float:
        """A second earlier for each token, so that each is another; they last a day."""
        return self._now - self._made % 40_000

    def ask(self, workload: Workload, kind: Kind, number: int | None = None) -> Asked:
        """The next request, or that of a number: the same variables and text for every server."""
        self._made += 1
        asking = workload.asking
        token = self._tokens.issue(asking.role, department=asking.department, nik=asking.nik)
        purpose = f"Hub-Purpose: {asking.purpose.value}\r\n" if asking.purpose is not None else ""
        return Asked(
            f"Authorization: Bearer {token}\r\n{purpose}", workload.body(self._made if number is None else number, kind)
        )


def targets_of(database_url: str, folder: Path) -> tuple[list[Target], Asker]:
    """The Python servers, over one database; the hub's own tables are made in the folder."""
    secret = secrets.token_hex(32)
    common = {
        "HUB_CITY": "bench.city",
        "HUB_SECRET": secret,
        "HUB_PORT": "{port}",
        "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}",
        "HUB_DEADLINE_MS": str(DEADLINE_MS),
        **{f"HUB_SOURCE_{source.name.upper()}_URL": database_url for source in PACKAGE.sources if source.kind is None},
    }
    _migrate(common)
    serve = (sys.executable, "cli.py", "serve")
    peer = ("--database-url", database_url, "--port", "{port}")
    targets = [
        Target(COMPILED, "hub", serve, {**common, "HUB_ENGINE": "compiled"}),
        Target(REFERENCE, "hub", serve, {**common, "HUB_ENGINE": "reference"}),
        Target(STRAWBERRY, "strawberry", (sys.executable, "-m", "bench.servers.strawberry_orm", *peer)),
        Target(HAND_WRITTEN, "hand-written", (sys.executable, "-m", "bench.servers.hand_written", *peer)),
    ]
    return targets, Asker(secret)


def peers_of(database_url: str) -> list[Target]:
    """The servers of other ecosystems, installed by npm into bench/peers, and the engine as it is compared with one."""
    node = str(PEERS / "node_modules" / "node" / "bin" / "node")
    production = {"NODE_ENV": "production"}
    return [
        Target(
            POSTGRAPHILE, "postgraphile", (node, str(PEERS / "postgraphile.mjs"), database_url, "{port}"), production
        ),
        Target(IN_MEMORY, "engine", (sys.executable, "-m", "bench.servers.engine_in_memory", "--port", "{port}")),
        Target(MERCURIUS, "mercurius", (node, str(PEERS / "mercurius.mjs"), "{port}"), production),
    ]


def install_peers() -> None:
    """What package-lock.json names, unless it is there, from wherever npm is set up to look. Raises NotStarted."""
    installed = PEERS / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= (PEERS / "package-lock.json").stat().st_mtime:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotStarted("npm is not there, which installs the peers")
    done = subprocess.run(  # noqa: S603  # npm, with arguments of our own
        [npm, "ci", "--no-audit", "--no-fund"], cwd=PEERS, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise NotStarted(f"the peers cannot be installed: {done.stderr[-1_000:]}")


def _migrate(environment: Mapping[str, str]) -> None:
    settings = [f"{name}={value}" for name, value in environment.items() if name == "HUB_DATABASE_URL"]
    command = ["env", *settings, sys.executable, "cli.py", "migrate"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)  # noqa: S603  # our own command
