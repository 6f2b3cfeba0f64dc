"""Terms of data: who answers for a source's data, under which terms it may be used, and how often it changes (DCAT)."""

from __future__ import annotations

from dataclasses import dataclass

from models.values.vocabulary import Vocabulary


class UpdateRhythm(Vocabulary):
    """How often a source changes (DCAT frequency)."""

    CONTINUOUS = "CONTINUOUS", "Terus-menerus", "Continuously", "Whenever something happens"
    HOURLY = "HOURLY", "Setiap jam", "Hourly", "Every hour"
    DAILY = "DAILY", "Harian", "Daily", "Every day"
    WEEKLY = "WEEKLY", "Mingguan", "Weekly", "Every week"
    YEARLY = "YEARLY", "Tahunan", "Yearly", "Every year"
    IRREGULAR = "IRREGULAR", "Tidak tentu", "Irregularly", "Now and then"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The department does not say"


class SourceForm(Vocabulary):
    """How the hub reads a source."""

    DATABASE = "DATABASE", "Basis data", "Database", "A database, asked with SQL"
    REST = "REST", "Layanan REST", "REST service", "A web service that answers with JSON"
    FILES = "FILES", "Berkas", "Files", "A folder of files, of which the hub keeps a copy"
    FEED = "FEED", "Umpan", "Feed", "News, a calendar or alerts at one address, of which the hub keeps a copy"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


@dataclass(frozen=True, slots=True)
class DataTerms:
    """What a city states of a source, for whoever uses its data."""

    publisher: str
    contact: str
    license: str
    rhythm: UpdateRhythm
