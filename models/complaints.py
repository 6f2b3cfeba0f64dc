"""Complaints: what residents report and what the city does about it (Open311 GeoReport v2; SP4N-LAPOR)."""

from __future__ import annotations

from datetime import datetime

from models.records import PersonalClass, Record, field, to_many, to_one
from models.values.types import AreaCode, PersonId, Position
from models.values.vocabulary import Vocabulary


class ComplaintStatus(Vocabulary):
    """Whether a complaint still needs the city (Open311: status)."""

    OPEN = "OPEN", "Terbuka", "Open", "The city still has to act"
    CLOSED = "CLOSED", "Ditutup", "Closed", "The city has dealt with it"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class ComplaintStatusDetail(Vocabulary):
    """How far the city is with a complaint; the three states that residents see."""

    WAITING = "WAITING", "Menunggu", "Waiting", "Received; nobody works on it yet"
    IN_PROGRESS = "IN_PROGRESS", "Proses", "In progress", "A department works on it"
    DONE = "DONE", "Selesai", "Done", "The department has finished"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class Publication(Vocabulary):
    """Who may know of a complaint. What is UNKNOWN is withheld."""

    PUBLIC = "PUBLIC", "Publik", "Public", "Everybody may read it"
    ANONYMOUS = "ANONYMOUS", "Anonim", "Anonymous", "Everybody may read it, nobody learns who reported it"
    CONFIDENTIAL = "CONFIDENTIAL", "Rahasia", "Confidential", "Only the handling department may read it"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source does not say; withheld like a confidential one"


class ComplaintChannel(Vocabulary):
    """How a complaint reached the city."""

    APP = "APP", "Aplikasi", "App", "The city's app"
    WEB = "WEB", "Situs web", "Website", "The city's website"
    PHONE = "PHONE", "Telepon", "Phone", "A phone call"
    SOCIAL_MEDIA = "SOCIAL_MEDIA", "Media sosial", "Social media", "A message on social media"
    WALK_IN = "WALK_IN", "Loket", "Counter", "A visit to an office"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source does not say"


class ComplaintUrgency(Vocabulary):
    """How an open complaint stands to the limits that the city has promised, as its control room marks it."""

    GREEN = "GREEN", "Hijau", "Green", "It can still be forwarded in time"
    YELLOW = "YELLOW", "Kuning", "Yellow", "The time to forward it is over, the time to answer it is not"
    RED = "RED", "Merah", "Red", "The time to answer it is over"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Nobody knows when it was reported, or whether it is open"


class ComplaintCategory(Record, name="complaint_categories"):
    """A kind of problem that complaints are grouped by (Open311: a service)."""

    id: str = field("The key of the category in its source")
    code: str = field("The code of the category", filter=True, sort=True)
    name: str | None = field("The name of the category", filter=True, sort=True)
    group: str | None = field("The wider group that the category belongs to", filter=True, group=True)

    complaints = to_many("complaints", on={"code": "category_code"})


class Complaint(
    Record,
    name="complaints",
    owner="reporter_nik",
    handled_by="department_code",
    unlocked=("reporter_nik",),
    rows=200_000,
):
    """A report by a resident, and what the city did about it (Open311: a service request)."""

    id: str = field("The key of the complaint in its source")
    ticket_number: str | None = field("The number that the reporter was given", filter=True)
    category_code: str | None = field("The code of the kind of problem", filter=True, group=True)
    status: ComplaintStatus = field("Whether the city still has to act", filter=True, group=True)
    status_detail: ComplaintStatusDetail = field("How far the city is", filter=True, group=True)
    publication: Publication = field("Who may know of the complaint", filter=True, group=True)
    channel: ComplaintChannel = field("How the complaint reached the city", filter=True, group=True)
    requested_at: datetime | None = field("When the resident reported it", filter=True, sort=True, group=True)
    area_code: AreaCode | None = field("The code of the area that the complaint is about", filter=True, group=True)
    department_code: str | None = field("The code of the department that handles it", filter=True, group=True)
    position: Position | None = field("Where the problem is, as exactly as the city tells everybody")
    address: str | None = field("Where the problem is, in words", personal=PersonalClass.FREE_TEXT)
    description: str | None = field("What the resident wrote", personal=PersonalClass.FREE_TEXT)
    reporter_nik: PersonId | None = field("The resident number of the reporter", personal=PersonalClass.GENERAL)

    category = to_one("complaint_categories", on={"category_code": "code"})
    area = to_one("areas", on={"area_code": "code"})
    history = to_many("complaint_status_changes", on={"id": "complaint_id"})


class ComplaintHandling(
    Record,
    name="complaint_handlings",
    measures="complaints",
    owner="reporter_nik",
    handled_by="department_code",
    rows=200_000,
):
    """A complaint with the moments of its handling: what times of handling are measured of, never shown row by row.

    It has every field that complaints are filtered and grouped by, under the same names, so that what is asked of those
    can be asked of these.
    """

    id: str = field("The key of the complaint in its source")
    ticket_number: str | None = field("The number that the reporter was given", filter=True)
    category_code: str | None = field("The code of the kind of problem", filter=True, group=True)
    status: ComplaintStatus = field("Whether the city still has to act", filter=True, group=True)
    status_detail: ComplaintStatusDetail = field("How far the city is", filter=True, group=True)
    publication: Publication = field("Who may know of the complaint", filter=True, group=True)
    channel: ComplaintChannel = field("How the complaint reached the city", filter=True, group=True)
    requested_at: datetime | None = field("When the resident reported it", filter=True, group=True)
    area_code: AreaCode | None = field("The code of the area that the complaint is about", filter=True, group=True)
    department_code: str | None = field("The code of the department that handles it", filter=True, group=True)
    position: Position | None = field("Where the problem is")
    reporter_nik: PersonId | None = field("The resident number of the reporter", personal=PersonalClass.GENERAL)
    responded_at: datetime | None = field("When the first step was taken", filter=True, group=True)
    resolved_at: datetime | None = field("When the last step was taken that said it was done", filter=True, group=True)

    category = to_one("complaint_categories", on={"category_code": "code"})
    area = to_one("areas", on={"area_code": "code"})
    history = to_many("complaint_status_changes", on={"id": "complaint_id"})


class StatusChange(
    Record,
    name="complaint_status_changes",
    owner="reporter_nik",
    handled_by="department_code",
    rows=500_000,
):
    """One step in the handling of a complaint."""

    id: str = field("The key of the step in its source")
    complaint_id: str = field("The key of the complaint")
    at: datetime | None = field("When the step was taken", filter=True, sort=True)
    status_detail: ComplaintStatusDetail = field("How far the city was after the step", filter=True)
    note: str | None = field("What the department answered", personal=PersonalClass.FREE_TEXT)
    publication: Publication = field("Who may know of the complaint")
    department_code: str | None = field("The code of the department that handles the complaint")
    reporter_nik: PersonId | None = field("The resident number of the reporter", personal=PersonalClass.GENERAL)
