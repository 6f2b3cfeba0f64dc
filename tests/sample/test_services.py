"""The services: the truth is what can be won back from the catalogue, a file of JSON that was written by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from connectors.departments.city import TANGERANG
from sample import city
from sample.services import source as services

CASES = list(services.generate())
UNITS = {"menit": "MINUTE", "jam": "HOUR", "hari": "DAY", "hari kerja": "WORKING_DAY", "bulan": "MONTH"}
CHANNELS = {
    "Aplikasi": "APP", "Tangerang LIVE": "APP", "Web": "WEB", "Situs web": "WEB", "Telepon": "PHONE",
    "WhatsApp": "MESSAGE", "SMS": "MESSAGE", "Loket": "COUNTER", "Kantor": "COUNTER", "Keliling": "VISIT",
}  # fmt: skip


def _cost(cell: str) -> int | None:
    if cell.lower() in ("gratis", "tidak dipungut biaya"):
        return 0
    digits = re.sub(r"(,-|,00)$|[^\d,]", "", cell)
    return int(digits) if digits else None


def _time(cell: str) -> tuple[int, str] | None:
    found = re.fullmatch(r"(?:Maksimal )?(\d+)(?: \([a-z ]+\))? ([a-z ]+)", cell)
    return (int(found[1]), UNITS[found[2]]) if found else None


def test_the_truth_is_what_can_be_won_back() -> None:
    spelled = {
        name: one.code for one in TANGERANG.departments for name in (one.abbreviation, one.code, one.code.upper())
    }
    for case in CASES:
        code, name, description, channels, cost, evidence, time, topic, department, url, alive = map(str, case.legacy)
        assert case.truth == (
            code, name, description, tuple(CHANNELS.get(one, "UNKNOWN") for one in channels.split(", ")), _cost(cost),
            tuple(evidence.split("; ")) if evidence != "-" else None, _time(time), topic, spelled.get(department), url,
        )  # fmt: skip
        assert case.alive is (alive == "Y")


def test_the_catalogue_is_whole() -> None:
    alive = [case.truth for case in CASES if case.alive]
    assert len({truth.code for truth in alive}) == len(alive) == 53
    assert {"LAKSA", "Lisensi Online", "Siap Kerja", "Rumah Sakit Simpati", "E-News", "Panggilan Darurat 112", "SEGAR",
            "Penerimaan Murid Baru (SPMB)", "Liveroom", "SANJUNG"} <= {truth.name for truth in alive}  # fmt: skip
    assert Counter(truth.department_code for truth in alive)[None] == 3
    assert Counter(truth.cost for truth in alive)[None] > 3
    assert sum(len(truth.channels) > 1 for truth in alive) > 20


def test_every_spelling_occurs() -> None:
    cells = [case.legacy for case in CASES]
    assert {str(row[4]) for row in cells} >= {
        "Gratis",
        "GRATIS",
        "Tidak dipungut biaya",
        "Sesuai retribusi",
        "Sesuai Perda",
    }
    assert any("(" in str(row[6]) for row in cells)
    assert {str(row[8]) for row in cells} > {"BAPENDA", "Disdukcapil", "DISDUKCAPIL"}


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    services.DROP.write(tmp_path, city.SIZES["small"], city.SEED)
    (file,) = tmp_path.iterdir()
    assert file.name == "layanan.json"
    listed = json.loads(file.read_text(encoding="utf-8"))
    for one, case in zip(listed, CASES, strict=True):
        evidence = one["persyaratan"]
        assert evidence == (list(case.truth.required_evidence) if case.truth.required_evidence else "-")
        assert ("; ".join(evidence) if evidence != "-" else evidence) == case.legacy[5]
        assert tuple((one | {"persyaratan": case.legacy[5]}).values()) == case.legacy
    assert {tuple(one) for one in listed} == {services.COLUMNS}
    assert list(services.generate(seed=1)) != CASES
