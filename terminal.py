"""The output of the operator's commands, to a terminal or a pipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

# Neither markup nor highlights: the output may be piped, and may hold brackets.
_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}


def say(sentence: str = "", style: str | None = None) -> None:
    Console().print(sentence, style=style, **_PLAIN)


def note(sentence: str) -> None:
    """Print a remark on stderr, so that it is no part of the output."""
    Console(stderr=True).print(sentence, **_PLAIN)


def complain(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", **_PLAIN)


def stop(sentence: str) -> NoReturn:
    complain(sentence)
    raise typer.Exit(1)


def stop_unwritten(error: OSError) -> NoReturn:
    stop(f"--output: the file cannot be written: {reason_of(error)}.")


def reason_of(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def write_to(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop_unwritten(error)


def progress_bar(*, on_stderr: bool = False) -> Progress:
    """A bar per task. On stderr it is shown on a terminal only, and removed at the end."""
    console = Console(stderr=on_stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=on_stderr, disable=on_stderr and not console.is_terminal)
