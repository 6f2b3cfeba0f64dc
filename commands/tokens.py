"""The operator's commands about tokens: issue one of the dev profile, and explain why one is accepted or refused."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.policy.viewer import Role
from settings import Profile, settings
from terminal import reason_of, say, stop

# Each command imports what it needs when it runs, as in cli.py.
if TYPE_CHECKING:
    from api.identity.token_report import TokenReport

READ_CHARS_MAX = 100_000

token = typer.Typer(help="Tokens: one of the dev profile, or why one is taken or not.", invoke_without_command=True)


@token.callback()
def token_made(
    context: typer.Context,
    role: Annotated[Role | None, typer.Option(help="Who the token is for.")] = None,
    department: Annotated[str | None, typer.Option(help="The code of an officer's department.")] = None,
    nik: Annotated[str | None, typer.Option(help="A citizen's resident number.")] = None,
) -> None:
    """Print a token of the dev profile; without --department and --nik it is the persona's of that role."""
    if context.invoked_subcommand is not None:
        return
    if role is None:
        raise typer.BadParameter("say who the token is for, like --role citizen")
    from api.identity.dev_tokens import DevTokens, TokenRefused
    from api.identity.personas import personas_of
    from city_package import city_package

    configured = settings()
    if configured.profile is not Profile.DEV:
        stop("Tokens are made here in the dev profile only. In prod they come from the city's identity provider.")
    city = city_package(configured.city).city
    tokens = DevTokens(configured.secret_bytes, city)
    persona = next((one for one in personas_of(city) if one.role is role), None)
    persona = persona if department is None and nik is None else None
    if persona is not None:
        department, nik = persona.department, persona.nik
    try:
        sys.stdout.write(tokens.issue(role, department=department, nik=nik) + "\n")
    except TokenRefused as error:
        stop(str(error))


@token.command("explain")
def token_explain(
    file: Annotated[str, typer.Argument(help="A file that holds the token, or - for the standard input.")],
) -> None:
    """Say why a token is taken or not, without a value of the person in it; exit code 1 when it is not."""
    try:
        if file == "-":
            text = sys.stdin.read(READ_CHARS_MAX)
        else:
            with Path(file).open(encoding="ascii", errors="replace") as opened:
                text = opened.read(READ_CHARS_MAX)
    except OSError as error:
        stop(f"The file cannot be read: {reason_of(error)}.")
    report = asyncio.run(_report(text.strip().removeprefix("Bearer ").strip()))
    for line in report.lines:
        say(line)
    if not report.is_taken:
        raise typer.Exit(1)


async def _report(text: str) -> TokenReport:
    from api.identity.token_report import report_on
    from city_identity import issuer_tokens_of
    from city_package import city_package

    configured = settings()
    issuers = issuer_tokens_of(configured, city_package(configured.city))
    try:
        return await report_on(text, issuers)
    finally:
        for tokens in issuers.values():
            await tokens.keys.close()
