"""News in the graph: what the city tells its residents."""

from __future__ import annotations

from datetime import datetime

import strawberry

from models import news as records
from models.values.types import Url
from schema.core.entity import Entity
from schema.core.fields import by_key, search
from schema.core.relay import Connection


@strawberry.type(description="An article of the city's news portal (schema.org: NewsArticle).")
class NewsArticle(Entity, of=records.NewsArticle):
    headline: str | None
    article_section: str | None
    body_html: str | None
    body_text: str | None
    date_published: datetime | None
    image: Url | None
    is_headline: bool | None
    views: int | None


@strawberry.type
class NewsQuery:
    news_article: NewsArticle | None = by_key(records.NewsArticle, "One article, by its id.", "id")
    news_articles: Connection[NewsArticle] | None = search(records.NewsArticle, "All articles.")
