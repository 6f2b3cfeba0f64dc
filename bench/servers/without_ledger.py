"""The hub without its ledger, to measure what the ledger costs; the hub itself has no such way."""

from __future__ import annotations

import cli
from models.request import Request
from store.ledger import Ledger


async def _kept_nowhere(_: Ledger, __: Request, ___: str) -> None:
    return


if __name__ == "__main__":
    Ledger.record = _kept_nowhere  # type: ignore[method-assign]  # what this server is for
    cli.serve()
