"""The default city whose sources may take long for a statement: what is slow is measured, and not refused."""

from __future__ import annotations

from dataclasses import replace

from connectors.departments import PACKAGE as DEFAULT

STATEMENT_MS_MAX = 20_000

PACKAGE = replace(
    DEFAULT,
    sources=tuple(
        replace(source, load=replace(source.load, statement_ms_max=STATEMENT_MS_MAX)) for source in DEFAULT.sources
    ),
)
