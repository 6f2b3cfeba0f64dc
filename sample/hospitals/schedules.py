"""The doctors of the sample city's hospitals: clinics, synthetic doctors, and weekly hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.citizens.people import person
from sample.shapes import Row, Table

POLIKLINIK = Table(
    name="poliklinik",
    columns=(("kd_poli", "varchar(10) PRIMARY KEY"), ("nm_poli", "varchar(60)"), ("kd_rs", "varchar(7)")),
    indexes=(("kd_rs",),),
)
DOKTER = Table(
    name="dokter",
    # This `nik` is the number of an employee: hospital systems call it so.
    columns=(("kd_dokter", "varchar(10) PRIMARY KEY"), ("nik", "varchar(20)"), ("nm_dokter", "varchar(100)")),
)
JADWAL = Table(
    name="jadwal",
    columns=(
        ("id", "integer PRIMARY KEY"),
        ("kd_dokter", "varchar(10)"),
        ("hari_kerja", "varchar(10)"),
        ("jam_mulai", "varchar(8)"),
        ("jam_selesai", "varchar(8)"),
        ("kd_poli", "varchar(10)"),
        ("kuota", "integer"),
    ),
    indexes=(("kd_poli",),),
)
TABLES = (POLIKLINIK, DOKTER, JADWAL)

_CLINICS = (
    ("Poli Umum", ""), ("Poli Anak", "Sp.A"), ("Poli Kandungan", "Sp.OG"), ("Poli Penyakit Dalam", "Sp.PD"),
    ("Poli Bedah", "Sp.B"), ("Poli Mata", "Sp.M"), ("Poli Gigi", ""), ("Poli Saraf", "Sp.N"),
)  # fmt: skip
# The usual spelling of each day, and another one where there is one.
WEEKDAYS = {
    "MONDAY": ("SENIN", "SENIN"),
    "TUESDAY": ("SELASA", "SELASA"),
    "WEDNESDAY": ("RABU", "RABU"),
    "THURSDAY": ("KAMIS", "KAMIS"),
    "FRIDAY": ("JUM'AT", "JUMAT"),
    "SATURDAY": ("SABTU", "SABTU"),
    "SUNDAY": ("MINGGU", "AHAD"),
}
_SUNDAY_THIRD = "AKHAD"
# Doctors are people too, but none of the register of residents.
_FIRST_DOCTOR = 9_000_000
_EMPLOYED_FROM = 2_010

Draw = Callable[[], float]

_weekday = dirt.die("weekday")
_clock_time = dirt.die("clock time")
_quota = dirt.die("quota")
_doctor = dirt.die("doctor")


class ScheduleTruth(NamedTuple):
    """The true schedule; None or UNKNOWN where the dirt destroyed the value."""

    id: str
    hospital_code: str
    practitioner_name: str | None
    service_name: str
    weekday: str
    opens: str | None
    closes: str | None
    quota: int | None


class ScheduleCase(NamedTuple):
    """A row of jadwal and its truth."""

    truth: ScheduleTruth
    legacy: Row


class Clinics(NamedTuple):
    """All rows of poliklinik and dokter, and all schedules."""

    poliklinik: list[Row]
    dokter: list[Row]
    schedules: list[ScheduleCase]


def generate(hospitals: Sequence[str], seed: int) -> Clinics:
    """The clinics of these hospitals; the same for the same hospitals and seed."""
    draw = Random(f"{seed}:hospital schedules").random
    clinics = Clinics([], [], [])
    for code in hospitals:
        first = int(draw() * len(_CLINICS))
        for number in range(3 + int(draw() * 3)):
            name, title = _CLINICS[(first + number) % len(_CLINICS)]
            clinic = f"P{len(clinics.poliklinik) + 1:04}"
            clinics.poliklinik.append((clinic, name.upper(), code))
            for _ in range(1 + int(draw() * 3)):
                _add_doctor(clinics, (clinic, name, code), title, draw)
    return clinics


def _add_doctor(clinics: Clinics, clinic: tuple[str, str, str], title: str, draw: Draw) -> None:
    number = len(clinics.dokter) + 1
    doctor = f"D{number:04}"
    name = f"dr. {person(_FIRST_DOCTOR + number).name}" + (f", {title}" if title else "")
    employee_number = f"{_EMPLOYED_FROM + number % 15}{number:06}"
    clinics.dokter.append((doctor, employee_number, name))
    days = list(WEEKDAYS)
    first = int(draw() * len(days))
    for step in range(1 + int(draw() * 4)):
        day = days[(first + step * 2) % len(days)]
        clinics.schedules.append(_schedule(len(clinics.schedules) + 1, (doctor, name), clinic, day, draw))


def _schedule(number: int, doctor: tuple[str, str], clinic: tuple[str, str, str], day: str, draw: Draw) -> ScheduleCase:
    (doctor_code, doctor_name), (clinic_code, clinic_name, hospital_code) = doctor, clinic
    stored_day, weekday = _dirty_weekday(number, day, _weekday(draw()))
    hour = 7 + int(draw() * 10)
    stored_opens, opens = _dirty_clock_time(f"{hour:02}:{'00' if draw() < 0.7 else '30'}", _clock_time(draw()))
    stored_closes, closes = _dirty_clock_time(f"{hour + 2 + int(draw() * 3):02}:00", _clock_time(draw()))
    quota, kind = 10 + int(draw() * 5) * 5, _quota(draw())
    stored_quota = quota if kind == "clean" else None if kind == "NULL" else int(kind)
    known = _doctor(draw()) == "known"
    truth = ScheduleTruth(
        str(number), hospital_code, doctor_name if known else None, clinic_name, weekday, opens, closes,
        quota if kind == "clean" else None,
    )  # fmt: skip
    row = (
        number, doctor_code if known else "D9999", stored_day, stored_opens, stored_closes, clinic_code, stored_quota
    )  # fmt: skip
    return ScheduleCase(truth, row)


def _dirty_weekday(number: int, day: str, kind: str) -> tuple[str | None, str]:
    """The name of a day; Sunday has a third."""
    if kind == "usual":
        return WEEKDAYS[day][0], day
    if kind == "other":
        return _SUNDAY_THIRD if day == "SUNDAY" and number % 2 else WEEKDAYS[day][1], day
    return dirt.stored(kind), "UNKNOWN"


def _dirty_clock_time(time: str, kind: str) -> tuple[str | None, str | None]:
    """A time of day with a colon or a dot."""
    if kind == "usual":
        return time, time
    return (time.replace(":", "."), time) if kind == "other" else (dirt.stored(kind), None)


def rows(hospitals: Sequence[str], seed: int) -> Iterator[tuple[str, Row]]:
    """All rows with the names of their tables."""
    clinics = generate(hospitals, seed)
    for row in clinics.poliklinik:
        yield POLIKLINIK.name, row
    for row in clinics.dokter:
        yield DOKTER.name, row
    for case in clinics.schedules:
        yield JADWAL.name, case.legacy
