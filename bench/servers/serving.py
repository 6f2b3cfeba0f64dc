"""Serving: how every Python peer is started, with the settings that the hub serves with."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

CONNECTIONS_MAX = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer reads and where it listens."""

    database_url: str
    port: int


def serve(make: Callable[[Place], ASGIApp]) -> None:
    """Read the command line and serve until the process is told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database-url", default="")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    place = Place(given.database_url, given.port)
    app = make(place)
    gc.collect()
    gc.freeze()
    uvicorn.run(app, host="127.0.0.1", port=place.port, access_log=False, log_level="error", server_header=False)
