"""An entry of the ledger as a row of its table."""

from __future__ import annotations

from store.ledger_chain import Entry


def row_of(entry: Entry, at: object) -> tuple[object, ...]:
    """The values in the order of the columns of `ledger_entries`; `at` is its moment as the driver takes it."""
    note = entry.note
    return (
        entry.writer,
        entry.seq,
        at,
        note.kind.value,
        note.viewer,
        note.role,
        note.department,
        note.purpose,
        note.operation,
        note.request_id,
        note.record,
        " ".join(note.fields),
        " ".join(note.persons) if note.persons is not None else None,
        note.rows,
        note.outcome,
        note.detail,
        entry.previous,
        entry.hash,
    )
