"""News: what the city tells its residents (schema.org NewsArticle)."""

from __future__ import annotations

from datetime import datetime

from models.records import Record, field
from models.values.types import Url


class NewsArticle(Record, name="news_articles", rows=60_000):
    """An article of the city's news portal (schema.org: NewsArticle).

    The city has published it to everybody, so nothing in it is withheld as personal.
    """

    id: str = field("The key of the article in its source")
    headline: str | None = field("The headline, as plain text")
    article_section: str | None = field("The section of the portal that it is in", filter=True, group=True)
    body_html: str | None = field("The text as safe HTML: no scripts, no styles, no event handlers")
    body_text: str | None = field("The text as plain text, a line for each paragraph")
    date_published: datetime | None = field("When it was published", filter=True, sort=True, group=True)
    image: Url | None = field("Its picture")
    is_headline: bool | None = field("Whether the portal shows it on top", filter=True, group=True)
    views: int | None = field("How often it was opened", filter=True, sort=True)
