"""The desk: complaints as a web framework of the 2010s keeps them: English, with keys, moments in UTC and words."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from connectors.departments.city import TANGERANG
from models.complaints import ComplaintChannel, ComplaintStatus, ComplaintStatusDetail, Publication
from models.values.types import AreaCode, Position
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import Estate, Row

DDL = (
    "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY)",
    "CREATE TABLE sessions (id bigserial PRIMARY KEY, token varchar(80), created_at timestamp(6), data bytea)",
    """CREATE TABLE categories (
        id bigint PRIMARY KEY, slug varchar(40) UNIQUE, name varchar(80), group_name varchar(40), position integer,
        created_at timestamp(6))""",
    """CREATE TABLE users (
        id bigint PRIMARY KEY, full_name varchar(120), email varchar(120), phone varchar(30), national_id varchar(20),
        encrypted_password varchar(80), created_at timestamp(6))""",
    """CREATE TABLE service_requests (
        id bigint PRIMARY KEY, reference varchar(20) UNIQUE, category_id bigint REFERENCES categories(id),
        user_id bigint REFERENCES users(id), body text, address varchar(200), latitude numeric(10,7),
        longitude numeric(10,7), state varchar(20), visibility varchar(20), channel varchar(20),
        village_code varchar(13), agency varchar(10), upvotes integer, created_at timestamp(6),
        updated_at timestamp(6), deleted_at timestamp(6))""",
    """CREATE TABLE request_updates (
        id bigint PRIMARY KEY, service_request_id bigint REFERENCES service_requests(id), state varchar(20),
        message text, author varchar(80), created_at timestamp(6))""",
)

_NAMES = ("Siti Rahmawati", "Agus Setiawan", "Dewi Kurniasih", "Bambang Prakoso", "Nur Hasanah", "Rudi Hartono")
_CATEGORIES = (
    ("roads", "Roads and bridges", "Works"),
    ("lights", "Street lights", "Works"),
    ("waste", "Waste", "Clean"),
)
_STATES = {
    "received": (ComplaintStatus.OPEN, ComplaintStatusDetail.WAITING),
    "in_progress": (ComplaintStatus.OPEN, ComplaintStatusDetail.IN_PROGRESS),
    "resolved": (ComplaintStatus.CLOSED, ComplaintStatusDetail.DONE),
    "rejected": (ComplaintStatus.CLOSED, ComplaintStatusDetail.DONE),
}
_VISIBILITIES = {
    "public": Publication.PUBLIC,
    "anonymous": Publication.ANONYMOUS,
    "private": Publication.CONFIDENTIAL,
}
_CHANNELS = {
    "web": ComplaintChannel.WEB,
    "android": ComplaintChannel.APP,
    "ios": ComplaintChannel.APP,
    "hotline": ComplaintChannel.PHONE,
    "instagram": ComplaintChannel.SOCIAL_MEDIA,
    "desk": ComplaintChannel.WALK_IN,
}
_VILLAGES = ("36.71.05.1003", "36.71.01.1001", "36.71.07.1002")
_AGENCIES = {"DPUPR": "dpupr", "DLH": "dlh", "DISHUB": "dishub"}
_BODIES = (
    "The road in front of the school has been broken for weeks, please send somebody to look at it",
    "Nobody has collected the waste of our street since Monday and it begins to smell",
    "The street light at the corner does not work any more, children walk there in the dark",
)
_REQUESTS, _UPDATES_EACH = 240, 2


def _moment(*parts: int) -> datetime:
    """A moment without a zone, as a column has it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # naive is the point


def estate() -> Estate:
    dice = random.Random(20)
    users: list[Row] = [
        {"id": at, "full_name": name, "email": f"{name.split()[0].lower()}{at}@surel.example",
         "encrypted_password": "x", "phone": f"0812-5550-{at:04}", "national_id": resident_number(at),
         "created_at": _moment(2020, 1, 1)}
        for at in range(1, 61) for name in [_NAMES[at % len(_NAMES)]]
    ]  # fmt: skip
    categories: list[Row] = [
        {"id": at, "slug": slug, "name": name, "group_name": group, "position": at, "created_at": _moment(2019, 5, 1)}
        for at, (slug, name, group) in enumerate(_CATEGORIES, start=1)
    ]
    requests: list[Row] = []
    updates: list[Row] = []
    truth: dict[str, Row] = {}
    changes: dict[str, Row] = {}
    moment = _moment(2023, 1, 2, 1, 30)
    for number in range(1, _REQUESTS + 1):
        moment += timedelta(minutes=dice.randint(20, 900))
        request = _request(number, moment, dice)
        requests.append(request)
        clean = _clean(request, categories)
        if request["deleted_at"] is None:
            truth[str(number)] = clean
        for _ in range(_UPDATES_EACH):
            update = _update(len(updates) + 1, request, moment, dice)
            updates.append(update)
            if request["deleted_at"] is None:
                changes[str(update["id"])] = _clean_update(update, clean)
    rows: dict[str, list[Row]] = {
        "schema_migrations": [{"version": "20190501120000"}],
        "sessions": [{"token": "t", "created_at": moment, "data": b"\x00"}],
        "categories": categories, "users": users, "service_requests": requests, "request_updates": updates,
    }  # fmt: skip
    kinds: dict[str, Row] = {
        str(row["id"]): {"id": str(row["id"]), "code": row["slug"], "name": row["name"], "group": row["group_name"]}
        for row in categories
    }
    personal = (
        ("users", "full_name"), ("users", "email"), ("users", "phone"), ("users", "national_id"),
        ("service_requests", "body"), ("service_requests", "address"), ("request_updates", "message"),
        ("request_updates", "author"),
    )  # fmt: skip
    clean_rows = {"complaint_categories": kinds, "complaints": truth, "complaint_status_changes": changes}
    return Estate("desk", "complaints", "diskominfo", DDL, rows, clean_rows, personal)


def _request(number: int, moment: datetime, dice: random.Random) -> Row:
    has_place = dice.random() < 0.8
    return {
        "id": number,
        "reference": f"SR-{20230000 + number}",
        "category_id": dice.randint(1, len(_CATEGORIES)),
        "user_id": dice.randint(1, 60),
        "body": dice.choice(_BODIES),
        "address": f"Jl. Kenanga No. {dice.randint(1, 90)} RT 03",
        "latitude": _decimal(dice.uniform(-6.25, -6.10)) if has_place else None,
        "longitude": _decimal(dice.uniform(106.56, 106.74)) if has_place else None,
        "state": dice.choice(tuple(_STATES)),
        "visibility": dice.choices(tuple(_VISIBILITIES), (8, 2, 1))[0],
        "channel": dice.choice(tuple(_CHANNELS)),
        "village_code": dice.choice(_VILLAGES),
        "agency": dice.choice(tuple(_AGENCIES)),
        "upvotes": dice.randint(0, 40),
        "created_at": moment,
        "updated_at": moment + timedelta(days=3),
        "deleted_at": moment + timedelta(days=5) if dice.random() < 0.05 else None,
    }


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.7f}")


def _update(number: int, request: Row, moment: datetime, dice: random.Random) -> Row:
    return {
        "id": number,
        "service_request_id": request["id"],
        "state": dice.choice(tuple(_STATES)),
        "message": "We have looked at it and will send somebody on " + dice.choice(("Monday", "Friday")),
        "author": dice.choice(_NAMES),
        "created_at": moment + timedelta(seconds=number % 7),
    }


def _clean(request: Row, categories: list[Row]) -> Row:
    category_id, user_id, state = request["category_id"], request["user_id"], str(request["state"])
    assert isinstance(category_id, int)
    assert isinstance(user_id, int)
    moment = request["created_at"]
    assert isinstance(moment, datetime)
    latitude, longitude = request["latitude"], request["longitude"]
    return {
        "id": str(request["id"]),
        "ticket_number": request["reference"],
        "category_code": categories[category_id - 1]["slug"],
        "status": _STATES[state][0],
        "status_detail": _STATES[state][1],
        "publication": _VISIBILITIES[str(request["visibility"])],
        "channel": _CHANNELS[str(request["channel"])],
        "requested_at": moment.replace(tzinfo=UTC).astimezone(TANGERANG.time_zone),
        "area_code": AreaCode(str(request["village_code"])),
        "department_code": _AGENCIES[str(request["agency"])],
        "position": Position(float(str(latitude)), float(str(longitude))) if latitude is not None else None,
        "address": request["address"],
        "description": request["body"],
        "reporter_nik": resident_number(user_id),
    }


def _clean_update(update: Row, complaint: Row) -> Row:
    moment = update["created_at"]
    assert isinstance(moment, datetime)
    return {
        "id": str(update["id"]),
        "complaint_id": complaint["id"],
        "at": moment.replace(tzinfo=UTC).astimezone(TANGERANG.time_zone),
        "status_detail": _STATES[str(update["state"])][1],
        "note": update["message"],
        "publication": complaint["publication"],
        "department_code": complaint["department_code"],
        "reporter_nik": complaint["reporter_nik"],
    }
