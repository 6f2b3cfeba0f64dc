"""The summary of a draft for a terminal: per record what was matched, how sure that is, and what to look at. Pure."""

from __future__ import annotations

import textwrap

from connectors.drafting.fits import Confidence
from connectors.drafting.matching import Database, Match
from connectors.drafting.outlines import outline_of

COLUMNS_MAX = 80


def summary_lines(matches: list[Match], database: Database) -> list[str]:
    """Lines of at most 80 columns; no value stands in them."""
    return [line for match in matches for line in _record_lines(match, database)]


def _record_lines(match: Match, database: Database) -> list[str]:
    record, fields = match.record, match.record.fields
    if match.table is None or not match.key:
        where = "no table found" if match.table is None else f"{match.table.name}, no key found"
        return [f"{record.name} - {where}"]
    outline = outline_of(match, database)
    counts = {level: sum(fit.confidence is level for fit in match.fits.values()) for level in Confidence}
    sure = ", ".join(f"{count} {level.value}" for level, count in counts.items() if count)
    lines = [f"{record.name} - from {match.table.name}, {len(match.fits)} of {len(fields)} fields: {sure}"]
    sentences = [_named(f"{level.value}", match, level) for level in (Confidence.MEDIUM, Confidence.LOW)]
    if match.missing:
        sentences.append(f"not found: {', '.join(match.missing)}")
    untold = [name for name, fit in match.fits.items() if fit.book is not None and (fit.book.untold or fit.book.hidden)]
    if untold:
        sentences.append(f"codes to be told: {', '.join(untold)}")
    rows = " and ".join(f"{one.column} is {'null' if one.value is None else one.value}" for one in outline.alive)
    sentences.append(f"rows where {rows}" if rows else "all rows: no column was seen that marks deleted ones")
    for sentence in filter(None, sentences):
        lines += textwrap.wrap(sentence, COLUMNS_MAX, initial_indent="  ", subsequent_indent="    ")
    return lines


def _named(label: str, match: Match, level: Confidence) -> str:
    names = [name for name, fit in match.fits.items() if fit.confidence is level]
    return f"{label}: {', '.join(names)}" if names else ""
