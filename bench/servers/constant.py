"""FastAPI that answers constant bytes: what the cache of whole responses is measured against."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Response

from bench.servers.serving import Place, serve


def _app(place: Place) -> FastAPI:
    """It reads its answer where other peers read their database: from the file of that name."""
    body = Path(place.database_url).read_bytes()
    app = FastAPI()

    @app.post("/graphql")
    async def answer() -> Response:
        return Response(body, media_type="application/json")

    return app


if __name__ == "__main__":
    serve(_app)
