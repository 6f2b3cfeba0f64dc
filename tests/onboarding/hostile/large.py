"""Two systems of more than fifty tables, for the whole way from `inspect` to an answer: most of it is something else.

`python -m tests.onboarding.hostile.large office URL` writes one into an empty database; the other is `exchange`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from tests.onboarding.hostile.suite import Table, email_of, name_of, nik_of, phone_of, write_tables

_OFFICE_MODULES = (
    "aset",
    "surat",
    "kas",
    "absensi",
    "cuti",
    "pajak",
    "retribusi",
    "kendaraan",
    "gudang",
    "rapat",
    "arsip",
)
_EXCHANGE_MODULES = ("asset", "invoice", "payroll", "leave", "vehicle", "contract", "stall", "rent", "meter", "audit")
_START = datetime(2025, 1, 2, 8, 0)  # noqa: DTZ001  # as a column has it


def _modules(names: tuple[str, ...], words: tuple[str, ...]) -> Iterator[tuple[str, Table]]:
    """Five tables per module, as generators of administration systems make them."""
    title, amount, day, note, state = words
    for at, module in enumerate(names):
        kinds = [(one, f"{module} {one}", one % 2) for one in range(1, 9)]
        yield f"m_{module}", Table(("id int pk", f"{title} varchar(40)", "active int"), kinds)
        moves = [
            (one, 1 + one % 8, Decimal(1000 * one), _START + timedelta(days=one), ("A", "B")[one % 2])
            for one in range(1, 60)
        ]
        yield (
            f"t_{module}",
            Table(
                ("id int pk", f"{module}_id int", f"{amount} decimal(14,2)", f"{day} datetime", f"{state} char(1)"),
                moves,
            ),
        )
        log = [
            (one, 1 + one % 59, _START + timedelta(hours=one), f"10.0.{at}.{one}", 1 + one % 20) for one in range(1, 80)
        ]
        yield (
            f"log_{module}",
            Table(
                ("id int pk", f"t_{module}_id int", "created_at datetime", "ip_address varchar(40)", "user_id int"), log
            ),
        )
        yield (
            f"set_{module}",
            Table(("k varchar(20) pk", "v varchar(60)"), [(f"{module}_{one}", str(one)) for one in range(6)]),
        )
        files = [(one, 1 + one % 59, f"{module}{one}.pdf", "checked and filed") for one in range(1, 20)]
        yield (
            f"file_{module}",
            Table(("id int pk", f"t_{module}_id int", "file_name varchar(40)", f"{note} varchar(60)"), files),
        )


def office() -> dict[str, Table]:
    """A district office, Indonesian: complaints in two of its tables."""
    texts = (
        "Saluran air di gang kami mampet sehingga air meluap setiap kali hujan turun",
        "Pohon tumbang menutup jalan menuju sekolah dan belum dipindahkan",
    )
    people = [
        (at, nik_of(at), name_of(at), phone_of(at), email_of(at), f"Jl. Flamboyan {at}",
         (_START + timedelta(days=at)).date())
        for at in range(1, 90)
    ]  # fmt: skip
    kinds = [(1, "AIR", "Saluran air"), (2, "PHN", "Pohon"), (3, "JLN", "Jalan")]
    reports = [
        (at, f"ADU-{at:05}", 1 + at % 89, 1 + at % 3, texts[at % 2], f"Gang {at} dekat pos ronda",
         f"36.71.{1 + at % 13:02}",
         at % 3, _START + timedelta(hours=6 * at), ("publik", "anonim")[at % 2])
        for at in range(1, 301)
    ]  # fmt: skip
    steps = [
        (
            at,
            1 + at % 300,
            _START + timedelta(hours=6 * (at % 300) + 30),
            at % 3,
            "Petugas sudah meninjau lokasi tersebut",
        )
        for at in range(1, 401)
    ]
    return {
        **dict(_modules(_OFFICE_MODULES, ("nama", "jumlah", "tanggal", "keterangan", "status"))),
        "warga": Table(
            ("id int pk", "nik varchar(16)", "nama varchar(60)", "no_hp varchar(20)", "email varchar(60)",
             "alamat varchar(80)", "tgl_lahir date"),
            people,
        ),
        "pengguna": Table(
            ("id int pk", "nama varchar(60)", "username varchar(20)", "password varchar(60)"),
            [(at, name_of(at), f"user{at}", "x" * 60) for at in range(1, 30)],
        ),
        "m_jenis_aduan": Table(("id int pk", "kode varchar(5) unique", "nama varchar(40)"), kinds),
        "t_aduan": Table(
            ("id int pk", "no_tiket varchar(12) unique", "id_warga int fk(warga.id)",
             "id_jenis int fk(m_jenis_aduan.id)",
             "isi text", "lokasi varchar(80)", "kode_kecamatan char(8)",
             "stat int -- 0 = menunggu, 1 = proses, 2 = selesai",
             "tgl_lapor datetime", "sifat varchar(10)"),
            reports, "aduan masyarakat",
        ),
        "t_aduan_riwayat": Table(
            ("id int pk", "id_aduan int fk(t_aduan.id)", "waktu datetime",
             "stat int -- 0 = menunggu, 1 = proses, 2 = selesai",
             "catatan text"),
            steps,
        ),
    }  # fmt: skip


def exchange() -> dict[str, Table]:
    """A market company, English: prices in three of its tables."""
    markets = [
        (at, f"Example Market {name}", f"36.71.0{at}") for at, name in enumerate(("North", "South", "East"), start=1)
    ]
    goods = [(1, "Rice", "kg"), (2, "Eggs", "piece"), (3, "Oil", "litre"), (4, "Sugar", "kg")]
    prices = [
        (
            at,
            1 + at % 3,
            1 + at % 4,
            (_START + timedelta(days=at // 12)).date(),
            Decimal(f"{9000 + 10 * at}.00"),
            1 + at % 20,
        )
        for at in range(1, 601)
    ]
    return {
        **dict(_modules(_EXCHANGE_MODULES, ("title", "amount", "booked_at", "remark", "state"))),
        "traders": Table(
            ("id int pk", "full_name varchar(60)", "national_id varchar(20)", "mobile varchar(20)", "market_id int"),
            [(at, name_of(at), nik_of(at), phone_of(at), 1 + at % 3) for at in range(1, 90)],
        ),
        "users": Table(
            ("id int pk", "name varchar(60)", "email varchar(60)", "password_hash varchar(60)"),
            [(at, f"Market clerk {at}", email_of(at), "y" * 60) for at in range(1, 21)],
        ),
        "markets": Table(("id int pk", "name varchar(40)", "district_code char(8)"), markets),
        "commodities": Table(("id int pk", "name varchar(40)", "unit varchar(10)"), goods),
        "daily_prices": Table(
            ("id int pk", "market_id int fk(markets.id)", "commodity_id int fk(commodities.id)", "price_date date",
             "price decimal(12,2)", "entered_by int fk(users.id)"),
            prices,
        ),
    }  # fmt: skip


SYSTEMS = {"office": office, "exchange": exchange}

if __name__ == "__main__":
    asyncio.run(write_tables(SYSTEMS[sys.argv[1]](), sys.argv[2]))
