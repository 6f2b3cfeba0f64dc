"""Kota Tangerang: name, place, offices and calendar."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from models.city import City, ComplaintLimits, Department, Examples, WorkingCalendar
from models.values.identity import NIK
from models.values.localized import Language
from models.values.types import AreaCode, Box, Position

TANGERANG = City(
    code="36.71",
    name="Kota Tangerang",
    time_zone=ZoneInfo("Asia/Jakarta"),
    languages=(Language.ID, Language.EN),
    currency="IDR",
    box=Box(south=-6.26, west=106.55, north=-6.09, east=106.75),
    area_code_shapes=("36.71", "36.71.##", "36.71.##.1###"),
    departments=(
        Department("bagpem", "Bagian Pemerintahan", "Bagpem"),
        Department("bpbd", "Badan Penanggulangan Bencana Daerah", "BPBD"),
        Department("dindik", "Dinas Pendidikan", "Dindik"),
        Department("dinkes", "Dinas Kesehatan", "Dinkes"),
        Department("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil", "Disdukcapil"),
        Department("dishub", "Dinas Perhubungan", "Dishub"),
        Department("diskominfo", "Dinas Komunikasi dan Informatika", "Diskominfo"),
        Department("disnaker", "Dinas Ketenagakerjaan", "Disnaker"),
        Department("dlh", "Dinas Lingkungan Hidup", "DLH"),
        Department("dpmptsp", "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu", "DPMPTSP"),
        Department("dpupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "DPUPR"),
        Department("pdpasar", "Perumda Pasar Kota Tangerang", "Perumda Pasar"),
        Department("perkimtan", "Dinas Perumahan, Permukiman dan Pertanahan", "Perkimtan"),
        Department("satpolpp", "Satuan Polisi Pamong Praja", "Satpol PP"),
    ),
    calendar=WorkingCalendar(
        weekdays=frozenset(range(5)),
        opens_hour=8,
        closes_hour=16,
        holidays=frozenset(
            {date(2026, 1, 1), date(2026, 5, 1), date(2026, 6, 1), date(2026, 8, 17), date(2026, 12, 25)}
        ),
    ),
    # SP4N-LAPOR: forward within 3 working days, respond within 5, closed after 10 without an answer.
    complaint_limits=ComplaintLimits(forward_within_days=3, respond_within_days=5, close_after_days=10),
    # Who handles what first; a clerk hands on what belongs elsewhere.
    complaint_routes=(
        ("K01", "dpupr"),
        ("K02", "dlh"),
        ("K03", "dishub"),
        ("K04", "dpupr"),
        ("K05", "dlh"),
        ("K06", "satpolpp"),
        ("K07", "perkimtan"),
        ("K08", "dpmptsp"),
        ("K09", "dishub"),
        ("K10", "satpolpp"),
        ("K11", "dinkes"),
        ("K12", "disdukcapil"),
        ("K13", "dindik"),
        ("K15", "disnaker"),
        ("K16", "bpbd"),
        ("K18", "diskominfo"),
    ),
    identity=NIK,
    stemmer="indonesian",
    # Nobody counts in sen any more.
    money_pattern="¤#,##0",
    # Of the sample city, which stands still; its people are made up.
    examples=Examples(
        area=AreaCode("36.71.05"),
        small_area=AreaCode("36.71.05.1003"),
        position=Position(-6.19, 106.66),
        department="dpupr",
        words="rumah sakit",
        goods="Beras",
        day=date(2026, 11, 20),
        person="3671014101459000",
    ),
)
"""Names of departments after the city's regulation on its offices; fixed holidays of 2026, the others are decreed."""
