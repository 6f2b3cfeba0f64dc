"""Emergencies: what is reported to 112 and who went there, and the alerts that go out to everybody (CAP 1.2)."""

from __future__ import annotations

from datetime import datetime

from models.predicates import And, Compare, Not, Operator, Predicate
from models.records import PersonalClass, Record, field, to_one
from models.values.types import AreaCode, AreaCodes, Position, Url
from models.values.vocabulary import Vocabulary

_GENERAL = PersonalClass.GENERAL


class CallDisposition(Vocabulary):
    """What a call to the emergency number turned out to be."""

    EMERGENCY = "EMERGENCY", "Darurat", "Emergency", "Somebody needed help at once"
    NON_EMERGENCY = "NON_EMERGENCY", "Bukan darurat", "Not an emergency", "A question or a complaint; nobody was sent"
    PRANK = "PRANK", "Iseng", "Prank", "Somebody made fun of the number"
    GHOST = "GHOST", "Panggilan kosong", "Ghost call", "Nobody spoke"
    ABANDONED = "ABANDONED", "Terputus", "Abandoned", "The caller hung up before anybody answered"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class HazardKind(Vocabulary):
    """What threatened whom."""

    FIRE = "FIRE", "Kebakaran", "Fire", "A building or a vehicle burned"
    WILDFIRE = "WILDFIRE", "Kebakaran lahan", "Wildfire", "Grass, waste or land burned"
    FLOOD = "FLOOD", "Banjir", "Flood", "Water where there should be none"
    STORM = "STORM", "Angin kencang", "Storm", "Strong wind, and what it did"
    FALLEN_TREE = "FALLEN_TREE", "Pohon tumbang", "Fallen tree", "A tree fell or is about to"
    LANDSLIDE = "LANDSLIDE", "Tanah longsor", "Landslide", "Ground or a bank gave way"
    TRAFFIC_ACCIDENT = "TRAFFIC_ACCIDENT", "Kecelakaan lalu lintas", "Traffic accident", "An accident on a road"
    MEDICAL = "MEDICAL", "Darurat medis", "Medical emergency", "Somebody needed an ambulance"
    ANIMAL = "ANIMAL", "Evakuasi hewan", "Animal", "A snake, a swarm or another animal that endangers people"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source does not say, or nothing that the hub knows"


class Incident(Record, name="incidents", ownerless=True, handled_by="department_code", rows=80_000):
    """A call to the emergency number, and what was done about it. Casualties are counts and never people.

    Where exactly somebody needed help is personal: most often it is somebody's home. Everybody may know the area.
    """

    id: str = field("The key of the report in its source")
    number: str | None = field("The number of the report", filter=True)
    disposition: CallDisposition = field("What the call turned out to be", filter=True, group=True)
    kind: HazardKind = field("What threatened whom", filter=True, group=True)
    reported_at: datetime | None = field("When the call came in", filter=True, sort=True, group=True)
    dispatched_at: datetime | None = field("When the first team was sent; null where none was", filter=True)
    arrived_at: datetime | None = field("When the first team was there", filter=True)
    closed_at: datetime | None = field("When the report was closed; null while it is open", filter=True)
    area_code: AreaCode | None = field("The code of the area that it happened in", filter=True, group=True)
    department_code: str | None = field("The code of the department that handles it", filter=True, group=True)
    deaths: int | None = field("How many people died", filter=True, sort=True)
    injured: int | None = field("How many people were hurt", filter=True, sort=True)
    position: Position | None = field("Where help was needed", personal=_GENERAL)
    address: str | None = field("Where help was needed, in words", personal=_GENERAL)
    description: str | None = field("What the caller said", personal=PersonalClass.FREE_TEXT)
    caller_name: str | None = field("The name that the caller gave", personal=_GENERAL)
    caller_phone: str | None = field("The number that the call came from", personal=_GENERAL)

    area = to_one("areas", on={"area_code": "code"})


class AlertStatus(Vocabulary):
    """What an alert is for (CAP 1.2: status)."""

    ACTUAL = "ACTUAL", "Nyata", "Actual", "To be acted upon"
    EXERCISE = "EXERCISE", "Latihan", "Exercise", "Only for those who take part in an exercise"
    SYSTEM = "SYSTEM", "Sistem", "System", "For the systems that pass alerts on"
    TEST = "TEST", "Uji coba", "Test", "A technical test; to be ignored"
    DRAFT = "DRAFT", "Konsep", "Draft", "Not to be acted upon yet"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class AlertMessageType(Vocabulary):
    """How an alert relates to those before it (CAP 1.2: msgType)."""

    ALERT = "ALERT", "Peringatan", "Alert", "The first message about something"
    UPDATE = "UPDATE", "Pembaruan", "Update", "Replaces earlier messages"
    CANCEL = "CANCEL", "Pembatalan", "Cancel", "Takes earlier messages back"
    ACK = "ACK", "Tanda terima", "Acknowledgement", "Says that a message was received"
    ERROR = "ERROR", "Penolakan", "Error", "Says that a message was refused"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class AlertScope(Vocabulary):
    """Whom an alert is meant for (CAP 1.2: scope)."""

    PUBLIC = "PUBLIC", "Umum", "Public", "Everybody"
    RESTRICTED = "RESTRICTED", "Terbatas", "Restricted", "Those who meet a condition"
    PRIVATE = "PRIVATE", "Pribadi", "Private", "Those who are named in it"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class AlertCategory(Vocabulary):
    """What kind of event an alert is about (CAP 1.2: category)."""

    GEO = "GEO", "Geofisika", "Geophysical", "Earthquakes and landslides"
    MET = "MET", "Meteorologi", "Meteorological", "Weather and floods"
    SAFETY = "SAFETY", "Keselamatan", "Safety", "General emergency and public safety"
    SECURITY = "SECURITY", "Keamanan", "Security", "Police, military and private security"
    RESCUE = "RESCUE", "Penyelamatan", "Rescue", "Rescue and recovery"
    FIRE = "FIRE", "Kebakaran", "Fire", "Fighting fires, and rescue from them"
    HEALTH = "HEALTH", "Kesehatan", "Health", "Medical and public health"
    ENV = "ENV", "Lingkungan", "Environmental", "Pollution and other harm to the environment"
    TRANSPORT = "TRANSPORT", "Transportasi", "Transport", "Public and private transport"
    INFRA = "INFRA", "Infrastruktur", "Infrastructure", "Supply, telecommunication and other infrastructure"
    CBRNE = "CBRNE", "KBRN-E", "CBRNE", "Chemical, biological, radiological, nuclear or explosive threats"
    OTHER = "OTHER", "Lainnya", "Other", "Another kind of event"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class AlertCategories(tuple[AlertCategory, ...]):
    """Some categories, each once, in the order in which a sender names them."""

    __slots__ = ()


class AlertUrgency(Vocabulary):
    """How soon to act (CAP 1.2: urgency)."""

    IMMEDIATE = "IMMEDIATE", "Segera", "Immediate", "Act at once"
    EXPECTED = "EXPECTED", "Diperkirakan", "Expected", "Act within the hour"
    FUTURE = "FUTURE", "Mendatang", "Future", "Act in the near future"
    PAST = "PAST", "Telah lewat", "Past", "There is nothing left to do"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


class AlertSeverity(Vocabulary):
    """How bad it is (CAP 1.2: severity)."""

    EXTREME = "EXTREME", "Ekstrem", "Extreme", "An extraordinary threat to life or property"
    SEVERE = "SEVERE", "Parah", "Severe", "A significant threat to life or property"
    MODERATE = "MODERATE", "Sedang", "Moderate", "A possible threat to life or property"
    MINOR = "MINOR", "Ringan", "Minor", "Little or no threat to life or property"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


class AlertCertainty(Vocabulary):
    """How sure it is (CAP 1.2: certainty)."""

    OBSERVED = "OBSERVED", "Teramati", "Observed", "It has happened or goes on"
    LIKELY = "LIKELY", "Besar kemungkinan", "Likely", "More likely than not"
    POSSIBLE = "POSSIBLE", "Mungkin", "Possible", "Possible, but not likely"
    UNLIKELY = "UNLIKELY", "Kecil kemungkinan", "Unlikely", "Not expected to happen"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


class Alert(Record, name="alerts"):
    """A warning to everybody (CAP 1.2: alert with its info); the fields are named as the standard names them."""

    id: str = field("The key of the alert in its source")
    identifier: str = field("The identifier that its sender gave it", filter=True)
    sender: str | None = field("Who sent it, by a name that is unique on the internet", filter=True)
    sender_name: str | None = field("Who sent it, in words", filter=True)
    sent: datetime | None = field("When it was sent", filter=True, sort=True, group=True)
    status: AlertStatus = field("What the alert is for", filter=True)
    message_type: AlertMessageType = field("How it relates to the alerts before it", filter=True, group=True)
    scope: AlertScope = field("Whom it is meant for", filter=True)
    categories: AlertCategories | None = field("What kinds of event it is about")
    event: str | None = field("The event, in words", filter=True, group=True)
    urgency: AlertUrgency = field("How soon to act", filter=True, group=True)
    severity: AlertSeverity = field("How bad it is", filter=True, group=True)
    certainty: AlertCertainty = field("How sure it is", filter=True, group=True)
    effective: datetime | None = field("From when on it counts; null for when it was sent", filter=True, sort=True)
    onset: datetime | None = field("When the event is expected to begin", filter=True, sort=True)
    expires: datetime | None = field("When it no longer counts", filter=True, sort=True)
    language: str | None = field("The language of its texts (BCP 47)", filter=True)
    headline: str | None = field("The headline")
    description: str | None = field("What happens")
    instruction: str | None = field("What to do")
    web: Url | None = field("A page that says more")
    area_description: str | None = field("Where, in words")
    area_codes: AreaCodes | None = field("The codes of the areas that it is for, where it names them")
    area_code: AreaCode | None = field("The code of the smallest area that all of these lie in", group=True)

    area = to_one("areas", on={"area_code": "code"})


def in_force(now: datetime) -> Predicate:
    """The alerts that count at a moment, by the minute: in effect by then, and not expired. Some name no end."""
    # A moment of its own for each question would keep answers from being kept.
    minute = now.replace(second=0, microsecond=0)
    is_early, is_over = Compare("effective", Operator.GT, (minute,)), Compare("expires", Operator.LTE, (minute,))
    return And((Not(is_early), Not(is_over)))
