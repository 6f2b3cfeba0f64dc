"""The clipper: licenses as a program of the 1990s keeps them: eight capitals, days as numbers, codes of a letter."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from models.licenses import LicenseApplicationKind, LicenseApplicationStatus, LicenseStatus
from models.values.types import BpsCode, Duration, DurationUnit, Money
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import Estate, Row

DDL = (
    "CREATE TABLE JNSIZIN (KDJNSIZN CHAR(4) PRIMARY KEY, NMJNSIZN CHAR(40), BIAYA INTEGER, LAMA CHAR(25))",
    "CREATE TABLE STATIZIN (KODE CHAR(1) PRIMARY KEY, URAIAN CHAR(20))",
    """CREATE TABLE IZINMST (
        NOREC INTEGER PRIMARY KEY, NOSK CHAR(30), KDJNSIZN CHAR(4), NOKTP CHAR(20), NMPEMEGA CHAR(35),
        NMUSAHA CHAR(40), KDKEC CHAR(7), TGLTERBI INTEGER, TGLAKHIR INTEGER, STATUS CHAR(1), USRENTRY CHAR(10),
        HAPUS CHAR(1))""",
    """CREATE TABLE MOHONIZN (
        NOMOHON INTEGER PRIMARY KEY, KDJNSIZN CHAR(4), JNSMOHON CHAR(1), STMOHON CHAR(1), TGLMOHON CHAR(8),
        NMUSAHA CHAR(40), KDWIL CHAR(10), NPWP CHAR(20), KTPMOHON CHAR(20), HAPUS CHAR(1))""",
    "CREATE TABLE STATMOHN (KODE CHAR(1) PRIMARY KEY, URAIAN CHAR(20))",
    "CREATE TABLE PARAM (NAMA CHAR(20), NILAI CHAR(40))",
    "CREATE TABLE USERLOG (NOLOG INTEGER PRIMARY KEY, USRNAME CHAR(10), TGLLOGIN INTEGER, JAMLOGIN CHAR(5))",
)

_TYPES: tuple[tuple[str, str, int, str, Duration], ...] = (
    ("SIUP", "SURAT IZIN USAHA PERDAGANGAN", 150_000, "7 HARI KERJA", Duration(7, DurationUnit.WORKING_DAY)),
    ("IMB", "IZIN MENDIRIKAN BANGUNAN", 1_250_000, "30 HARI", Duration(30, DurationUnit.DAY)),
    ("REKL", "IZIN PENYELENGGARAAN REKLAME", 500_000, "MAKSIMAL 5 HARI KERJA", Duration(5, DurationUnit.WORKING_DAY)),
)
_STATUSES = {
    "A": ("AKTIF", LicenseStatus.ACTIVE),
    "H": ("HABIS MASA", LicenseStatus.EXPIRED),
    "B": ("DIBEKUKAN", LicenseStatus.SUSPENDED),
    "C": ("DICABUT", LicenseStatus.REVOKED),
}
_KINDS = {"B": LicenseApplicationKind.NEW, "P": LicenseApplicationKind.RENEWAL, "U": LicenseApplicationKind.CHANGE}
_STEPS = {
    "1": ("BERKAS MASUK", LicenseApplicationStatus.SUBMITTED),
    "2": ("SEDANG DIPROSES", LicenseApplicationStatus.IN_REVIEW),
    "3": ("DIKEMBALIKAN", LicenseApplicationStatus.RETURNED),
    "4": ("DISETUJUI", LicenseApplicationStatus.APPROVED),
    "5": ("DITOLAK", LicenseApplicationStatus.REJECTED),
}
_NAMES = ("SITI RAHMAWATI", "AGUS SETIAWAN", "DEWI KURNIASIH", "BAMBANG PRAKOSO", "NUR HASANAH", "RUDI HARTONO")
_BUSINESSES = ("TOKO MAJU JAYA", "CV BERKAH ABADI", "WARUNG BU TINI", "PT SINAR TIMUR", "BENGKEL KARYA")
_DISTRICTS = ("3671010", "3671020", "3671031")
_VILLAGES = ("3671010001", "3671020004", "3671031002")
_LICENSES, _APPLICATIONS = 220, 160


def estate() -> Estate:
    dice = random.Random(90)
    licenses = [_license(number, dice) for number in range(1, _LICENSES + 1)]
    applications = [_application(number, dice) for number in range(1, _APPLICATIONS + 1)]
    rows: dict[str, list[Row]] = {
        "JNSIZIN": [
            {"KDJNSIZN": code, "NMJNSIZN": name, "BIAYA": fee, "LAMA": time} for code, name, fee, time, _ in _TYPES
        ],
        "STATIZIN": [{"KODE": code, "URAIAN": words} for code, (words, _) in _STATUSES.items()],
        "IZINMST": licenses,
        "MOHONIZN": applications,
        "STATMOHN": [{"KODE": code, "URAIAN": words} for code, (words, _) in _STEPS.items()],
        "PARAM": [{"NAMA": "KANTOR", "NILAI": "DINAS PERIZINAN"}],
        "USERLOG": [{"NOLOG": 1, "USRNAME": "OPR1", "TGLLOGIN": 19970203, "JAMLOGIN": "08:00"}],
    }
    truth: dict[str, dict[str, Row]] = {
        "license_types": {
            code: {
                "id": code,
                "code": code,
                "name": name.title(),
                "fee": Money(Decimal(fee), "IDR"),
                "promised_time": duration,
            }
            for code, name, fee, _, duration in _TYPES
        },
        "licenses": {str(row["NOREC"]): _clean_license(row) for row in licenses if row["HAPUS"] == "T"},
        "license_applications": {
            str(row["NOMOHON"]): _clean_application(row) for row in applications if row["HAPUS"] == "T"
        },
    }
    personal = (
        ("IZINMST", "NOKTP"), ("IZINMST", "NMPEMEGA"), ("MOHONIZN", "NPWP"), ("MOHONIZN", "KTPMOHON"),
        ("IZINMST", "NMUSAHA"),
    )  # fmt: skip
    return Estate("clipper", "licenses", "dpmptsp", DDL, rows, truth, personal)


def _dotted(nik: str) -> str:
    return f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}.{nik[6:12]}.{nik[12:]}"


def _license(number: int, dice: random.Random) -> Row:
    issued = date(1996, 1, 8) + timedelta(days=number * 3 + dice.randint(0, 2))
    until = issued + timedelta(days=365 * 3)
    return {
        "NOREC": number,
        "NOSK": f"503/{number:04}/{dice.choice('ABC')}/{issued.year}",
        "KDJNSIZN": dice.choice(_TYPES)[0],
        "NOKTP": _dotted(resident_number(number)) if number % 3 else resident_number(number),
        "NMPEMEGA": dice.choice(_NAMES),
        "NMUSAHA": dice.choice(_BUSINESSES),
        "KDKEC": dice.choice(_DISTRICTS),
        "TGLTERBI": int(f"{issued:%Y%m%d}"),
        "TGLAKHIR": int(f"{until:%d%m%Y}") if number % 10 else 0,
        "STATUS": dice.choices(tuple(_STATUSES), (6, 3, 1, 1))[0],
        "USRENTRY": dice.choice(("OPR1", "OPR2")),
        "HAPUS": "Y" if dice.random() < 0.04 else "T",
    }


def _application(number: int, dice: random.Random) -> Row:
    submitted = date(1997, 2, 3) + timedelta(days=number)
    return {
        "NOMOHON": number,
        "KDJNSIZN": dice.choice(_TYPES)[0],
        "JNSMOHON": dice.choices(tuple(_KINDS), (6, 3, 1))[0],
        "STMOHON": dice.choice(tuple(_STEPS)),
        "TGLMOHON": f"{submitted:%d%m%Y}",
        "NMUSAHA": dice.choice(_BUSINESSES),
        "KDWIL": dice.choice(_VILLAGES),
        "NPWP": f"01.234.{number:03}.7-402.000",
        "KTPMOHON": resident_number(1_000 + number),
        "HAPUS": "Y" if dice.random() < 0.04 else "T",
    }


def _clean_license(row: Row) -> Row:
    issued, until = str(row["TGLTERBI"]), str(row["TGLAKHIR"]).zfill(8)
    return {
        "id": str(row["NOREC"]),
        "number": row["NOSK"],
        "type_code": row["KDJNSIZN"],
        "status": _STATUSES[str(row["STATUS"])][1],
        "issued_at": date(int(issued[:4]), int(issued[4:6]), int(issued[6:])),
        "valid_until": _day(until) if until.strip("0") else None,
        "business_name": row["NMUSAHA"],
        "area_bps_code": BpsCode(str(row["KDKEC"])),
        "holder_nik": str(row["NOKTP"]).replace(".", ""),
        "holder_name": str(row["NMPEMEGA"]).title(),
    }


def _clean_application(row: Row) -> Row:
    return {
        "id": str(row["NOMOHON"]),
        "license_type_code": row["KDJNSIZN"],
        "kind": _KINDS[str(row["JNSMOHON"])],
        "status": _STEPS[str(row["STMOHON"])][1],
        "submitted_at": _day(str(row["TGLMOHON"])),
        "business_name": row["NMUSAHA"],
        "area_bps_code": BpsCode(str(row["KDWIL"])),
        "tax_number": row["NPWP"],
        "applicant_nik": row["KTPMOHON"],
    }


def _day(written: str) -> date:
    return date(int(written[4:]), int(written[2:4]), int(written[:2]))
