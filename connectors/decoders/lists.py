"""Lists: several values in one column of text, with a separator between them; they are read, not compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.decoders.protocol import Decoded
from connectors.decoders.read_only import OnlyRead, ReadOnly
from models.findings import FindingKind
from models.values import TextList
from models.vocabulary import UNKNOWN, Vocabulary


def text_list(separator: str, *, nulls: tuple[str, ...] = ("", "-")) -> ReadOnly:
    """Short texts: `KTP-el; Kartu Keluarga`. Blanks around them and empty ones between them do not count."""

    def texts(text: str) -> TextList | None:
        return TextList(_items(text, separator)) or None

    return ReadOnly(TextList, texts, nulls)


@dataclass(frozen=True, eq=False, slots=True)
class CodeList(OnlyRead):
    """Several codes of one vocabulary, each once. One that is not listed is `unknown`, and a finding."""

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


def code_list(
    kind: type, separator: str, meanings: Mapping[str, Vocabulary], *, nulls: tuple[str, ...] = ("", "-")
) -> CodeList:
    """Codes in one column, `Aplikasi, Loket`, as a list of `kind`. All meanings are of one vocabulary."""
    vocabularies = {type(meaning) for meaning in meanings.values()}
    if len(vocabularies) != 1:
        raise TypeError("all meanings of a list of codes are of one vocabulary")
    return CodeList(meanings, vocabularies.pop()[UNKNOWN], kind, separator, nulls)


def _items(text: str, separator: str) -> list[str]:
    return [item for item in map(str.strip, text.split(separator)) if item]
