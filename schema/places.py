"""Places in the graph: positions in WGS 84."""

from __future__ import annotations

import strawberry


@strawberry.type(name="Position", description="A point on earth in WGS 84 degrees.")
class GeoPosition:
    latitude: float = strawberry.field(description="Degrees north of the equator.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich.")


@strawberry.input(description="A point on earth in WGS 84 degrees.")
class PositionInput:
    latitude: float = strawberry.field(description="Degrees north of the equator.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich.")
