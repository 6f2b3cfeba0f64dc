"""Complaints that are hidden among residents, replies and tables that join by accident."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from connectors.departments.city import TANGERANG
from models.complaints import ComplaintChannel, ComplaintStatus, ComplaintStatusDetail
from models.values.types import AreaCode, Nik, Position
from tests.onboarding.drafting.estates import Row
from tests.onboarding.hostile.suite import Cells, Hostile, Table, email_of, name_of, nik_of, phone_of

_ZONE = TANGERANG.time_zone
WAITING, PROGRESS, DONE = list(ComplaintStatusDetail)[:3]
OPEN, CLOSED = ComplaintStatus.OPEN, ComplaintStatus.CLOSED
_TEXTS = (
    "Lampu jalan di depan sekolah sudah mati sejak tiga minggu yang lalu",
    "Sampah menumpuk di pinggir jalan dan belum ada yang mengangkut",
    "Jalan berlubang di dekat pasar membahayakan pengendara motor",
)
_ENGLISH = (
    "The street light in front of the school has been dark for three weeks",
    "Rubbish is piling up beside the road and nobody collects it",
    "There is a deep hole in the road near the market, it is dangerous",
)


def _at(number: int) -> datetime:
    """A moment as a column has it."""
    return datetime(2024, 1, 3, 8, 15) + timedelta(hours=7 * number)  # noqa: DTZ001  # naive is the point


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=_ZONE)


def village_register() -> Hostile:
    """A village's system: the register of residents with its log, and complaints that point into it."""
    people = [
        (at, name_of(at), nik_of(at), 1 + at // 4, 1 + at % 2, "Tangerang", date(1960 + at % 50, 2, 1 + at % 28),
         1 + at % 4, phone_of(at), email_of(at), f"Jl. Kenari No. {at}", 1 + at % 3)
        for at in range(1, 90)
    ]  # fmt: skip
    log = [
        (at, 1 + at % 89, (1, 2, 3, 5)[at % 4], "pindah datang" if at % 2 else "kelahiran", _at(at), 1 + at % 3)
        for at in range(1, 140)
    ]
    kinds = ("Infrastruktur", "Kebersihan", "Pelayanan")
    complaints = [
        (at, 1 + (at * 7) % 89, f"Aduan {at}", _TEXTS[at % 3], 1 + at % 3, kinds[at % 3], _at(at), f"10.0.{at}.7")
        for at in range(1, 61)
    ]
    tables = {
        "tweb_wil_clusterdesa": Table(
            ("id int pk", "dusun varchar(30)", "rt varchar(4)", "rw varchar(4)"),
            [(1, "Mawar", "01", "02"), (2, "Melati", "02", "02"), (3, "Kenanga", "03", "01")],
        ),
        "tweb_penduduk": Table(
            ("id int pk", "nama varchar(80)", "nik varchar(16)", "id_kk int", "sex int", "tempatlahir varchar(40)",
             "tanggallahir date", "status_kawin int", "telepon varchar(20)", "email varchar(60)",
             "alamat_sekarang varchar(80)", "id_cluster int fk(tweb_wil_clusterdesa.id)"),
            people,
        ),
        "log_penduduk": Table(
            ("id int pk", "id_pend int fk(tweb_penduduk.id)", "id_detail int", "catatan varchar(60)",
             "tgl_peristiwa datetime", "status int"),
            log,
        ),
        "tbl_pengaduan": Table(
            ("id int pk", "id_pend int fk(tweb_penduduk.id)", "judul varchar(80)", "isi text",
             "status int -- 1 = menunggu diproses, 2 = sedang diproses, 3 = selesai", "kategori varchar(30)",
             "tgl_upload datetime", "ip_address varchar(40)"),
            complaints,
        ),
    }  # fmt: skip
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "category_code": row[5], "status": CLOSED if row[4] == 3 else OPEN,
            "status_detail": (WAITING, PROGRESS, DONE)[row[4] - 1], "requested_at": _zoned(row[6]),
            "description": row[3], "reporter_nik": Nik(nik_of(row[1])),
        }
        for row in complaints
    }  # fmt: skip
    categories: dict[str, Row] = {one: {"id": one, "code": one, "name": one} for one in kinds}
    return Hostile(
        "village_register", "the register of residents linked to complaints", "id", "postgresql", "complaints",
        "diskominfo", tables, {"complaints": "tbl_pengaduan", "complaint_categories": "tbl_pengaduan"},
        {"complaints": truth, "complaint_categories": categories},
        frozenset({f"tweb_penduduk.{one}" for one in ("nama", "nik", "tempatlahir", "tanggallahir", "telepon", "email",
                                                      "alamat_sekarang")} | {"tbl_pengaduan.ip_address"}),
    )  # fmt: skip


def replies_within() -> Hostile:
    """A village's site: what residents write and what is answered are rows of one table."""
    first = [
        (at, None, nik_of(at), name_of(at), email_of(at), phone_of(at), f"Aduan {at}", _TEXTS[at % 3], 1 + at % 3,
         f"10.1.{at}.9", _at(at))
        for at in range(1, 51)
    ]  # fmt: skip
    replies = [
        (100 + at, at, "-", f"Admin {name_of(at + 3)}", "admin@desa.example", "-", f"Tanggapan {at}",
         "Terima kasih, laporan sudah kami teruskan kepada dinas terkait", 1, "10.1.0.1", _at(at + 2))
        for at in range(1, 40)
    ]  # fmt: skip
    tables = {
        "user": Table(
            ("id int pk", "username varchar(30)", "password varchar(64)", "nama varchar(60)", "email varchar(60)"),
            [(at, f"petugas{at}", "z" * 40, name_of(at), email_of(at)) for at in range(1, 12)],
        ),
        "pengaduan": Table(
            ("id int pk", "id_pengaduan int fk(pengaduan.id) -- induk bila baris ini tanggapan", "nik varchar(16)",
             "nama varchar(60)", "email varchar(60)", "telepon varchar(20)", "judul varchar(100)", "isi text",
             "status int -- 1 = menunggu proses, 2 = sedang diproses, 3 = selesai diproses", "ip_address varchar(40)",
             "created_at datetime"),
            [*first, *replies],
        ),
    }  # fmt: skip
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "status": CLOSED if row[8] == 3 else OPEN,
            "status_detail": (WAITING, PROGRESS, DONE)[row[8] - 1], "requested_at": _zoned(row[10]),
            "description": row[7], "reporter_nik": Nik(row[2]),
        }
        for row in first
    }  # fmt: skip
    steps: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "complaint_id": str(row[1]), "at": _zoned(row[10]), "note": row[7],
            "reporter_nik": Nik(nik_of(row[1])),
        }
        for row in replies
    }  # fmt: skip
    return Hostile(
        "replies_within", "replies in the table of the complaints", "id", "mariadb", "complaints", "diskominfo", tables,
        {"complaints": "pengaduan", "complaint_status_changes": "pengaduan"},
        {"complaints": truth, "complaint_status_changes": steps},
        frozenset({f"pengaduan.{one}" for one in ("nik", "nama", "email", "telepon", "ip_address")}
                  | {f"user.{one}" for one in ("username", "password", "nama", "email")}),
    )  # fmt: skip


def tempting_joins() -> Hostile:
    """A works office: numbers of a state, a flag and a year happen to be keys of other tables."""
    topics, agencies = ("roads", "lights", "waste"), ("dpupr", "dlh", "dishub")
    issues = [
        (at, f"REF-{2000 + at}", topics[at % 3], _ENGLISH[at % 3], at % 3, 2022 + at % 3, at % 2,
         f"36.71.{1 + at % 13:02}", _at(at), agencies[at % 3])
        for at in range(1, 71)
    ]  # fmt: skip
    log = [
        (at, 1 + at % 70, _at(at + 1), at % 3, "We have been there and asked for material", 1 + at % 20)
        for at in range(1, 131)
    ]
    tables = {
        "priorities": Table(
            ("id int pk", "name varchar(30)", "department varchar(30)", "address varchar(60)"),
            [(0, "Low", "Front office", "Hall A"), (1, "Normal", "Front office", "Hall A"), (2, "High", "Mayor",
             "Hall B"),
             (3, "Urgent", "Mayor", "Hall B")],
        ),
        "fiscal_years": Table(
            ("year int pk", "department varchar(30)", "location varchar(40)", "budget decimal(14,2)"),
            [(2021, "Treasury", "Hall C", 5), (2022, "Treasury", "Hall C", 6), (2023, "Treasury", "Hall D", 7),
             (2024, "Treasury", "Hall D", 8)],
        ),
        "staff": Table(
            ("id int pk", "full_name varchar(60)", "email varchar(60)", "state int", "mobile varchar(20)",
             "date_of_birth date"),
            [(at, name_of(at), email_of(at), at % 3, phone_of(at), _at(at).date()) for at in range(1, 30)],
        ),
        "issues": Table(
            ("id int pk", "ref_no varchar(12) unique", "topic varchar(20)", "details text",
             "state int -- 0: new; 1: in progress; 2: resolved", "year int", "flag int", "district_code char(8)",
             "opened_at datetime", "agency varchar(10)"),
            issues, "complaints of residents",
        ),
        "issue_log": Table(
            ("id int pk", "issue_id int fk(issues.id)", "logged_at datetime",
             "state int -- 0: new; 1: in progress; 2: resolved", "remark text", "staff_id int fk(staff.id)"),
            log,
        ),
    }  # fmt: skip
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "ticket_number": row[1], "category_code": row[2],
            "status": CLOSED if row[4] == 2 else OPEN, "status_detail": (WAITING, PROGRESS, DONE)[row[4]],
            "requested_at": _zoned(row[8]), "area_code": AreaCode(row[7]), "department_code": row[9],
            "description": row[3],
        }
        for row in issues
    }  # fmt: skip
    steps: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "complaint_id": str(row[1]), "at": _zoned(row[2]),
            "status_detail": (WAITING, PROGRESS, DONE)[row[3]], "note": row[4],
            "department_code": issues[row[1] - 1][9],
        }
        for row in log
    }  # fmt: skip
    categories: dict[str, Row] = {one: {"id": one, "code": one, "name": one} for one in topics}
    return Hostile(
        "tempting_joins", "joins by a state, a flag or a year", "en", "postgresql", "complaints", "diskominfo", tables,
        {"complaints": "issues", "complaint_status_changes": "issue_log", "complaint_categories": "issues"},
        {"complaints": truth, "complaint_status_changes": steps, "complaint_categories": categories},
        frozenset(f"staff.{one}" for one in ("full_name", "email", "mobile", "date_of_birth")),
    )  # fmt: skip


def flat_export() -> Hostile:
    """A 311 export: one wide table of texts, and the accounts of the call centre beside it."""
    kinds, states = ("Noise", "Street Condition", "Illegal Parking", "Water Leak"), ("Open", "Assigned", "Closed")
    channels = ("PHONE", "ONLINE", "MOBILE")
    rows = [
        (50_000 + at, f"{_at(at):%Y-%m-%d %H:%M:%S}", kinds[at % 4], _ENGLISH[at % 3], f"{10001 + at % 40}",
         f"{at} EXAMPLE AVENUE", states[at % 3], channels[at % 3], -6.12 - (at % 9) / 100, 106.6 + (at % 9) / 100,
         at % 7)
        for at in range(1, 81)
    ]  # fmt: skip
    tables = {
        "service_requests": Table(
            ("unique_key int pk", "created_date varchar(20)", "complaint_type varchar(40)", "descriptor text",
             "incident_zip char(5)", "incident_address varchar(80)", "status varchar(20)",
             "open_data_channel_type varchar(20)", "latitude float", "longitude float", "community_board int"),
            rows,
        ),
        "agents": Table(
            ("id int pk", "name varchar(60)", "status varchar(20)", "email varchar(60)", "phone varchar(20)",
             "password_digest varchar(60)", "last_login varchar(20)"),
            [(at, name_of(at), "Open" if at % 2 else "Closed", email_of(at), phone_of(at), "q" * 40,
             "2024-05-01 08:00:00")
             for at in range(1, 30)],
        ),
    }  # fmt: skip
    channel = {"PHONE": ComplaintChannel.PHONE, "ONLINE": ComplaintChannel.WEB, "MOBILE": ComplaintChannel.APP}
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "category_code": row[2], "status": CLOSED if row[6] == "Closed" else OPEN,
            "status_detail": {"Open": WAITING, "Assigned": PROGRESS, "Closed": DONE}[str(row[6])],
            "channel": channel[row[7]], "requested_at": _zoned(_at(row[0] - 50_000)),
            "position": Position(row[8], row[9]), "address": row[5], "description": row[3],
        }
        for row in rows
    }  # fmt: skip
    categories: dict[str, Row] = {one: {"id": one, "code": one, "name": one} for one in kinds}
    return Hostile(
        "flat_export", "texts that should be a record", "en", "sqlite", "complaints", "diskominfo", tables,
        {"complaints": "service_requests", "complaint_categories": "service_requests"},
        {"complaints": truth, "complaint_categories": categories},
        frozenset(f"agents.{one}" for one in ("name", "email", "phone", "password_digest")),
    )  # fmt: skip


def names_alike() -> Hostile:
    """Tables that differ by their prefix alone, columns that are called alike in each of them."""
    kinds = [(1, "RD", "Roads", "Works"), (2, "LT", "Lights", "Works"), (3, "WS", "Waste", "Clean")]
    states = ("waiting", "in progress", "done")
    reports: list[Cells] = [
        (at, 1 + at % 3, f"T-{at:04}", _ENGLISH[at % 3], states[at % 3], _at(at), None if at % 8 else _at(at + 9),
         nik_of(at))
        for at in range(1, 65)
    ]  # fmt: skip
    steps = [(at, 1 + at % 64, states[at % 3], "Sent to the crew of the district", _at(at + 3)) for at in range(1, 121)]
    tables = {
        "m_report": Table(
            ("id int pk", "code char(2) unique", "name varchar(30)", "group varchar(20)"), kinds, "kinds of reports"
        ),
        "tbl_report": Table(
            ("id int pk", "type int fk(m_report.id)", "No. Ticket varchar(12) unique", "text text",
             "class varchar(20) -- status",
             "created_at datetime", "deleted_at datetime", "national id varchar(20)"),
            reports, "reports of residents",
        ),
        "t_report": Table(
            ("id int pk", "report_id int fk(tbl_report.id)", "class varchar(20) -- status", "text text",
             "created_at datetime"),
            steps, "history of reports",
        ),
    }  # fmt: skip
    detail = dict(zip(states, (WAITING, PROGRESS, DONE), strict=True))
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "ticket_number": row[2], "category_code": kinds[int(str(row[1])) - 1][1],
            "status": CLOSED if row[4] == "done" else OPEN, "status_detail": detail[str(row[4])],
            "requested_at": _zoned(_at(int(str(row[0])))), "description": row[3],
            "reporter_nik": Nik(str(row[7])),
        }
        for row in reports
        if row[6] is None
    }  # fmt: skip
    categories: dict[str, Row] = {
        str(row[0]): {"id": str(row[0]), "code": row[1], "name": row[2], "group": row[3]} for row in kinds
    }
    changes: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "complaint_id": str(row[1]), "at": _zoned(row[4]), "status_detail": detail[row[2]],
            "note": row[3], "reporter_nik": Nik(nik_of(row[1])),
        }
        for row in steps
    }  # fmt: skip
    return Hostile(
        "names_alike", "names that are equal without their prefixes", "en", "mariadb", "complaints", "diskominfo",
        tables,
        {"complaints": "tbl_report", "complaint_categories": "m_report", "complaint_status_changes": "t_report"},
        {"complaints": truth, "complaint_categories": categories, "complaint_status_changes": changes},
        frozenset({"tbl_report.national id"}),
    )  # fmt: skip
