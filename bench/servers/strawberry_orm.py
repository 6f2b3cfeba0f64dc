"""The peer that most would write: Strawberry's own router, SQLAlchemy's ORM and DataLoaders, without further tuning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NewType

import strawberry
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from strawberry import Info
from strawberry.dataloader import DataLoader
from strawberry.fastapi import GraphQLRouter
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import scalar

from bench.servers.serving import CONNECTIONS_MAX, Place, serve
from connectors.departments.city import TANGERANG

AreaCode = NewType("AreaCode", str)
PUBLISHED = ("PUBLIC", "ANONYMOUS")

Sessions = async_sessionmaker[AsyncSession]


# --- Entities ---------------------------------------------------------------------------------------------------------


class Entity(DeclarativeBase):
    pass


class AreaRow(Entity):
    __tablename__ = "clean_areas"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str | None]


class CategoryRow(Entity):
    __tablename__ = "clean_categories"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class ComplaintRow(Entity):
    __tablename__ = "clean_complaints"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[str]
    status: Mapped[str]
    status_detail: Mapped[str]
    publication: Mapped[str]
    requested_at: Mapped[str | None]
    category_code: Mapped[str | None]
    area_code: Mapped[str | None]


class PostingRow(Entity):
    __tablename__ = "clean_postings"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    hiring_organization: Mapped[str | None]
    description: Mapped[str | None]
    industry: Mapped[str | None]
    employment_type: Mapped[str]
    education: Mapped[str]
    date_posted: Mapped[str | None]
    valid_through: Mapped[str | None]
    status: Mapped[str]
    verification: Mapped[str]
    location: Mapped[str | None]


class Loaders:
    """Of one request: the entities of one level in one statement."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.areas: DataLoader[str, AreaRow | None] = DataLoader(self._areas)
        self.categories: DataLoader[str, CategoryRow | None] = DataLoader(self._categories)

    async def _areas(self, codes: list[str]) -> Sequence[AreaRow | None]:
        async with self.sessions() as session:
            found = {row.code: row for row in await session.scalars(select(AreaRow).where(AreaRow.code.in_(codes)))}
        return [found.get(code) for code in codes]

    async def _categories(self, codes: list[str]) -> Sequence[CategoryRow | None]:
        async with self.sessions() as session:
            rows = await session.scalars(select(CategoryRow).where(CategoryRow.code.in_(codes)))
            found = {row.code: row for row in rows}
        return [found.get(code) for code in codes]


# --- The graph --------------------------------------------------------------------------------------------------------


@strawberry.type
class Area:
    code: AreaCode
    name: str | None


@strawberry.type
class Category:
    code: str
    name: str | None


async def _category(root: Any, info: Info) -> Any:
    code = root.category_code
    return await info.context["loaders"].categories.load(code) if code is not None else None


async def _area(root: Any, info: Info) -> Any:
    return await info.context["loaders"].areas.load(root.area_code) if root.area_code is not None else None


@strawberry.type
class Complaint:
    ticket_number: str
    status: str
    status_detail: str
    requested_at: str | None
    category: Category | None = strawberry.field(resolver=_category)
    area: Area | None = strawberry.field(resolver=_area)


@strawberry.type
class JobPosting:
    title: str
    hiring_organization: str | None
    description: str | None
    industry: str | None
    employment_type: str
    education: str
    date_posted: str | None
    valid_through: str | None
    status: str
    location: str | None


@strawberry.type
class Department:
    code: str
    name: str


@strawberry.type
class Complaints:
    nodes: list[Complaint]


@strawberry.type
class JobPostings:
    nodes: list[JobPosting]


@strawberry.input
class TextFilter:
    eq: str


@strawberry.input
class ComplaintCondition:
    ticket_number: TextFilter


@strawberry.input
class ComplaintFilter:
    excluded: ComplaintCondition = strawberry.field(name="not")


@strawberry.input
class JobPostingCondition:
    title: TextFilter


@strawberry.input
class JobPostingFilter:
    excluded: JobPostingCondition = strawberry.field(name="not")


async def _all(info: Info, statement: Any) -> Any:
    async with info.context["loaders"].sessions() as session:
        return list(await session.scalars(statement))


@strawberry.type
class Query:
    @strawberry.field
    def departments(self) -> list[Department]:
        return [Department(code=one.code, name=one.name) for one in TANGERANG.departments]

    @strawberry.field
    async def area(self, info: Info, code: AreaCode) -> Area | None:
        return await info.context["loaders"].areas.load(code)  # type: ignore[no-any-return]  # the context is a dict

    @strawberry.field
    async def complaints(self, info: Info, first: int, filter: ComplaintFilter) -> Complaints:  # noqa: A002  # as in the hub's graph
        statement = select(ComplaintRow).where(
            ComplaintRow.ticket_number != filter.excluded.ticket_number.eq, ComplaintRow.publication.in_(PUBLISHED)
        )
        return Complaints(nodes=await _all(info, statement.order_by(ComplaintRow.id).limit(first)))

    @strawberry.field
    async def job_postings(self, info: Info, first: int, filter: JobPostingFilter) -> JobPostings:  # noqa: A002  # as above
        statement = select(PostingRow).where(
            PostingRow.title != filter.excluded.title.eq, PostingRow.verification == "VERIFIED"
        )
        return JobPostings(nodes=await _all(info, statement.order_by(PostingRow.id).limit(first)))


def make(place: Place) -> FastAPI:
    engine = create_async_engine(
        make_url(place.database_url).set(drivername="postgresql+asyncpg"), pool_size=CONNECTIONS_MAX, max_overflow=0
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def context() -> dict[str, Any]:
        return {"loaders": Loaders(sessions)}

    config = StrawberryConfig(scalar_map={AreaCode: scalar(name="AreaCode")})
    schema = strawberry.Schema(query=Query, config=config)
    app = FastAPI(openapi_url=None)
    app.include_router(GraphQLRouter[Any, Any](schema, context_getter=context), prefix="/graphql")
    return app


if __name__ == "__main__":
    serve(make)
