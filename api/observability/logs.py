"""Writes the hub's logs: names, codes and counts, never a value, a statement, an address or a driver's text.

As a second defence every line is redacted: values by their type, and texts where they look like a resident number, a
family card, a phone or an e-mail address.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence

import structlog
from structlog.typing import EventDict, Processor

from connectors.guard.breaker import BreakerState
from models.policy.masks import REDACTED, redacted
from models.values.types import FamilyCardNumber, Nisn, PersonId, Position

_log = structlog.get_logger("simpul")

PERSONAL_TYPES = (PersonId, FamilyCardNumber, Nisn, Position)
"""Types of personal values, redacted whatever they look like."""


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Redact one log line: the last step before it is rendered."""
    return {redacted(str(name)): _redacted(value) for name, value in event.items()}


def _redacted(value: object) -> object:
    """The value as it may be written, at any depth. Values of other types become text."""
    if isinstance(value, PERSONAL_TYPES):
        return REDACTED
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return REDACTED if redacted(str(value)) == REDACTED else value
    if isinstance(value, Mapping):
        return {redacted(str(name)): _redacted(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(one) for one in value]
    return redacted(str(value))


def configure_logs() -> None:
    """JSON lines on stderr, one per event."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


_DESK: Sequence[Processor] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
)


def quiet_logs() -> None:
    """Only defects, on stderr: for commands that report errors themselves."""
    structlog.configure(
        processors=[*_DESK, redact, structlog.dev.ConsoleRenderer(colors=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def source_failed(source: str, kind: str, failure: BaseException) -> None:
    """A call of a source failed. The text of `failure` is class names and codes only (connectors/protocol.py)."""
    _log.warning("source call failed", source=source, kind=kind, reason=str(failure))


def breaker_changed(source: str, state: BreakerState) -> None:
    """The circuit breaker of a source has opened or closed."""
    _log.warning("source left alone" if state is BreakerState.OPEN else "source asked again", source=source)


def source_change_not_kept(source: str, error: BaseException) -> None:
    """A change of a source could not be written for the status page."""
    _log.warning("change of a source not kept", source=source, error=type(error).__name__)


def broker_changed(connected: bool) -> None:
    """The connection to the broker of events was made or lost."""
    (_log.info if connected else _log.warning)("events shared" if connected else "events not shared")


def not_indexed(record: str, code: str) -> None:
    """Indexing records for the search failed; the search keeps the old index of them."""
    _log.warning("not indexed for search", record=record, code=code)


def documents_not_refreshed(error: BaseException) -> None:
    """The trusted documents could not be read again; the known ones stay."""
    _log.warning("trusted documents not refreshed", error=type(error).__name__)


def views_not_followed(error: BaseException) -> None:
    """The registered views could not be read again; the known ones stay."""
    _log.warning("views not followed", error=type(error).__name__)


def view_refused(view: str, reason: str) -> None:
    """A registered view no longer fits this hub."""
    _log.warning("view not shown", view=view, reason=reason)


def fields_missing(source: str, record: str, fields: list[str]) -> None:
    """A mapping reads columns that its source does not have."""
    _log.error("fields missing in source", source=source, record=record, fields=fields)


def arguments_off(source: str, record: str, off: list[str]) -> None:
    """The arguments of a record that are switched off now, since they would scan a large table. May be empty."""
    _log.warning("arguments switched off", source=source, record=record, off=off)


def unforeseen(request_id: str, what: str, error: BaseException) -> None:
    """A defect of the hub: the type and stack of the error, without its message, which may hold a value."""
    places = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in traceback.extract_tb(error.__traceback__)]
    _log.error(what, request_id=request_id, error=type(error).__name__, places=places[-8:])
