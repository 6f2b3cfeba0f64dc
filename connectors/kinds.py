"""Kinds of source: how a source that is not a database is declared and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from connectors.http.access import HttpAccess
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Connector
from models.sources.data_terms import SourceForm
from models.sources.findings import Finding


@dataclass(frozen=True, slots=True)
class Opening:
    """What a kind needs to open a source: its address, its load contract and the mappings that read it.

    `credential` signs the hub in; its form is the kind's. `replicas` is the folder for local copies, `note` takes
    findings about their loads, and `http` says how the network may be used.
    """

    source: str
    url: str
    credential: str | None
    load: LoadContract
    mappings: tuple[Mapping, ...]
    replicas: Path
    note: Callable[[Finding], None]
    http: HttpAccess


class SourceKind(Protocol):
    """How to read a source that has no SQL. A frozen value in the city package."""

    @property
    def form(self) -> SourceForm: ...

    def connector(self, opening: Opening) -> Connector:
        """Connects lazily. Raises SourceUrlError for a URL or a credential that the kind cannot use."""
        ...


class SourceUrlError(Exception):
    """No connector can use this URL. The message says what to write instead and never repeats the URL."""
