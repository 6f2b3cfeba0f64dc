"""The names in the price list: markets, and commodities with units and usual prices."""

# ruff: noqa: RUF001  # The dash beyond ASCII is what office programs make of a hyphen.

from __future__ import annotations

from typing import NamedTuple

MARKETS = ("Anyar", "Bandeng", "Jatiuwung", "Malabar", "Poris", "Ramadani")
DISTRICTS = {
    "Anyar": "36.71.01",
    "Bandeng": "36.71.07",
    "Jatiuwung": "36.71.09",
    "Malabar": "36.71.09",
    "Poris": "36.71.05",
    "Ramadani": "36.71.07",
}
"""Where the markets are, approximately: no file says so."""

_UNITS = {
    "kg": "KILOGRAM", "liter": "LITRE", "butir": "PIECE", "buah": "PIECE", "ekor": "HEAD", "ikat": "BUNCH",
    "botol": "BOTTLE", "kaleng": "TIN", "bungkus": "PACKET",
}  # fmt: skip

# Name, what stands in the brackets behind it, and a usual price in rupiah.
_LIST = """
Beras I/A|kg|15500
Beras II/B|kg|13500
Beras Ketan Putih|kg|22000
Gula Pasir Lokal|kg|17500
Gula Merah|kg|21000
Minyak Goreng Curah|kg|16500
Minyak Goreng Bimoli Botol|liter|22500
Minyak Goreng Minyakita|liter|16000
Daging Sapi Murni|kg|138000
Daging Sapi Has|kg|149000
Daging Kerbau Beku|kg|105000
Daging Ayam Broiler|kg|37000
Ayam Kampung|ekor|78000
Telur Ayam Ras|kg|29000
Telur Ayam Kampung|butir|3000
Telur Bebek|butir|3500
Susu Kental Manis|kaleng|13500
Susu Bubuk Dancow|bungkus|54000
Jagung Pipilan|kg|9000
Garam Beryodium|bungkus|3500
Tepung Terigu Segitiga|kg|13000
Kacang Kedelai Impor|kg|12500
Kacang Hijau|kg|25000
Kacang Tanah|kg|31000
Ketela Pohon|kg|6500
Mie Instan|bungkus|3200
Cabe Merah Besar|kg|48000
Cabe Merah Keriting|kg|52000
Cabe Rawit (Merah)|kg|64000
Cabe Rawit (Hijau)|kg|45000
Bawang Merah|kg|38000
Bawang Putih Kating|kg|42000
Ikan Asin Teri|kg|95000
Ikan Bandeng|kg|39000
Ikan Kembung|kg|44000
Tahu Putih|buah|1500
Tempe – Mendoan|buah|6000
Kangkung|ikat|3000
Kecap Manis ABC|botol|24000
Jeruk Medan|peti|185000
Gas Elpiji 3 kg||21500
"""


class Commodity(NamedTuple):
    """A commodity as the list writes it, its clean name and unit, and a usual price in rupiah."""

    written: str
    name: str
    unit: str
    usual: int

    @property
    def tight(self) -> str:
        """Without the blanks before its brackets."""
        return self.written.replace(" (", "(")


def _commodity(line: str) -> Commodity:
    name, unit, usual = line.split("|")
    written = f"{name} ({unit})" if unit else name
    known = _UNITS.get(unit, "UNKNOWN")
    return Commodity(written, name if known != "UNKNOWN" else written, known, int(usual))


COMMODITIES = tuple(map(_commodity, _LIST.strip().splitlines()))
