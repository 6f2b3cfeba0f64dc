"""The terminal: how the operator's commands speak, to a person and to a pipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

# Neither markup nor highlights: what is printed may be piped, and may hold brackets.
_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}


def say(sentence: str = "", style: str | None = None) -> None:
    Console().print(sentence, style=style, **_PLAIN)


def note(sentence: str) -> None:
    """On stderr: about what is printed, and no part of it."""
    Console(stderr=True).print(sentence, **_PLAIN)


def complain(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", **_PLAIN)


def stop(sentence: str) -> NoReturn:
    complain(sentence)
    raise typer.Exit(1)


def stop_unwritten(option: str, error: OSError) -> NoReturn:
    stop(f"{option}: the file cannot be written: {reason_of(error)}.")


def reason_of(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def write_to(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop_unwritten("--output", error)


def progress_bar(*, on_stderr: bool = False) -> Progress:
    """A bar per task; on stderr it is shown to a person only, and is gone at the end."""
    console = Console(stderr=on_stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=on_stderr, disable=on_stderr and not console.is_terminal)
