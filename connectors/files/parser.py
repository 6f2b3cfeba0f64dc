"""Parser: runs the parsing process, limits the time per file, and restarts the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from connectors.files.plan import LENGTH_BYTES, FileBounds, FilePlan, FileRefused, Parsed
from models.sources.findings import FindingKind

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER_BYTES_MAX = 256 * 1024 * 1024
START_S_MAX = 10.0
"""Extra time for the first file of a process, which has to start."""


@dataclass(slots=True)
class Parser:
    """Parses one file at a time. The process starts with the first file and ends with the context."""

    bounds: FileBounds
    _process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def parse(self, plan: FilePlan) -> Parsed:
        """The rows of one file. Raises FileRefused."""
        try:
            starting_s = START_S_MAX if self._process is None else 0.0
            async with asyncio.timeout(self.bounds.file_s_max + starting_s):
                told = await self._told(plan)
        except TimeoutError:
            await self._end()
            raise FileRefused(FindingKind.UNREADABLE, f"not read within {self.bounds.file_s_max:g} seconds") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._end()
            raise FileRefused(FindingKind.UNREADABLE, "reading it ended the process that parses") from None
        if "rows" not in told:
            raise FileRefused(FindingKind[told["kind"]], told["detail"])
        return Parsed(told["rows"], told["ragged"])

    async def _told(self, plan: FilePlan) -> Any:
        process = self._process = self._process or await self._started()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the process was started with both")
        process.stdin.write(orjson.dumps(asdict(plan)) + b"\n")
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
        if length > ANSWER_BYTES_MAX:
            await self._end()
            raise FileRefused(FindingKind.TOO_LARGE, f"more than {ANSWER_BYTES_MAX} bytes of rows")
        return orjson.loads(await process.stdout.readexactly(length))

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-X", "utf8", "-m", "connectors.files.child", str(self.bounds.memory_bytes_max)),
            cwd=ROOT,
            # The parser must not see the hub's secrets. Windows needs some variables to start.
            env=None if os.name == "nt" else {},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # A parser's messages may quote the file.
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
