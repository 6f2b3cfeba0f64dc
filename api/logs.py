"""Logs: what the hub writes about its work: names, codes and counts.

Never a value, a statement, an address or a driver's text. What slips in all the same is redacted on its way out: values
by their type, and texts by what in them looks like a resident number, a family card, a phone or an address of e-mail.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence

import structlog
from structlog.typing import EventDict, Processor

from connectors.breaker import BreakerState
from models.masks import REDACTED, redacted
from models.values import FamilyCardNumber, Nik, Nisn, Position

_log = structlog.get_logger("simpul")

PERSONAL_TYPES = (Nik, FamilyCardNumber, Nisn, Position)
"""Types of values that are about a person, whatever they look like."""


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The last but one step of every log line."""
    return {redacted(str(name)): _redacted(value) for name, value in event.items()}


def _redacted(value: object) -> object:
    """The value as it may be written, at any depth; what is no text, number or list of them becomes its text."""
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
    """Defects only, on stderr: for commands whose own report says what is wrong."""
    structlog.configure(
        processors=[*_DESK, redact, structlog.dev.ConsoleRenderer(colors=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def source_failed(source: str, kind: str, failure: BaseException) -> None:
    """A call to a source failed. `failure` speaks in class names and codes only (connectors/protocol.py)."""
    _log.warning("source call failed", source=source, kind=kind, reason=str(failure))


def breaker_changed(source: str, state: BreakerState) -> None:
    """A source is left alone from now on, or is asked again."""
    _log.warning("source left alone" if state is BreakerState.OPEN else "source asked again", source=source)


def source_change_not_kept(source: str, error: BaseException) -> None:
    """That a source has changed is not on the status page's list."""
    _log.warning("change of a source not kept", source=source, error=type(error).__name__)


def broker_changed(connected: bool) -> None:  # told, not asked
    """Events go to and come from the other processes of the hub from now on, or do not."""
    (_log.info if connected else _log.warning)("events shared" if connected else "events not shared")


def not_indexed(record: str, code: str) -> None:
    """The search finds the records of this name as they were before, until they are indexed again."""
    _log.warning("not indexed for search", record=record, code=code)


def documents_not_refreshed(error: BaseException) -> None:
    """The trusted documents could not be read anew; those that were known stay."""
    _log.warning("trusted documents not refreshed", error=type(error).__name__)


def views_not_followed(error: BaseException) -> None:
    """The views that are registered could not be read anew; those that were known stay."""
    _log.warning("views not followed", error=type(error).__name__)


def view_refused(view: str, reason: str) -> None:
    """A view that is registered is none of this hub any more."""
    _log.warning("view not shown", view=view, reason=reason)


def fields_missing(source: str, record: str, fields: list[str]) -> None:
    """A mapping reads columns that its source does not have."""
    _log.error("fields missing in source", source=source, record=record, fields=fields)


def arguments_off(source: str, record: str, off: list[str]) -> None:
    """What may not be asked of a record from now on, since a large table would be scanned for it; nothing any more."""
    _log.warning("arguments switched off", source=source, record=record, off=off)


def unforeseen(request_id: str, what: str, error: BaseException) -> None:
    """A defect of the hub: the type and the places, without the message, which may hold a value."""
    places = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in traceback.extract_tb(error.__traceback__)]
    _log.error(what, request_id=request_id, error=type(error).__name__, places=places[-8:])
