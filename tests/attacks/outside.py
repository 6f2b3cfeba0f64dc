"""Attacks by what a source says or where it is said to be: the hub is to ask somebody whom it must not ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.http.access import HttpAccess
from connectors.http.client import HttpClient, HttpLimits
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.protocol import SourceFailure
from tests.attacks.attack import AttackClass
from tests.connectors.web import Asked, redirect, said, served

KIND: Final = AttackClass.SERVER_REQUESTS
SECRET: Final = "something of the city's own network"
CREDENTIAL: Final = "a credential of the source"


@dataclass(frozen=True, slots=True)
class ServerAttack:
    """One row. `url` is what the settings say, `leads_to` where the source redirects; {evil} and {victim} are ports.

    The host of the source is one that the operator allows, as departments are; the victim's is not.
    """

    name: str
    url: str = "http://127.0.0.1:{evil}/"
    leads_to: str | None = None


OUTSIDE: Final[list[ServerAttack]] = [
    *(
        ServerAttack(f"the address {url}", url)
        for url in (
            "file:///etc/passwd",
            "gopher://127.0.0.1:{victim}/_x",
            "ftp://127.0.0.1:{victim}/",
            "dict://127.0.0.1:{victim}/",
            "http://localhost:{victim}/",
            "http://2130706433:{victim}/",
            "http://0x7f.1:{victim}/",
            "http://0177.0.0.1:{victim}/",
            "http://[::1]:{victim}/",
            "http://[::ffff:127.0.0.1]:{victim}/",
            "http://0.0.0.0:{victim}/",
            "http://127.1:{victim}/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/latest/meta-data/",
            "http://127.0.0.1@localhost:{victim}/",
            "http://127.0.0.1#@localhost:{victim}/",
        )
    ),
    *(
        ServerAttack(f"a redirect to {target}", leads_to=target)
        for target in (
            "http://127.0.0.1:{victim}/",
            "http://localhost:{victim}/",
            "http://localhost:{evil}/",
            "//127.0.0.1:{victim}/",
            "https://127.0.0.1:{victim}/",
            "http://127.0.0.1:{evil}@localhost:{victim}/",
            "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
            "\\\\localhost:{victim}\\",
            "http://127.0.0.1.:{victim}/",
            "/again",
        )
    ),
]


async def won(attack: ServerAttack) -> str | None:
    """What the attack has won: an answer, a request at the victim, or what only the hub may know."""
    ports: dict[str, int] = {}

    def evil(asked: Asked) -> bytes:
        return redirect(attack.leads_to.format(**ports)) if attack.leads_to is not None else said(SECRET)

    async with served(lambda _: said(SECRET)) as victim, served(evil) as source:
        ports.update(evil=source.port, victim=victim.port)
        access = HttpAccess(private_hosts=frozenset({"127.0.0.1"}))
        try:
            client = HttpClient.of(attack.url.format(**ports), access, LoadContract(), HttpLimits(total_s=3.0))
        except SourceUrlError:
            return None
        try:
            answer = await client.get(client.base, ("*/*",))
        except SourceFailure as refusal:
            told = str(refusal)
            if victim.asked:
                return "the victim was asked"
            return f"the refusal names a host: {told}" if "localhost" in told or "169.254" in told else None
        finally:
            await client.close()
    return f"it was answered {answer.body!r}"
