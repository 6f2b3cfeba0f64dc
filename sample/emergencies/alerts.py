"""The alerts of the sample city: CAP documents in an Atom feed, a reader's rows, and the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from sample.city import DAY, WIB, Size
from sample.emergencies.alert_texts import MESSAGES, SENDER, SENDER_NAME, Message, Words
from sample.shapes import Drop

FEED = "peringatan.atom"
COLUMNS = (
    "identifier", "sender", "sent", "status", "msg_type", "scope", "category", "event", "urgency", "severity",
    "certainty", "effective", "onset", "expires", "language", "sender_name", "headline", "description", "instruction",
    "web", "area_desc", "polygon", "geocode",
)  # fmt: skip

_AREA_CODES: Mapping[int, tuple[tuple[str, ...], str]] = {
    2: (("36.71.08.1001", "36.71.08.1002"), "36.71.08"),
    3: (("36.71",), "36.71"),
    4: (("36.71.02", "36.71.09"), "36.71"),
    5: (("36.71",), "36.71"),
    6: (("36.71.03", "36.71.04"), "36.71"),
    7: (("36.71.04",), "36.71.04"),
    8: (("36.71",), "36.71"),
    9: (("36.71.02",), "36.71.02"),
    10: (("36.71",), "36.71"),
    11: (("36.71.05", "36.71.11", "36.71.12"), "36.71"),
    12: (("36.71.13",), "36.71.13"),
}
"""The areas of each message that counts, and the smallest around them; 32.73.01 is of another city."""


class AlertTruth(NamedTuple):
    """The true alert; None or UNKNOWN where its sender wrote an unknown value."""

    id: str
    identifier: str
    sender: str
    sender_name: str
    sent: datetime
    status: str
    message_type: str
    scope: str
    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    language: str | None
    headline: str | None
    description: str | None
    instruction: str | None
    web: str | None
    area_description: str
    area_codes: tuple[str, ...] | None
    area_code: str | None


@lru_cache(maxsize=8)
def messages(day: date) -> tuple[Message, ...]:
    """Everything that was sent before a day: the messages as many days earlier or later as it is from the usual one."""
    return tuple(
        replace(
            message,
            sent=_moved(message.sent, day),
            times={name: _moved(text, day) for name, text in message.times.items()},
        )
        for message in MESSAGES
    )


def _moved(text: str, day: date) -> str:
    """A time as a message writes it, in its own spelling; what is no time stays as it is."""
    written, sign, rest = text.partition("T")
    return f"{date.fromisoformat(written) + (day - DAY)}{sign}{rest}" if sign else text


def current(sent: Sequence[Message] = MESSAGES) -> tuple[Message, ...]:
    """The messages that no later one replaces."""
    replaced = {message.replaces for message in sent}
    return tuple(message for message in sent if message.number not in replaced)


def _preferred(message: Message) -> Words:
    """The texts in Indonesian where there are some."""
    return next((words for words in message.words if (words.language or "").startswith("id")), message.words[0])


def truth(sent: Sequence[Message] = MESSAGES) -> list[AlertTruth]:
    """The true alerts in force, public or not, by number."""
    return [_truth(message) for message in current(sent)]


def _truth(message: Message) -> AlertTruth:
    words = _preferred(message)
    codes, around = message.around or _AREA_CODES.get(message.number) or (None, None)
    effective, onset, expires = (_moment(message.times.get(name)) for name in ("effective", "onset", "expires"))
    sent = datetime.fromisoformat(message.sent).astimezone(WIB)
    categories = tuple(map(str.upper, message.categories))
    severity = "UNKNOWN" if message.severity == "Berat" else message.severity.upper()
    return AlertTruth(
        message.identifier, message.identifier, SENDER, SENDER_NAME, sent, message.status.upper(), message.kind.upper(),
        message.scope.upper(), categories, words.event, message.urgency.upper(), severity,
        message.certainty.upper(), effective, onset, expires, words.language, words.headline, words.description,
        words.instruction, message.web, message.area, codes, around,
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    if text is None or not text[0].isdigit():
        return None
    return datetime.fromisoformat(text).astimezone(WIB)


def rows() -> list[tuple[str | None, ...]]:
    """The rows of a reader of the feed: one per alert in force, in the order of COLUMNS."""
    return [_row(message) for message in current()]


def _row(message: Message) -> tuple[str | None, ...]:
    words = _preferred(message)
    categories = ";".join(message.categories)
    geocode = ";".join(f"{name}={value}" for name, value in message.geocodes) or None
    return (
        message.identifier, SENDER, message.sent, message.status, message.kind, message.scope, categories,
        words.event, message.urgency, message.severity, message.certainty,
        *(message.times.get(name) for name in ("effective", "onset", "expires")),
        words.language, SENDER_NAME, words.headline, words.description, words.instruction, message.web, message.area,
        message.polygon, geocode,
    )  # fmt: skip


# --- The documents ----------------------------------------------------------------------------------------------------


def document(message: Message, sent: Sequence[Message] = MESSAGES) -> bytes:
    """A message as XML (CAP 1.2), in its own encoding, among all that were sent."""
    references = ""
    if message.replaces is not None:
        earlier = next(one for one in sent if one.number == message.replaces)
        references = f"{SENDER},{earlier.identifier},{earlier.sent}"
    head = _elements([
        ("identifier", message.identifier), ("sender", SENDER), ("sent", message.sent), ("status", message.status),
        ("msgType", message.kind), ("scope", message.scope), ("references", references or None),
    ])  # fmt: skip
    infos = "".join(f"<info>{_info(message, words)}</info>\n" for words in message.words)
    text = (
        f'<?xml version="1.0" encoding="{message.encoding}"?>\n'
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">\n{head}{infos}</alert>\n'
    )
    return text.encode(message.encoding)


def _info(message: Message, words: Words) -> str:
    geocodes = "".join(
        f"<geocode>{_elements([('valueName', name), ('value', value)])}</geocode>\n" for name, value in message.geocodes
    )
    area = f"<area>{_elements([('areaDesc', message.area), ('polygon', message.polygon)])}{geocodes}</area>\n"
    times = [(name, message.times.get(name)) for name in ("effective", "onset", "expires")]
    categories = [("category", category) for category in message.categories]
    about = _elements([
        ("language", words.language), *categories, ("event", words.event),
        ("urgency", message.urgency), ("severity", message.severity), ("certainty", message.certainty), *times,
        ("senderName", SENDER_NAME), ("headline", words.headline), ("description", words.description),
        ("instruction", words.instruction), ("web", message.web),
    ])  # fmt: skip
    return about + area


def _elements(pairs: list[tuple[str, str | None]]) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>\n" for name, text in pairs if text is not None)


def file_of(message: Message) -> str:
    """The name of a message's document, beside the feed that leads to it."""
    return f"{message.number:04}.cap"


def feed(sent: Sequence[Message] = MESSAGES) -> bytes:
    """The Atom feed of all messages, newest first, with replaced ones."""
    newest = sorted(sent, key=lambda message: datetime.fromisoformat(message.sent), reverse=True)
    head = _elements([
        ("id", "urn:contoh:bpbd-tangerang:peringatan"), ("title", "Peringatan dini BPBD Kota Tangerang (contoh)"),
        ("updated", newest[0].sent),
    ])  # fmt: skip
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"{head}<author><name>{escape(SENDER_NAME)}</name></author>\n{''.join(_entries(newest))}</feed>\n"
    )
    return text.encode()


def _entries(messages: list[Message]) -> Iterator[str]:
    for message in messages:
        words = _preferred(message)
        about = _elements([
            ("id", message.identifier), ("title", words.headline or words.event), ("updated", message.sent),
            ("summary", words.description),
        ])  # fmt: skip
        link = f'<link rel="alternate" type="application/cap+xml" href={quoteattr(file_of(message))}/>\n'
        yield f"<entry>\n{about}{link}</entry>\n"


def files(sent: Sequence[Message]) -> dict[str, bytes]:
    """The feed, and before it the documents that it leads to, by name."""
    return {file_of(message): document(message, sent) for message in sent} | {FEED: feed(sent)}


def _write(folder: Path, size: Size, _seed: int) -> None:
    for name, content in files(messages(size.day)).items():
        (folder / name).write_bytes(content)


DROP = Drop("alerts", _write)
