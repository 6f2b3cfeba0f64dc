"""Meanings: names of tables, columns and fields, and spellings of codes -> sets of concepts. Pure.

Legacy names are glued (`tanggallahir`), cut at eight letters (`TGLLAPOR`) or without vowels (`prshn`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from onboarding.drafting.words.lexicon import PEOPLE, PRIVATE, QUALIFIERS, STATES, TABLE_PREFIXES, TOPICS

Concepts = frozenset[str]
Words = tuple[Concepts, ...]
"""A name: the possible concepts of each of its words."""

QUALIFIER_WEIGHT = 0.6
DULL = 0.25
HINTED = 0.6
_ALIKE = (
    (frozenset({"ID", "CODE", "NUMBER"}), 0.7),
    (frozenset({"CLOSES", "EXPIRES"}), 0.7),
    (frozenset({"CATEGORY", "KIND"}), 0.6),
    (frozenset({"HOLDER", "APPLICANT"}), 0.6),
    (frozenset({"DESCRIPTION", "BODY", "NOTE"}), 0.8),
    (frozenset({"DATE", "TIME"}), 0.5),
)
"""Kinds of value whose names are often confused."""

WORD_CHARS_MIN = 2
CUT_CHARS_MIN = 3
"""The shortest prefix of a word at the end of a name that counts as the word, cut off."""
SKELETON_CHARS_MIN = 3
PARTS_MAX = 3
REMARK_WORDS_MAX = 6
PREFIX_CHARS_MAX = 3
NAME_CHARS_MAX = 64

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_VOWELS = re.compile(r"[aeiou]")
_ENGLISH_ENDINGS = re.compile(r"(?:ies|es|s|ing|ed)$")
_REMARK_FILLERS = frozenset(
    {
        "tabel", "table", "data", "daftar", "list", "kolom", "column", "yang", "dan", "di", "dari", "untuk", "pada",
        "ini", "bila", "jika", "adalah", "referensi", "reference", "row", "rows", "baris", "residents", "warga",
    }
)  # fmt: skip
_STOP_WORDS = frozenset(
    {
        "a", "an", "and", "are", "as", "by", "for", "has", "how", "in", "is", "it", "its", "of", "or", "out", "that",
        "the", "to", "was", "what", "which", "who", "with", "be", "if", "this", "most", "one", "about", "gave",
    }
)  # fmt: skip


def _by_word(*groups: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for concepts in groups:
        for concept, words in concepts.items():
            for word in words.split():
                found.setdefault(word, set()).add(concept)
    return found


_NAMES = _by_word(QUALIFIERS, TOPICS, PEOPLE, PRIVATE)
_CODES = _by_word(STATES)
_FILLERS = frozenset(word for word in TABLE_PREFIXES if len(word) >= CUT_CHARS_MIN and word not in _NAMES)


def _skeleton_of(word: str) -> str:
    """The first letter of a word and its consonants, as in names of eight letters."""
    return word[:1] + _VOWELS.sub("", word[1:])


def _by_skeleton() -> dict[str, str]:
    """The shortest word of each skeleton, for skeletons that are long enough to be distinctive."""
    found: dict[str, str] = {}
    for word in sorted(_NAMES, key=len):
        if len(_skeleton_of(word)) >= SKELETON_CHARS_MIN:
            found.setdefault(_skeleton_of(word), word)
    return found


_SKELETONS = _by_skeleton()


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, split at punctuation, at capitals and between letters and digits."""
    return [word.lower() for word in _WORD.findall(name[:NAME_CHARS_MAX])]


@cache
def meaning_of_name(name: str, *, is_table: bool = False) -> Words:
    """The concepts of a name, word by word. An unknown word is a concept of its own."""
    words = words_of(name)
    if is_table and len(words) > 1:
        words = [word for word in words if word not in TABLE_PREFIXES] or words
        # Other short unknown words are prefixes of systems: `tk_loker`, `sik_dokter`.
        if len(words) > 1 and len(words[0]) <= PREFIX_CHARS_MAX and not _known(words[0]):
            words = words[1:]
    return tuple(concepts for word in words for concepts in _meanings_of_word(word))


def meaning_of_remark(remark: str) -> Words:
    """The concepts of an owner's remark on a table or a column, without the codes that it explains."""
    said = re.split(r"['\"]?\b\w{1,12}['\"]?\s*(?:=>|=|:|->)", remark, maxsplit=1)[0]
    words = [word for word in words_of_text(said) if word not in _STOP_WORDS and word not in _REMARK_FILLERS]
    return tuple(concepts for word in words[:REMARK_WORDS_MAX] for concepts in _meanings_of_word(word))


def all_of(words: Words) -> Concepts:
    """All concepts of a name."""
    return frozenset(concept for concepts in words for concept in concepts)


def concepts_of_text(text: str) -> Concepts:
    """The concepts of an English sentence."""
    words = [word for word in words_of_text(text) if word not in _STOP_WORDS]
    return frozenset(concept for word in words for concept in _known(word) or (f"={_stem_of(word)}",))


def words_of_text(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def is_word_of_systems(word: str) -> bool:
    """Whether a word is usual in tables and codes, and so hardly a person's name."""
    return bool(_known(word) or word in TABLE_PREFIXES or states_of([word, root_of(word)]))


def _known(word: str) -> Concepts:
    singular = f"{word[:-3]}y" if word.endswith("ies") else _ENGLISH_ENDINGS.sub("", word)
    return frozenset(_NAMES.get(word) or _NAMES.get(singular) or ())


@cache
def _meanings_of_word(word: str) -> Words:
    known = _known(word)
    if known:
        return (known,)
    parts = _parts_of(word)
    if parts:
        return tuple(frozenset(_NAMES[part]) for part in parts if part not in _FILLERS)
    return (frozenset({f"={_stem_of(word)}"}),)


def _parts_of(word: str) -> tuple[str, ...]:
    """A glued word as the fewest known words, at least one of them whole; empty if it cannot be split."""
    best: list[tuple[str, ...] | None] = [(), *(None for _ in word)]
    for end in range(1, len(word) + 1):
        for start in range(end):
            before = best[start]
            part = _part(word[start:end], is_last=end == len(word)) if before is not None else None
            if before is None or part is None:
                continue
            current = best[end]
            if current is None or len(before) + 1 < len(current):
                best[end] = (*before, part)
    found = best[-1]
    if found is None or len(found) > PARTS_MAX or not any(part in word for part in found):
        return ()
    return found


def _part(piece: str, *, is_last: bool) -> str | None:
    if (piece in _NAMES or piece in _FILLERS) and len(piece) >= WORD_CHARS_MIN:
        return piece
    if len(piece) < CUT_CHARS_MIN:
        return None
    whole = _SKELETONS.get(_skeleton_of(piece))
    if whole is not None and len(piece) < len(whole):
        return whole
    if not is_last:
        return None
    longer = [word for word in _NAMES if word.startswith(piece)]
    return min(longer, key=len) if longer else None


def likeness(wanted: Words, hinted: Concepts, found: Words, *, dull: Concepts = frozenset()) -> float:
    """How well a name fits a wish, from 0 to 1: the explained share of the name, and the covered share of the wish.

    `hinted` concepts, from the wish's description, explain but need not be covered. `dull` concepts are those of the
    whole table and tell little.
    """
    if not wanted or not found:
        return 0.0
    named = [(_weight(word, dull), max(_nearness(word, other) for other in wanted)) for word in found]
    hints = [HINTED * bool(word & hinted) for word in found]
    asked = [(_weight(word, dull), max(_nearness(word, other) for other in found)) for word in wanted]
    explained = sum(size * max(near, hint) for (size, near), hint in zip(named, hints, strict=True))
    covered = sum(size * near for size, near in asked)
    return (explained / sum(size for size, _ in named) + covered / sum(size for size, _ in asked)) / 2


def _nearness(word: Concepts, other: Concepts) -> float:
    if word & other:
        return 1.0
    return next((near for alike, near in _ALIKE if word & alike and other & alike), 0.0)


def _weight(word: Concepts, dull: Concepts) -> float:
    """The weight of a word: subjects count more than kinds of value, and the table's own subject least."""
    usual = QUALIFIER_WEIGHT if word <= QUALIFIERS.keys() else 1.0
    return usual * (DULL if word <= dull else 1.0)


_PREFIXES = re.compile(r"^(?:di|ter|ber|ke|per|me|men|meng)(?=[a-z]{4})")
_SUFFIXES = re.compile(r"(?<=[a-z]{4})(?:kan|an|i)$")


def _stem_of(word: str) -> str:
    """An unknown word without an English plural ending."""
    return _ENGLISH_ENDINGS.sub("", word).removesuffix("e") if len(word) > 4 else word


def root_of(word: str) -> str:
    """A word without the Indonesian affixes of states: `dibekukan` is `beku`."""
    return _SUFFIXES.sub("", _PREFIXES.sub("", word.lower()))


def states_of(words: Iterable[str]) -> Concepts:
    """The states that the words of a code mean."""
    listed = list(words)
    glued = "".join(listed)
    known = [*listed, glued, "_".join(listed)]
    return frozenset(concept for word in known for concept in _CODES.get(word, ()))
