"""Commands whose module is imported when one is asked for, so that `--help` and short commands start at once."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group


class Later(TyperGroup):
    """A command or a group of commands, known by its name and help; `place` is its module and its name there."""

    def __init__(self, name: str, place: str, about: str) -> None:
        super().__init__(name=name, help=about)
        self._place = place

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        module, _, name = self._place.partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            command: Any = get_group(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command()(found)
            command = get_command(alone)
        command.name, command.help = self.name, self.help
        return command.make_context(info_name, args, parent, **extra)
