"""The City of Los Angeles: name, place, offices and calendar."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from models.areas import AreaLevel
from models.city import City, Department, LevelOfAreas, WorkingCalendar
from models.values.localized import Language, Localized
from models.values.position_accuracy import ComplaintPositions, PositionAccuracy
from models.values.types import AreaCode, Box

CITY_CODE = AreaCode("06.44000")
"""The state and the place within it (FIPS)."""

COUNCILS = {str(number): AreaCode(f"{CITY_CODE}.{number:03}") for number in range(1, 200)}
"""Neighborhood councils by their number in the city's systems. There are some hundred, and their numbers have gaps."""

LOS_ANGELES = City(
    code=CITY_CODE,
    name="City of Los Angeles",
    time_zone=ZoneInfo("America/Los_Angeles"),
    languages=(Language.EN,),
    currency="USD",
    box=Box(south=33.7, west=-118.67, north=34.34, east=-118.15),
    area_code_shapes=(CITY_CODE, f"{CITY_CODE}.###"),
    area_levels=(
        LevelOfAreas(AreaLevel.CITY, AreaLevel.CITY.label),
        LevelOfAreas(AreaLevel.VILLAGE, Localized("Dewan lingkungan", "Neighborhood council")),
    ),
    departments=(
        Department("bos", "Bureau of Sanitation", "BOS"),
        Department("bsl", "Bureau of Street Lighting", "BSL"),
        Department("bss", "Bureau of Street Services", "BSS"),
        Department("done", "Department of Neighborhood Empowerment", "DONE"),
        Department("ita", "Information Technology Agency", "ITA"),
        Department("ladwp", "Department of Water and Power", "LADWP"),
        Department("ocb", "Office of Community Beautification", "OCB"),
    ),
    calendar=WorkingCalendar(
        weekdays=frozenset(range(5)),
        opens_hour=8,
        closes_hour=17,
        holidays=frozenset({date(2020, 1, 1), date(2020, 7, 4), date(2020, 11, 11), date(2020, 12, 25)}),
    ),
    page_rows_max=1_000,
    # The city publishes the file itself, with the place of each request.
    complaint_positions=ComplaintPositions(anonymous=PositionAccuracy.EXACT),
)
