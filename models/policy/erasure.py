"""Erasure in the hub itself: the places that may hold a person's data, their rules, and what a search found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from models.values.localized import Localized
from models.values.types import PersonId
from models.values.vocabulary import Vocabulary


class ErasurePlace(Vocabulary):
    """Where the hub keeps something, and so where it looks when somebody asks for erasure."""

    READ_CACHE = "READ_CACHE", "Tembolok pembacaan", "Cache of reads", "Answers of sources, in the process or in Redis"
    KEPT_ANSWERS = "KEPT_ANSWERS", "Jawaban tersimpan", "Kept answers", "Whole answers to anonymous questions"
    COPIES = "COPIES", "Salinan sumber", "Copies of sources", "Replicas and last good answers, on the disk"
    SEARCH_INDEX = "SEARCH_INDEX", "Indeks pencarian", "Search index", "The words of public records"
    CLIENT_CONTACTS = "CLIENT_CONTACTS", "Kontak klien", "Contacts of clients", "Who is behind an API key"
    OPEN_REQUESTS = "OPEN_REQUESTS", "Permohonan terbuka", "Open requests", "Who asked, sealed until it is answered"
    OUTBOX = (
        "OUTBOX",
        "Kotak keluar",
        "Outbox",
        "What was told to the city, encrypted, until 30 days after its delivery",
    )
    PHOTOS = "PHOTOS", "Foto", "Photos", "The photos that were sent as evidence"
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
        ErasurePlace.OUTBOX: Localized(
            "Isinya dihapus, juga bila belum tersampaikan; garis besar tanda terimanya tetap ada.",
            "Its content is erased, also if it was not delivered yet; the outline of its receipt stays.",
        ),
        ErasurePlace.PHOTOS: Localized(
            "Foto yang dikirim orang itu dihapus, beserta semua yang diketahui tentangnya.",
            "The photos that the person sent are deleted, with all that is known of them.",
        ),
        ErasurePlace.LEDGER: Localized(
            "Disimpan, dengan tanda dan tanpa nilai, karena undang-undang meminta catatan ini.",
            "Kept, by a mark and without values, because the law asks for this record.",
        ),
        ErasurePlace.UNKNOWN: Localized("Tidak diketahui.", "Unknown."),
    }
)
"""For each place, the rule that keeps personal data out, or by which it stays."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The person to search for, and every spelling of the resident number."""

    nik: PersonId = field(repr=False)
    spellings: tuple[str, ...] = field(repr=False)

    @property
    def covered(self) -> tuple[tuple[str, str], ...]:
        """Each spelling with its replacement: the same form, with an asterisk for each digit."""
        return tuple((one, "".join("*" if sign.isdigit() else sign for sign in one)) for one in self.spellings)

    def is_in(self, data: bytes) -> bool:
        """Whether bytes of text contain one of the spellings."""
        return any(one.encode() in data for one in self.spellings)


@dataclass(frozen=True, slots=True)
class Searched:
    """The number of things searched, those with something of the person, and those that were removed."""

    looked: int = 0
    found: int = 0
    removed: int = 0

    def plus(self, other: Searched) -> Searched:
        return Searched(self.looked + other.looked, self.found + other.found, self.removed + other.removed)


@dataclass(frozen=True, slots=True)
class ErasureSearch:
    """A line of the receipt: the place, the time (UTC) and the result; None if it could not be searched."""

    place: ErasurePlace
    at: datetime
    searched: Searched | None
