"""The services of the sample city: what the hub must give, and the file that it must be won back from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.city import SEED, Size
from sample.service_texts import CLOSED, SERVICES, Service
from sample.shapes import Drop

FILE = "layanan.json"
COLUMNS = ("kode", "nama", "deskripsi", "kanal", "biaya", "persyaratan", "waktu", "topik", "opd", "tautan", "aktif")

_CHANNELS = {
    "a": ("APP", ("Aplikasi", "Tangerang LIVE")),
    "w": ("WEB", ("Web", "Situs web")),
    "p": ("PHONE", ("Telepon", "Telepon")),
    "m": ("MESSAGE", ("WhatsApp", "SMS")),
    "c": ("COUNTER", ("Loket", "Kantor")),
    "v": ("VISIT", ("Keliling", "Keliling")),
    "?": ("UNKNOWN", ("Videotron", "Videotron")),
}
_UNITS = {
    "i": ("MINUTE", "menit"),
    "j": ("HOUR", "jam"),
    "d": ("DAY", "hari"),
    "w": ("WORKING_DAY", "hari kerja"),
    "m": ("MONTH", "bulan"),
}
_ABBREVIATIONS = {
    "bpbd": "BPBD", "dindik": "Dindik", "dinkes": "Dinkes", "disdukcapil": "Disdukcapil", "dishub": "Dishub",
    "diskominfo": "Diskominfo", "disnaker": "Disnaker", "dlh": "DLH", "dpmptsp": "DPMPTSP", "dpupr": "DPUPR",
    "pdpasar": "Perumda Pasar", "perkimtan": "Perkimtan", "satpolpp": "Satpol PP",
}  # fmt: skip
"""The departments that the city's list has; the catalogue also names others."""

_WORDS = {1: "satu", 2: "dua", 3: "tiga", 5: "lima", 7: "tujuh", 10: "sepuluh", 14: "empat belas"}
_COSTS: dict[str, Callable[[int], str]] = {
    "Rp. 10.000,-": lambda amount: f"Rp. {_grouped(amount)},-",
    "Rp 10.000": lambda amount: f"Rp {_grouped(amount)}",
    "10000": str,
    "10.000,00": lambda amount: f"{_grouped(amount)},00",
}
_DEPENDS = ("Sesuai retribusi", "Sesuai Perda")

_cost = dirt.die("service cost")
_free = dirt.die("service free")
_time = dirt.die("service time")
_department = dirt.die("service department")

Draw = Callable[[], float]


class ServiceTruth(NamedTuple):
    """A service as the hub must give it; cost in rupiah, the time as amount and unit."""

    code: str
    name: str
    description: str
    channels: tuple[str, ...]
    cost: int | None
    required_evidence: tuple[str, ...] | None
    processing_time: tuple[int, str] | None
    topic: str
    department_code: str | None
    url: str


class ServiceCase(NamedTuple):
    """What the file says and what must be given back; a service that is not alive must not be seen."""

    truth: ServiceTruth
    legacy: tuple[str | None, ...]
    alive: bool


def generate(seed: int = SEED) -> Iterator[ServiceCase]:
    """The catalogue, which is the same in every size of the city, in the order of the file."""
    draw = Random(f"{seed}:services").random
    for service in SERVICES:
        yield _case(service, draw)


def _case(service: Service, draw: Draw) -> ServiceCase:
    channels, stored_channels = _dirty_channels(service.channels.split(","), draw)
    cost, stored_cost = _dirty_cost(service.cost, draw)
    processing_time, stored_time = _dirty_time(service.time, draw)
    department, stored_department = _dirty_department(service.department, _department(draw()))
    url = f"https://layanan.example.com/{service.code.lower()}"
    truth = ServiceTruth(
        service.code, service.name, service.description, channels, cost,
        tuple(service.evidence.split("; ")) if service.evidence else None, processing_time, service.topic, department,
        url,
    )  # fmt: skip
    alive = service.code not in CLOSED
    legacy = (
        service.code, service.name, service.description, stored_channels, stored_cost, service.evidence or "-",
        stored_time, service.topic, stored_department, url, "Y" if alive else "T",
    )  # fmt: skip
    return ServiceCase(truth, legacy, alive)


def _dirty_channels(signs: list[str], draw: Draw) -> tuple[tuple[str, ...], str]:
    stored = ", ".join(_CHANNELS[sign][1][draw() < 0.3] for sign in signs)
    return tuple(_CHANNELS[sign][0] for sign in signs), stored


def _dirty_cost(cost: str, draw: Draw) -> tuple[int | None, str]:
    if cost == "~":
        return None, _DEPENDS[draw() < 0.5]
    if cost == "0":
        return 0, _free(draw())
    return int(cost), _COSTS[_cost(draw())](int(cost))


def _dirty_time(time: str, draw: Draw) -> tuple[tuple[int, str] | None, str]:
    if not time:
        return None, "Seketika" if draw() < 0.5 else "-"
    amount, (unit, word) = int(time[:-1]), _UNITS[time[-1]]
    kind = _time(draw())
    if kind == "in words" and amount in _WORDS:
        return (amount, unit), f"Maksimal {amount} ({_WORDS[amount]}) {word}"
    return (amount, unit), f"Maksimal {amount} {word}" if kind == "at most" else f"{amount} {word}"


def _dirty_department(code: str, kind: str) -> tuple[str | None, str]:
    """A department of the city in one of its spellings; one that the city's list does not have is lost."""
    if code not in _ABBREVIATIONS:
        return None, code.upper()
    return code, {"abbreviation": _ABBREVIATIONS[code], "capitals": code.upper(), "small": code}[kind]


def _grouped(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _write(folder: Path, _size: Size, seed: int) -> None:
    """The catalogue as one array of objects, what is to be brought as a list where there is anything."""
    listed = []
    for case in generate(seed):
        evidence = case.truth.required_evidence
        described: dict[str, object] = dict(zip(COLUMNS, case.legacy, strict=True))
        listed.append(described | {"persyaratan": list(evidence) if evidence else "-"})
    (folder / FILE).write_text(json.dumps(listed, ensure_ascii=False, indent=1), encoding="utf-8")


DROP = Drop("services", _write)
