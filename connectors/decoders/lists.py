"""Lists: several values in one text column, with a separator. Read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.decoders.protocol import Decoded, OnlyRead, Raw, ReadOnly, Unwritable
from models.sources.findings import FindingKind
from models.values.types import TextList
from models.values.vocabulary import UNKNOWN, Vocabulary


def text_list(separator: str, *, nulls: tuple[str, ...] = ("", "-")) -> ReadOnly:
    """Short texts, `KTP-el; Kartu Keluarga`, without surrounding blanks and empty items."""

    def texts(text: str) -> TextList | None:
        return TextList(_items(text, separator)) or None

    return ReadOnly(TextList, texts, nulls)


@dataclass(frozen=True, eq=False, slots=True)
class CodeList(OnlyRead):
    """Codes of one vocabulary, each once. An unlisted code decodes to `unknown`, with a finding."""

    meanings: Mapping[str, Vocabulary]
    unknown: Vocabulary
    clean_type: type
    separator: str
    nulls: tuple[str, ...]
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = []
        strange = 0
        for text in column:
            items = _items(text, self.separator) if isinstance(text, str) and text not in self.nulls else []
            strange += any(item not in self.meanings for item in items)
            members = dict.fromkeys(self.meanings.get(item, self.unknown) for item in items)
            values.append(self.clean_type(members) if members else None)
        return Decoded(values, {FindingKind.UNKNOWN_CODE: strange} if strange else {})

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """The first code of each member, with a blank after each separator."""
        if value is None:
            return (None,)
        code_of = {member: code for code, member in reversed(list(self.meanings.items()))}
        members = list(value) if isinstance(value, tuple) else []
        if not members or any(member not in code_of for member in members):
            raise Unwritable("no code means a member of this list")
        written = f"{self.separator} ".join(code_of[member] for member in members)
        if self.decode([written]).values[0] != value:
            raise Unwritable("this list would be read as another one")
        return (written,)


def code_list(
    kind: type, separator: str, meanings: Mapping[str, Vocabulary], *, nulls: tuple[str, ...] = ("", "-")
) -> CodeList:
    """Codes in one column, `Aplikasi, Loket`, as a list of one vocabulary."""
    vocabularies = {type(meaning) for meaning in meanings.values()}
    if len(vocabularies) != 1:
        raise TypeError("all meanings of a list of codes are of one vocabulary")
    return CodeList(meanings, vocabularies.pop()[UNKNOWN], kind, separator, nulls)


def _items(text: str, separator: str) -> list[str]:
    return [item for item in map(str.strip, text.split(separator)) if item]
