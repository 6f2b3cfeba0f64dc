"""The peer without GraphQL: FastAPI, asyncpg and orjson, each operation by hand, in the statements of the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

from bench.servers.serving import CONNECTIONS_MAX, Place, serve

COMPLAINTS = """
SELECT ticket_number, status, status_detail, requested_at, category_code, area_code FROM clean_complaints
WHERE ticket_number <> $1 AND publication IN ('PUBLIC', 'ANONYMOUS') ORDER BY id LIMIT $2
"""
CATEGORIES = "SELECT code, name FROM clean_categories WHERE code = ANY($1)"
AREAS = "SELECT code, name FROM clean_areas WHERE code = ANY($1)"
AREA = "SELECT code, name FROM clean_areas WHERE code = $1"
POSTINGS = """
SELECT title, hiring_organization, description, industry, employment_type, education, date_posted, valid_through,
    status, location
FROM clean_postings WHERE title <> $1 AND verification = 'VERIFIED' ORDER BY id LIMIT $2
"""

Answering = Callable[[Any, dict[str, Any]], Awaitable[dict[str, Any]]]


async def _complaints(connection: Any, variables: dict[str, Any]) -> dict[str, Any]:
    rows = await connection.fetch(COMPLAINTS, variables["but"], variables["first"])
    codes = {row[4] for row in rows if row[4] is not None}
    categories = {row[0]: {"code": row[0], "name": row[1]} for row in await connection.fetch(CATEGORIES, codes)}
    codes = {row[5] for row in rows if row[5] is not None}
    areas = {row[0]: {"code": row[0], "name": row[1]} for row in await connection.fetch(AREAS, codes)}
    nodes = [
        {
            "ticketNumber": number,
            "status": status,
            "statusDetail": detail,
            "requestedAt": at,
            "category": categories.get(category),
            "area": areas.get(area),
        }
        for number, status, detail, at, category, area in rows
    ]
    return {"complaints": {"nodes": nodes}}


async def _postings(connection: Any, variables: dict[str, Any]) -> dict[str, Any]:
    rows = await connection.fetch(POSTINGS, variables["but"], variables["first"])
    nodes = [
        {
            "title": title,
            "hiringOrganization": organization,
            "description": description,
            "industry": industry,
            "employmentType": employment,
            "education": education,
            "datePosted": posted,
            "validThrough": until,
            "status": status,
            "location": location,
        }
        for title, organization, description, industry, employment, education, posted, until, status, location in rows
    ]
    return {"jobPostings": {"nodes": nodes}}


async def _area(connection: Any, variables: dict[str, Any]) -> dict[str, Any]:
    row = await connection.fetchrow(AREA, variables["code"])
    return {"area": {"code": row[0], "name": row[1]} if row is not None else None}


OPERATIONS: dict[str, Answering] = {"Complaints": _complaints, "Postings": _postings, "OneArea": _area}


def make(place: Place) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(place.database_url, min_size=1, max_size=CONNECTIONS_MAX) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.post("/graphql")
    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        async with app.state.pool.acquire() as connection:
            data = await OPERATIONS[asked["operationName"]](connection, asked["variables"])
        return Response(orjson.dumps({"data": data}), media_type="application/json")

    return app


if __name__ == "__main__":
    serve(make)
