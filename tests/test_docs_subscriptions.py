"""The examples of docs/subscriptions.md run as they are printed, but for the address of the hub."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from api.identity.connection_auth import READ_EVERY_S
from api.streams.limits import STREAMS_MAX, STREAMS_OF_CLIENT_MAX
from api.streams.socket_session import SocketLimits
from store.database.migrate import upgrade
from tests.api.hub import environment, running
from tests.api.serving import served
from tests.small_city import small_city

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "subscriptions.md").read_text(encoding="utf-8")
SAID = " ".join(PAGE.split())
SCRIPTS = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
TOLD = {"areas", "complaints"}
SOON_S = 20.0

# Node 20 has no EventSource; what a browser's does for these examples is told in the standard's own words.
EVENT_SOURCE = """
class EventSource extends EventTarget {
  constructor(url) { super(); this.read(url); }
  close() { this.closed = true; }
  async read(url) {
    const answer = await fetch(url, { headers: { accept: "text/event-stream" } });
    let text = "";
    for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + part).split("\\n\\n");
      text = events.pop();
      for (const event of events) {
        const fields = Object.fromEntries(event.split("\\n").map((line) => line.split(/:\\s?(.*)/s)));
        if ("data" in fields) this.dispatchEvent(new MessageEvent(fields.event ?? "message", { data: fields.data }));
      }
    }
  }
}
"""
TELL = "console.log = (told) => process.stdout.write(JSON.stringify(told) + '\\n');\n"


@pytest.mark.parametrize("script", SCRIPTS, ids=["EventSource", "graphql-sse", "graphql-ws"])
async def test_an_example_prints_how_the_sources_are(script: str, peers: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(small_city, tmp_path)
    await asyncio.to_thread(upgrade, f"sqlite:///{tmp_path / 'hub.db'}")
    socket = "" if "graphql-ws" not in script else "import WebSocket from 'ws'; globalThis.WebSocket ??= WebSocket;\n"
    source = EVENT_SOURCE if "new EventSource" in script else ""
    async with running(environment(tmp_path, tmp_path / "hub.db")) as hub, served(hub.app) as place:
        code = socket + TELL + source + script.replace("127.0.0.1:8000", place)
        node = await asyncio.create_subprocess_exec(
            "node", "--input-type=module", "-e", code, cwd=peers, stdout=asyncio.subprocess.PIPE
        )
        assert node.stdout is not None
        async with asyncio.timeout(SOON_S):
            told = [json.loads(await node.stdout.readline()) for _ in TOLD]
        node.kill()
        await node.wait()
    assert {(one["name"], one["state"]) for one in told} == {(name, "OK") for name in TOLD}
    if "Accept-Language" in script:
        assert {one["stateLabel"] for one in told} == {"OK"}


def test_the_page_says_the_bounds_of_the_code() -> None:
    limits = SocketLimits()
    assert f"At most {limits.operations_max} operations at once" in SAID
    assert f"{STREAMS_OF_CLIENT_MAX} connections of one address" in SAID
    assert f"and {STREAMS_MAX} of each process" in SAID
    assert f"within {READ_EVERY_S:.0f} seconds of its revocation" in SAID
    assert f"within {limits.init_s_max:.0f} seconds" in SAID
