"""Child: the process that parses files, so that a file that hangs or crashes a parser harms nothing else.

It reads one plan per line and answers each with the length of a JSON document and the document.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

import orjson

from connectors.files import dbase, delimited, objects, sheets
from connectors.files.plan import LENGTH_BYTES, FileBounds, FilePlan, FileRefused, Parsed, content_of
from models.sources.findings import FindingKind

FORMATS: Mapping[str, Callable[[bytes, FilePlan], Parsed]] = {
    ".csv": delimited.rows_of,
    ".tsv": delimited.rows_of,
    ".txt": delimited.rows_of,
    ".xlsx": sheets.rows_of,
    ".xlsm": sheets.rows_of,
    ".dbf": dbase.rows_of,
    ".json": objects.rows_of,
}
"""By file extension; the content must match it."""


def rows_of(plan: FilePlan) -> Parsed:
    """The rows of one file. Raises FileRefused."""
    read = FORMATS.get(PurePath(plan.path).suffix.lower())
    if read is None:
        raise FileRefused(FindingKind.UNREADABLE, "not the name of a kind of file that the hub reads")
    return read(content_of(plan.path, plan.bounds.bytes_max), plan)


def plan_of(line: bytes) -> FilePlan:
    told: dict[str, Any] = orjson.loads(line)
    columns = tuple((name, tuple(texts)) for name, texts in told.pop("columns"))
    bounds = FileBounds(**told.pop("bounds"))
    optional, items = tuple(told.pop("optional")), tuple(told.pop("items"))
    return FilePlan(columns=columns, bounds=bounds, optional=optional, items=items, **told)


def _answer(plan: FilePlan) -> bytes:
    try:
        parsed = rows_of(plan)
    except FileRefused as refused:
        return orjson.dumps({"kind": refused.kind.value, "detail": refused.detail})
    except MemoryError:
        return orjson.dumps({"kind": FindingKind.TOO_LARGE.value, "detail": "more memory than a file may take"})
    except BaseException as error:  # noqa: BLE001  # a Rust parser's panic is a BaseException, and no file may end the child
        return orjson.dumps({"kind": FindingKind.UNREADABLE.value, "detail": f"a parser's {type(error).__name__}"})
    return orjson.dumps({"rows": parsed.rows, "ragged": parsed.ragged})


def _bound_memory(bytes_max: int) -> None:
    # Windows has no such limit; there only the time limit holds.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # as above

        resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve until stdin closes. The first argument is the memory limit in bytes."""
    _bound_memory(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        answer = _answer(plan_of(line))
        sys.stdout.buffer.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
