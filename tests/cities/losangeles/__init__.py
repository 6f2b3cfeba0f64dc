"""Los Angeles: a second city by mapping alone, over the files of its open data on calls to 311."""

from __future__ import annotations

from connectors.sources import CityPackage
from tests.cities.losangeles import areas, complaints
from tests.cities.losangeles.city import LOS_ANGELES

PACKAGE = CityPackage.of(LOS_ANGELES, areas.SUBJECT, complaints.SUBJECT)
