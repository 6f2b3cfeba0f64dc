"""Attacks on what is another person's, by everybody to whom it is not open: by every way that leads to a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schema.core.relay import GlobalId
from tests.attacks.attack import Answer, Attack, AttackClass, nothing_foreign, posted, values_in

STRANGERS: Final = (
    "anonymous", "developer", "citizen", "unlinked", "idle officer", "officer elsewhere", "analyst", "auditor",
    "operator", "dpo",
)  # fmt: skip
PERSONAL: Final = {
    "Complaint": "reporterNik description address history(first: 3) { nodes { note } }",
    "Citizen": "nationalId fullName phone email familyCardNumber birthDate",
    "License": "holderNik holderName",
    "LicenseApplication": "taxNumber applicantNik",
    "JobApplication": "applicantEmail applicantName coverLetter",
    "AdmissionApplication": "applicantNik pupilNumber pupilName birthDate",
    "Incident": "callerName callerPhone address description position { latitude }",
}
"""The personal fields of each type of the graph that has some."""
BY_ID: Final = {
    "Complaint": "complaint", "License": "license", "Incident": "incident",
    "AdmissionApplication": "admissionApplication",
}  # fmt: skip
EDGES: Final = {
    "of an area": (
        '{ area(code: "36.71") { complaints(first: 50) { edges { node { reporterNik description address } } } '
        "licenses(first: 50) { edges { node { holderNik holderName } } } } }"
    ),
    "of a posting": (
        "{ jobPostings(first: 20) { nodes { id } } complaints(first: 50) "
        "{ nodes { area { incidents(first: 3) { nodes { callerPhone callerName } } } } } }"
    ),
    "of a list": "{ licenses(first: 100) { edges { node { holderNik holderName } } } }",
    "of an application": (
        "{ admissionApplications(first: 50) { nodes { pupilName applicant { nationalId fullName phone } } } }"
    ),
    "of incidents": "{ incidents(first: 100) { edges { node { callerName callerPhone address description } } } }",
    "of a search": '{ search(text: "pengaduan") { ... on Area { complaints(first: 20) { nodes { reporterNik } } } } }',
}
_COMPLAINT, _REQUEST = GlobalId("Complaint", "2"), GlobalId("RightsRequest", "1")
MUTATIONS: Final = {
    "an export": "mutation { exportMyData { isComplete sections { department { code } records } } }",
    "an inbox": "{ rightsRequests(first: 100) { nodes { nationalId reason } } }",
    "an unlocking": (
        f'mutation {{ unlockReporter(complaintId: "{_COMPLAINT}", purpose: COMPLAINT_HANDLING) '
        "{ nationalId fullName phone email } }"
    ),
    "an answer for the officer": (
        f'mutation {{ answerRightsRequest(id: "{_REQUEST}", state: DONE, note: "x") {{ nationalId reason }} }}'
    ),
}


def owns_nothing(answer: Answer) -> str | None:
    """Nothing at all, for who is nobody's person."""
    values = list(values_in(answer.body.get("data")))
    return f"it was told {values[:5]}" if values else None


def looked_up(answer: Answer) -> str | None:
    """The lookup was run. What is foreign is looked for in every answer; a name is foreign as well."""
    return nothing_foreign(answer)


def _lookups() -> Iterator[Attack]:
    for role in STRANGERS:
        for entity, fields in PERSONAL.items():
            ids = [str(GlobalId(entity, str(number))) for number in range(2, 22)]
            nodes = " ".join(
                f'n{i}: node(id: "{one}") {{ ... on {entity} {{ {fields} }} }}' for i, one in enumerate(ids)
            )
            yield Attack(AttackClass.OTHERS_BY_ALIAS, entity, looked_up, posted(f"{{ {nodes} }}"), role)
            listed = ", ".join(f'"{one}"' for one in ids)
            query = f"{{ nodes(ids: [{listed}]) {{ ... on {entity} {{ {fields} }} }} }}"
            yield Attack(AttackClass.OTHERS_BY_NODE, entity, looked_up, posted(query), role)
            if entity in BY_ID:
                query = f'{{ {BY_ID[entity]}(id: "{ids[0]}") {{ {fields} }} }}'
                yield Attack(AttackClass.OTHERS_BY_ID, entity, looked_up, posted(query), role)
        for name, query in EDGES.items():
            yield Attack(AttackClass.OTHERS_BY_EDGE, name, looked_up, posted(query), role)


def _mutations() -> Iterator[Attack]:
    for name, query in MUTATIONS.items():
        for role in ("anonymous", "developer", "unlinked", "idle officer", "analyst", "operator"):
            yield Attack(AttackClass.OTHERS_BY_EXPORT, name, owns_nothing, posted(query), role)


def _guesses() -> Iterator[Attack]:
    keys = {
        "resident numbers": [f"3671{day:02}0190900{serial}" for day in range(1, 10) for serial in range(10)],
        "what is no key": ["0", "-1", "1 OR 1=1", "%", "*", "null", "1\x00", "\uff19", "1e3", " 1"],
        "numbers in order": [str(number) for number in range(1, 91)],
    }
    for name, guessed in keys.items():
        for role in ("anonymous", "developer", "citizen", "officer elsewhere"):
            for entity in ("Citizen", "AdmissionApplication"):
                nodes = " ".join(
                    f'n{i}: node(id: "{GlobalId(entity, key)}") {{ id ... on {entity} {{ {PERSONAL[entity]} }} }}'
                    for i, key in enumerate(guessed)
                )
                yield Attack(AttackClass.GUESSED_IDS, f"{name} of {entity}", looked_up, posted(f"{{ {nodes} }}"), role)


OWN: Final = "{ me { nationalId fullName phone email licenses(first: 5) { nodes { holderNik } } } }"
HANDLED: Final = (
    '{ complaints(first: 100, filter: {departmentCode: {eq: "dpupr"}}) '
    "{ nodes { id description address reporterNik } } }"
)
WARMERS: Final = {"citizen": OWN, "officer": HANDLED}
"""Who asks first, so that the caches are warm, and what."""


def _warmed() -> Iterator[Attack]:
    for warmer, query in WARMERS.items():
        for role in STRANGERS:
            if role != warmer:
                judge = owns_nothing if query == OWN else looked_up
                yield Attack(AttackClass.OTHERS_BY_WARM_CACHE, warmer, judge, posted(query), role, after=warmer)


PEOPLE: Final[list[Attack]] = [*_lookups(), *_mutations(), *_guesses(), *_warmed()]
