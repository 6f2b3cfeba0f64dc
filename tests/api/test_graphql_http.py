"""GraphQL over HTTP: the audits of npm's `graphql-http`, all of them, against a hub on a real socket."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.api.hub import Running
from tests.api.test_server import listening_for

AUDITS = 61
AUDITED_S_MAX = 60.0


async def test_all_audits_pass(hub: Running, peers: Path) -> None:
    async with listening_for(hub) as port:
        node = await asyncio.create_subprocess_exec(
            "node", "audit.mjs", f"http://127.0.0.1:{port}/graphql", cwd=peers, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await asyncio.wait_for(node.communicate(), AUDITED_S_MAX)
    results = json.loads(printed)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
    assert len({result["id"] for result in results}) == AUDITS
