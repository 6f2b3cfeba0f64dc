"""Services: what residents can ask of the city, how, and what it takes (EU CPSV-AP 3.2)."""

from __future__ import annotations

from models.records import Record, field
from models.values.types import Duration, Money, TextList, Url
from models.values.vocabulary import Vocabulary


class ServiceChannel(Vocabulary):
    """A way to a service (CPSV-AP: Channel)."""

    APP = "APP", "Aplikasi", "App", "The city's app"
    WEB = "WEB", "Situs web", "Website", "A website of the city"
    PHONE = "PHONE", "Telepon", "Phone", "A call"
    MESSAGE = "MESSAGE", "Pesan singkat", "Message", "A message, by SMS or a messenger"
    COUNTER = "COUNTER", "Loket", "Counter", "A counter of an office"
    VISIT = "VISIT", "Layanan keliling", "Mobile service", "The office comes to the resident"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class ServiceChannels(tuple[ServiceChannel, ...]):
    """Ways to one service, the usual one first."""

    __slots__ = ()


class PublicService(Record, name="services"):
    """A service that the city offers (CPSV-AP 3.2: Public Service)."""

    id: str = field("The key of the service in its source")
    code: str = field("The code of the service (CPSV-AP: identifier)", filter=True, sort=True)
    name: str | None = field("The name of the service", filter=True, sort=True)
    description: str | None = field("What the service does")
    channels: ServiceChannels | None = field("The ways to the service, the usual one first (CPSV-AP: hasChannel)")
    cost: Money | None = field("What it costs; null where it depends or the office does not say, zero where it is free")
    required_evidence: TextList | None = field("What the applicant has to bring (CPSV-AP: hasInputEvidence)")
    processing_time: Duration | None = field("How long it takes at most, by the office's own promise")
    topic: str | None = field("What the service is about (CPSV-AP: thematicArea)", filter=True, sort=True, group=True)
    department_code: str | None = field("The code of the department that is responsible", filter=True, group=True)
    url: Url | None = field("Where the service is found or explained")
