"""Dbase: DBF tables. The header must be consistent with itself and with the size of the file."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from dbfread import DBF, FieldParser  # type: ignore[import-untyped]  # it ships no types
from dbfread.codepages import guess_encoding  # type: ignore[import-untyped]  # as above

from connectors.files.headers import header_of, parsed
from connectors.files.plan import FilePlan, FileRefused, Parsed
from models.sources.findings import FindingKind

_HEADER_BYTES = 32
_FIELD_BYTES = 32
_TERMINATOR = 0x0D
_ANSI_DRIVER = 0x03
MEMO_TYPES = frozenset("MGPB")
"""Memo fields: their texts lie in another file, which is not read."""


def rows_of(content: bytes, plan: FilePlan) -> Parsed:
    """The rows of a table that are not marked as deleted. Raises FileRefused."""
    _check_header(content, plan)
    with tempfile.TemporaryDirectory() as folder:
        # Under another name, so that the library opens no companion files.
        file = Path(folder) / "table.dbf"
        file.write_bytes(content)
        encoding = plan.encoding or _encoding_of(content)
        try:
            table = DBF(
                str(file),
                encoding=encoding,
                recfactory=None,
                parserclass=_LenientParser,
                ignore_missing_memofile=True,
                char_decode_errors="strict",
            )
            names: Sequence[object] = list(table.field_names)
            records = ([value for _, value in record] for record in table)
            header = header_of(chain((names,)), plan).checked()
            return parsed(records, header, plan, ragged_is_broken=False)
        except (ValueError, LookupError, struct.error, OSError) as error:
            raise FileRefused(FindingKind.UNREADABLE, f"a damaged table: {type(error).__name__}") from error


class _LenientParser(FieldParser):  # type: ignore[misc]  # it ships no types
    """Keeps an invalid value as it is written: it is a flaw of the value, not of the file."""

    def parse(self, field: Any, data: bytes) -> object:
        if field.type in MEMO_TYPES:
            return None
        try:
            return super().parse(field, data)
        except UnicodeDecodeError:
            raise
        except ValueError:
            return data.decode("ascii", "replace").strip("\0 ")


def _check_header(content: bytes, plan: FilePlan) -> None:
    if len(content) < _HEADER_BYTES + 2:
        raise FileRefused(FindingKind.UNREADABLE, "shorter than a header")
    records, header_bytes, record_bytes = struct.unpack_from("<LHH", content, 4)
    lengths = list(_field_lengths(content, header_bytes))
    if len(lengths) > plan.bounds.columns_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"more than {plan.bounds.columns_max} columns")
    if records > plan.bounds.rows_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"{records} rows")
    if not lengths or record_bytes != 1 + sum(lengths):
        raise FileRefused(FindingKind.UNREADABLE, "its fields are not as long as its rows")
    if header_bytes + records * record_bytes > len(content):
        raise FileRefused(FindingKind.UNREADABLE, "shorter than its header says")


def _field_lengths(content: bytes, header_bytes: int) -> Iterator[int]:
    """The length of each field in bytes. Raises FileRefused if the list of fields does not end."""
    at = _HEADER_BYTES
    while at < min(header_bytes, len(content)):
        if content[at] == _TERMINATOR:
            return
        if at + _FIELD_BYTES > len(content):
            break
        length, decimals = content[at + 16], content[at + 17]
        yield length | decimals << 8 if content[at + 11] == ord("C") else length
        at += _FIELD_BYTES
    raise FileRefused(FindingKind.UNREADABLE, "its list of fields does not end")


def _encoding_of(content: bytes) -> str:
    """The code page of the header, else Windows-1252."""
    driver = content[29] or _ANSI_DRIVER
    try:
        return str(guess_encoding(driver))
    except LookupError:
        return "cp1252"
