"""Meanings: the names of tables, columns and fields, and the spellings of codes, as sets of concepts. Pure.

Names of legacy systems are glued (`tanggallahir`), cut at eight letters (`TGLLAPOR`) and without vowels (`prshn`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from connectors.drafting.lexicon import QUALIFIERS, STATES, TABLE_PREFIXES, TOPICS

Concepts = frozenset[str]
Words = tuple[Concepts, ...]
"""A name word by word: what each of its words may mean."""

QUALIFIER_WEIGHT = 0.6
DULL = 0.25
HINTED = 0.6
_ALIKE = (
    (frozenset({"ID", "CODE", "NUMBER"}), 0.7),
    (frozenset({"CLOSES", "EXPIRES"}), 0.7),
    (frozenset({"DESCRIPTION", "BODY", "NOTE"}), 0.8),
    (frozenset({"DATE", "TIME"}), 0.5),
)
"""Kinds of value that are often called by one another's name."""

WORD_CHARS_MIN = 2
CUT_CHARS_MIN = 3
"""How much of a word must stand at the end of a name for it to be the word cut off."""
SKELETON_CHARS_MIN = 3
PARTS_MAX = 3
PREFIX_CHARS_MAX = 3
NAME_CHARS_MAX = 64

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_VOWELS = re.compile(r"[aeiou]")
_ENGLISH_ENDINGS = re.compile(r"(?:ies|es|s|ing|ed)$")
_STOP_WORDS = frozenset(
    {
        "a", "an", "and", "are", "as", "by", "for", "has", "how", "in", "is", "it", "its", "of", "or", "out", "that",
        "the", "to", "was", "what", "which", "who", "with", "be", "if", "this", "most", "one", "about", "gave",
    }
)  # fmt: skip


def _by_word(concepts: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for concept, words in concepts.items():
        for word in words.split():
            found.setdefault(word, set()).add(concept)
    return found


_NAMES = _by_word(QUALIFIERS | TOPICS)
_CODES = _by_word(STATES)
_FILLERS = frozenset(word for word in TABLE_PREFIXES if len(word) >= CUT_CHARS_MIN and word not in _NAMES)


def _skeleton_of(word: str) -> str:
    """A word without its vowels but the first letter: how columns of eight letters are named."""
    return word[:1] + _VOWELS.sub("", word[1:])


def _by_skeleton() -> dict[str, str]:
    """The shortest word of each skeleton that is long enough to tell words apart."""
    found: dict[str, str] = {}
    for word in sorted(_NAMES, key=len):
        if len(_skeleton_of(word)) >= SKELETON_CHARS_MIN:
            found.setdefault(_skeleton_of(word), word)
    return found


_SKELETONS = _by_skeleton()


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, split at signs, at capitals and between letters and digits."""
    return [word.lower() for word in _WORD.findall(name[:NAME_CHARS_MAX])]


@cache
def meaning_of_name(name: str, *, is_table: bool = False) -> Words:
    """What a field, a column or a table is called, word by word. A word that nobody knows is a concept of its own."""
    words = words_of(name)
    if is_table and len(words) > 1:
        words = [word for word in words if word not in TABLE_PREFIXES] or words
        # What else is that short and says nothing is the prefix of a system: `tk_loker`, `sik_dokter`.
        if len(words) > 1 and len(words[0]) <= PREFIX_CHARS_MAX and not _known(words[0]):
            words = words[1:]
    return tuple(concepts for word in words for concepts in _meanings_of_word(word))


def all_of(words: Words) -> Concepts:
    """All concepts of a name, whichever word they come from."""
    return frozenset(concept for concepts in words for concept in concepts)


def concepts_of_text(text: str) -> Concepts:
    """What a sentence in English is about."""
    words = [word for word in words_of_text(text) if word not in _STOP_WORDS]
    return frozenset(concept for word in words for concept in _known(word) or (f"={_stem_of(word)}",))


def words_of_text(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def is_word_of_systems(word: str) -> bool:
    """Whether a word is one that tables and codes are made of, and so hardly a name."""
    return bool(_known(word) or word in TABLE_PREFIXES or states_of([word, root_of(word)]))


def _known(word: str) -> Concepts:
    return frozenset(_NAMES.get(word) or _NAMES.get(_ENGLISH_ENDINGS.sub("", word)) or ())


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
    """A glued word as the fewest known words, one of them whole at least; none when it cannot be split."""
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
    """How well a name says what is wanted, from 0 to 1: what of the name is explained, what of the wish is covered.

    `hinted` are concepts of the wish's description, which explain but need not be covered; `dull` ones are those of the
    whole table, which tell nothing within it.
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
    """How much a word tells: a kind of value less than what it is about, and least what all the table is about."""
    usual = QUALIFIER_WEIGHT if word <= QUALIFIERS.keys() else 1.0
    return usual * (DULL if word <= dull else 1.0)


_PREFIXES = re.compile(r"^(?:di|ter|ber|ke|per|me|men|meng)(?=[a-z]{4})")
_SUFFIXES = re.compile(r"(?<=[a-z]{4})(?:kan|an|i)$")


def _stem_of(word: str) -> str:
    """A word without the endings of English plurals, for words that no lexicon knows."""
    return _ENGLISH_ENDINGS.sub("", word).removesuffix("e") if len(word) > 4 else word


def root_of(word: str) -> str:
    """A word without the prefix and the suffix that Indonesian forms states with: `dibekukan` is `beku`."""
    return _SUFFIXES.sub("", _PREFIXES.sub("", word.lower()))


def states_of(words: Iterable[str]) -> Concepts:
    """What the words of a code say."""
    listed = list(words)
    glued = "".join(listed)
    known = [*listed, glued, "_".join(listed)]
    return frozenset(concept for word in known for concept in _CODES.get(word, ()))
