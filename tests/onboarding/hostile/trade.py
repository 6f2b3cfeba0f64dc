"""Prices, licenses and jobs that are hidden among accounts, columns, years and staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.licenses import LicenseApplicationKind, LicenseApplicationStatus, LicenseStatus
from models.prices import PriceUnit
from models.values.types import AreaCode, BpsCode, Duration, DurationUnit, Money, Nik
from tests.onboarding.drafting.estates import Row
from tests.onboarding.hostile.suite import Cells, Hostile, Table, email_of, name_of, nik_of, phone_of

_GOODS = (("Rice", "kg", PriceUnit.KILOGRAM), ("Eggs", "piece", PriceUnit.PIECE), ("Oil", "litre", PriceUnit.LITRE))


def _rupiah(amount: int | Decimal) -> Money:
    return Money(Decimal(amount), "IDR")


def _day(number: int) -> date:
    return date(2024, 2, 1) + timedelta(days=number)


def accounts_as_markets() -> Hostile:
    """A price index: each market has a login, and the login is all that is known of it."""
    accounts = [
        (at, f"Market {name} {at}", f"market{at}", email_of(at), "p" * 60, "t" * 20, phone_of(at), _day(at))
        for at in range(1, 15)
        for name in [("Anyar", "Poris", "Bandeng")[at % 3]]
    ]
    goods = [(at, name, unit) for at, (name, unit, _) in enumerate(_GOODS, start=1)]
    reports = [
        (at, 1 + at % 14, 1 + at % 3, _day(at // 6), Decimal(f"{12_000 + 50 * at}.00"), name_of(at))
        for at in range(1, 121)
    ]
    tables = {
        "users": Table(
            ("id int pk", "name varchar(60)", "username varchar(30)", "email varchar(60)", "password varchar(80)",
             "remember_token varchar(40)", "phone varchar(20)", "registered_on date"),
            accounts,
        ),
        "commodities": Table(("id int pk", "name varchar(40)", "unit varchar(10)"), goods),
        "price_reports": Table(
            ("id int pk", "user_id int fk(users.id)", "commodity_id int fk(commodities.id)", "reported_on date",
             "price decimal(12,2)", "informant varchar(60)"),
            reports,
        ),
    }  # fmt: skip
    prices: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "day": row[3], "commodity_id": str(row[2]), "commodity_name": _GOODS[row[2] - 1][0],
            "unit": _GOODS[row[2] - 1][2], "price": _rupiah(12_000 + 50 * row[0]),
        }
        for row in reports
    }  # fmt: skip
    commodities: dict[str, Row] = {
        str(row[0]): {"id": str(row[0]), "name": row[1], "unit": _GOODS[row[0] - 1][2]} for row in goods
    }
    return Hostile(
        "accounts_as_markets", "accounts with names like markets; DECIMAL money", "en", "sqlite", "prices", "pdpasar",
        tables, {"market_prices": "price_reports", "commodities": "commodities"},
        {"market_prices": prices, "commodities": commodities},
        frozenset({f"users.{one}" for one in ("name", "username", "email", "password", "remember_token", "phone")}
                  | {"price_reports.informant"}),
    )  # fmt: skip


def price_pivot() -> Hostile:
    """A market office: a row per day and market, a column per commodity."""
    goods = ("beras", "gula_pasir", "minyak_goreng", "telur_ayam")
    markets = [
        (at, f"Pasar Contoh {name}", f"36.71.0{at}") for at, name in enumerate(("Anyar", "Poris", "Malabar"), start=1)
    ]
    rows = [
        (at, _day(at // 3).isoformat(), 1 + at % 3, *(10_000 + 100 * at + 7_000 * k for k in range(4)), name_of(at))
        for at in range(45)
    ]
    tables = {
        "m_pasar": Table(("id_pasar int pk", "nm_pasar varchar(40)", "kd_kec char(8)"), markets),
        "tb_harga": Table(
            ("id int pk", "tanggal varchar(10)", "id_pasar int fk(m_pasar.id_pasar)", *(f"{one} int" for one in goods),
             "petugas varchar(60)"),
            rows,
        ),
        "tb_petugas": Table(
            ("id int pk", "nama varchar(60)", "no_hp varchar(20)", "username varchar(20)", "password varchar(60)"),
            [(at, name_of(at), phone_of(at), f"pasar{at}", "w" * 40) for at in range(1, 10)],
        ),
    }  # fmt: skip
    prices: dict[str, Row] = {}
    for row in rows:
        for at, name in enumerate(goods):
            key = f"{row[0]}-{name}"
            prices[key] = {
                "id": key, "day": date.fromisoformat(str(row[1])), "market_id": str(row[2]),
                "market_name": markets[int(str(row[0])) % 3][1], "commodity_id": name, "commodity_name": name,
                "price": _rupiah(row[3 + at]),  # type: ignore[arg-type]  # a number
            }  # fmt: skip
    places: dict[str, Row] = {
        str(row[0]): {"id": str(row[0]), "name": row[1], "area_code": AreaCode(row[2])} for row in markets
    }
    kinds: dict[str, Row] = {one: {"id": one, "name": one} for one in goods}
    return Hostile(
        "price_pivot", "a column per commodity", "id", "sqlite", "prices", "pdpasar", tables,
        {"market_prices": "tb_harga", "markets": "m_pasar", "commodities": "tb_harga"},
        {"market_prices": prices, "markets": places, "commodities": kinds},
        frozenset({"tb_harga.petugas", "tb_petugas.nama", "tb_petugas.no_hp", "tb_petugas.username",
        "tb_petugas.password"}),
    )  # fmt: skip


def _codes_in_comments_tables(
    kinds: Sequence[Cells], people: Sequence[Cells], licenses: Sequence[Cells], applications: Sequence[Cells]
) -> dict[str, Table]:
    return {
        "m_jenis": Table(
            ("id int pk", "kode varchar(6) unique", "nama varchar(60)", "biaya decimal(14,2)", "lama varchar(30)"),
             kinds,
            "jenis izin",
        ),
        "pemohon": Table(
            ("id int pk", "no_ktp varchar(20)", "nama varchar(60)", "alamat varchar(80)", "telp varchar(20)",
             "email varchar(60)", "tgl_lahir date"),
            people,
        ),
        "t_izin": Table(
            ("id int pk", "no_sk varchar(30)", "jenis int fk(m_jenis.id)",
             "stat int -- 1 = masih berlaku, 2 = habis masa berlaku, 3 = dibekukan, 4 = dicabut", "tgl_terbit date",
             "tgl_akhir date", "id_pemohon int fk(pemohon.id)", "nm_usaha varchar(60)", "kec_bps char(7)", "tahun int"),
            licenses,
        ),
        "t_permohonan": Table(
            ("id int pk", "jenis int fk(m_jenis.id)", "macam enum(BARU|PERPANJANGAN|PERUBAHAN)",
             "stat int -- 0 = berkas masuk, 1 = diproses, 2 = dikembalikan, 3 = disetujui, 4 = ditolak",
             "tgl_masuk date",
             "id_pemohon int fk(pemohon.id)", "nm_usaha varchar(60)"),
            applications,
        ),
    }  # fmt: skip


def codes_in_comments() -> Hostile:
    """A licence office: what a number means stands in the comment of its column; applicants have all their data."""
    kinds = [
        (1, "IMB", "Izin mendirikan bangunan", Decimal(250_000), "14 hari kerja"),
        (2, "SIUP", "Surat izin usaha perdagangan", Decimal(150_000), "7 hari kerja"),
        (3, "HO", "Izin gangguan", Decimal(75_000), "10 hari"),
    ]
    people = [
        (at, nik_of(at), name_of(at), f"Jl. Cendana {at}", phone_of(at), email_of(at), date(1970, 4, 1 + at % 28))
        for at in range(1, 60)
    ]
    licenses = [
        (at, f"503/{at:04}/2024", 1 + at % 3, (1, 2, 3, 4)[at % 4], _day(at), _day(at + 700), 1 + at % 59,
         f"CV Contoh {at}",
         f"36710{10 * (1 + at % 8):02}", 2019 + at % 6)
        for at in range(1, 61)
    ]  # fmt: skip
    applications = [
        (
            at,
            1 + at % 3,
            ("BARU", "PERPANJANGAN", "PERUBAHAN")[at % 3],
            at % 5,
            _day(at),
            1 + at % 59,
            f"CV Contoh {at}",
        )
        for at in range(1, 71)
    ]
    tables = _codes_in_comments_tables(kinds, people, licenses, applications)
    codes = {row[0]: row[1] for row in kinds}
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "number": row[1], "type_code": codes[row[2]], "status": list(LicenseStatus)[row[3] - 1],
            "issued_at": row[4], "valid_until": row[5], "business_name": row[7], "area_bps_code": BpsCode(row[8]),
            "holder_nik": Nik(nik_of(row[6])), "holder_name": name_of(row[6]),
        }
        for row in licenses
    }  # fmt: skip
    asked: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "license_type_code": codes[row[1]],
            "kind": list(LicenseApplicationKind)[("BARU", "PERPANJANGAN", "PERUBAHAN").index(row[2])],
            "status": list(LicenseApplicationStatus)[row[3]], "submitted_at": row[4], "business_name": row[6],
            "applicant_nik": Nik(nik_of(row[5])),
        }
        for row in applications
    }  # fmt: skip
    lengths = {1: (14, DurationUnit.WORKING_DAY), 2: (7, DurationUnit.WORKING_DAY), 3: (10, DurationUnit.DAY)}
    types: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "code": row[1], "name": row[2], "fee": _rupiah(row[3]),
            "promised_time": Duration(*lengths[row[0]]),
        }
        for row in kinds
    }  # fmt: skip
    return Hostile(
        "codes_in_comments", "codes that comments explain, an ENUM", "id", "mariadb", "licenses", "dpmptsp", tables,
        {"licenses": "t_izin", "license_applications": "t_permohonan", "license_types": "m_jenis"},
        {"license_types": types, "licenses": truth, "license_applications": asked},
        frozenset(f"pemohon.{one}" for one in ("no_ktp", "nama", "alamat", "telp", "email", "tgl_lahir")),
    )  # fmt: skip


def years_as_areas() -> Hostile:
    """A permit office: states in a lookup table, years that look like codes of areas, applicants beside."""
    kinds = [(1, "FOOD", "Food stall", Decimal("120000.00")), (2, "SIGN", "Billboard", Decimal("300000.00")),
             (3, "BLD", "Building", Decimal("950000.00"))]  # fmt: skip
    states = [(1, "Active"), (2, "Expired"), (3, "Suspended"), (4, "Revoked")]
    people = [
        (at, name_of(at), nik_of(at), date(1968, 6, 1 + at % 28), phone_of(at), email_of(at), f"{at} Palm Street")
        for at in range(1, 50)
    ]
    permits = [
        (at, f"P-{at:05}", 1 + at % 3, 1 + at % 4, _day(at), _day(at + 365), 2019 + at % 6, 1 + at % 49,
         f"Example Trading {at}",
         2024)
        for at in range(1, 71)
    ]  # fmt: skip
    tables = {
        "permit_types": Table(("id int pk", "code varchar(6) unique", "name varchar(40)", "fee decimal(14,2)"), kinds),
        "permit_states": Table(("id int pk", "label varchar(20)"), states),
        "people": Table(
            ("id int pk", "full_name varchar(60)", "national_id varchar(20)", "dob date", "phone varchar(20)",
             "email varchar(60)", "address varchar(80)"),
            people,
        ),
        "permits": Table(
            ("id int pk", "permit_no varchar(12) unique", "type_id int fk(permit_types.id)",
             "state_id int fk(permit_states.id)",
             "issue_date date", "expiry_date date", "area_plan_year int", "holder_id int fk(people.id)",
             "business_name varchar(60)", "budget_year int"),
            permits,
        ),
    }  # fmt: skip
    codes = {row[0]: row[1] for row in kinds}
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "number": row[1], "type_code": codes[row[2]], "status": list(LicenseStatus)[row[3] - 1],
            "issued_at": row[4], "valid_until": row[5], "business_name": row[8], "holder_nik": Nik(nik_of(row[7])),
            "holder_name": name_of(row[7]),
        }
        for row in permits
    }  # fmt: skip
    types: dict[str, Row] = {
        str(row[0]): {"id": str(row[0]), "code": row[1], "name": row[2], "fee": _rupiah(row[3])} for row in kinds
    }
    return Hostile(
        "years_as_areas", "years that look like areas, states in a lookup table", "en", "postgresql", "licenses",
        "dpmptsp",
        tables, {"licenses": "permits", "license_types": "permit_types"}, {"license_types": types, "licenses": truth},
        frozenset(f"people.{one}" for one in ("full_name", "national_id", "dob", "phone", "email", "address")),
    )  # fmt: skip


def staff_only() -> Hostile:
    """A personnel system: titles of jobs, staff and leave, and no vacancy at all."""
    employees = [
        (at, f"E{at:04}", name_of(at), email_of(at), phone_of(at), 1 + at % 4, _day(at), "active" if at % 5 else "left",
         Decimal(4_000_000 + at))
        for at in range(1, 60)
    ]  # fmt: skip
    seen = datetime(2024, 1, 9, 7)  # noqa: DTZ001  # as a column has it
    leave = [
        (at, 1 + at % 59, _day(at), _day(at + 3), ("submitted", "approved", "rejected")[at % 3], "Family matters")
        for at in range(1, 80)
    ]
    tables = {
        "job_titles": Table(
            ("id int pk", "title varchar(40)", "grade int"),
            [(1, "Clerk", 3), (2, "Driver", 2), (3, "Engineer", 5), (4, "Head of section", 7)],
        ),
        "employees": Table(
            ("id int pk", "employee_no varchar(10)", "name varchar(60)", "email varchar(60)", "phone varchar(20)",
             "job_title_id int fk(job_titles.id)", "hired_on date", "status varchar(10)", "salary decimal(14,2)"),
            employees,
        ),
        "leave_requests": Table(
            ("id int pk", "employee_id int fk(employees.id)", "start_date date", "end_date date", "status varchar(12)",
             "reason varchar(60)"),
            leave,
        ),
        "audits": Table(
            ("id int pk", "employee_id int", "ip varchar(40)", "action varchar(20)", "at datetime"),
            [(at, 1 + at % 59, f"10.2.0.{at}", "login", seen) for at in range(1, 40)],
        ),
    }  # fmt: skip
    return Hostile(
        "staff_only", "weak tables only", "en", "mariadb", "jobs", "disnaker", tables, {}, {},
        frozenset({f"employees.{one}" for one in ("employee_no", "name", "email", "phone", "salary")}
                  | {"audits.ip", "leave_requests.reason"}),
    )  # fmt: skip
