"""Kinds of source: what a city states of a source that is no database, and what such a kind needs to open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from connectors.http import HttpAccess
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Connector
from models.data_terms import SourceForm
from models.findings import Finding


@dataclass(frozen=True, slots=True)
class Opening:
    """A source about to be opened: where it is, what its owner allows, and what of it is read.

    `credential` is what signs the hub in, as the kind understands it. `replicas` is the folder for the hub's own
    copies; `note` takes what is found wrong while one is made. `http` is how the network may be used.
    """

    source: str
    url: str
    credential: str | None
    load: LoadContract
    mappings: tuple[Mapping, ...]
    replicas: Path
    note: Callable[[Finding], None]
    http: HttpAccess


class Kind(Protocol):
    """How a source is read that cannot be asked with SQL. A frozen value, stated in the city's package."""

    @property
    def form(self) -> SourceForm: ...

    def connector(self, opening: Opening) -> Connector:
        """Open nothing yet. Raises SourceUrlError for a URL or a credential that the kind cannot use."""
        ...


class SourceUrlError(Exception):
    """A source's URL that no connector can use; the sentence says what to write instead and never repeats the URL."""
