"""Erasure in the hub itself: where copies of a person's data could be, what rule keeps them out, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from models.localized import Localized
from models.values import Nik
from models.vocabulary import Vocabulary


class ErasurePlace(Vocabulary):
    """Where the hub keeps something, and so where it looks when somebody asks for erasure."""

    READ_CACHE = "READ_CACHE", "Tembolok pembacaan", "Cache of reads", "Answers of sources, in the process or in Redis"
    KEPT_ANSWERS = "KEPT_ANSWERS", "Jawaban tersimpan", "Kept answers", "Whole answers to anonymous questions"
    COPIES = "COPIES", "Salinan sumber", "Copies of sources", "Replicas and last good answers, on the disk"
    SEARCH_INDEX = "SEARCH_INDEX", "Indeks pencarian", "Search index", "The words of public records"
    CLIENT_CONTACTS = "CLIENT_CONTACTS", "Kontak klien", "Contacts of clients", "Who is behind an API key"
    OPEN_REQUESTS = "OPEN_REQUESTS", "Permohonan terbuka", "Open requests", "Who asked, sealed until it is answered"
    LEDGER = "LEDGER", "Catatan akses", "Ledger", "Who read which fields about the person, without values"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub has written it"


RULES: Mapping[ErasurePlace, Localized] = MappingProxyType(
    {
        ErasurePlace.READ_CACHE: Localized(
            "Kolom pribadi tidak pernah masuk; yang memuat nomor warga tetap dibuang.",
            "No personal column enters; what holds the resident number all the same is dropped.",
        ),
        ErasurePlace.KEPT_ANSWERS: Localized(
            "Hanya jawaban publik yang disimpan; yang memuat nomor warga tetap dibuang.",
            "Only public answers are kept; what holds the resident number all the same is dropped.",
        ),
        ErasurePlace.COPIES: Localized(
            "Hanya kolom publik yang disalin; nomor warga di dalam teks ditutup dengan bintang.",
            "Only public columns are copied; the resident number within a text is covered with asterisks.",
        ),
        ErasurePlace.SEARCH_INDEX: Localized(
            "Hanya catatan publik yang diindeks; yang memuat nomor warga dikeluarkan.",
            "Only public records are indexed; what holds the resident number is taken out.",
        ),
        ErasurePlace.CLIENT_CONTACTS: Localized(
            "Nomor warga di dalam kontak ditutup dengan bintang.",
            "The resident number within a contact is covered with asterisks.",
        ),
        ErasurePlace.OPEN_REQUESTS: Localized(
            "Tersegel sampai permohonan dijawab, lalu dibuang: petugas memerlukannya untuk bertindak.",
            "Sealed until the request is answered, and dropped then: the officer needs it to act.",
        ),
        ErasurePlace.LEDGER: Localized(
            "Disimpan, dengan tanda dan tanpa nilai, karena undang-undang meminta catatan ini.",
            "Kept, by a mark and without values, because the law asks for this record.",
        ),
        ErasurePlace.UNKNOWN: Localized("Tidak diketahui.", "Unknown."),
    }
)
"""For each place the rule by which nothing personal should be there, or by which it stays."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose data is looked for, and every way in which their resident number is written."""

    nik: Nik = field(repr=False)
    spellings: tuple[str, ...] = field(repr=False)

    @property
    def covered(self) -> tuple[tuple[str, str], ...]:
        """Each spelling with what stands in its place afterwards: its form, with an asterisk for each digit."""
        return tuple((one, "".join("*" if sign.isdigit() else sign for sign in one)) for one in self.spellings)

    def is_in(self, data: bytes) -> bool:
        """Whether bytes of text hold one of the spellings."""
        return any(one.encode() in data for one in self.spellings)


@dataclass(frozen=True, slots=True)
class Searched:
    """How many things were looked at, how many had something of the person, and how many of those are gone."""

    looked: int = 0
    found: int = 0
    removed: int = 0

    def plus(self, other: Searched) -> Searched:
        return Searched(self.looked + other.looked, self.found + other.found, self.removed + other.removed)


@dataclass(frozen=True, slots=True)
class ErasureSearch:
    """A line of the receipt: that a place was searched, when (UTC), and what came of it. None: it could not be."""

    place: ErasurePlace
    at: datetime
    searched: Searched | None
