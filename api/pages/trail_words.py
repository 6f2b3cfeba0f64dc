"""The trail of a resident's data in sentences: who read what of it, when, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from babel.lists import format_list

from api.pages.frame import gettext_noop
from api.pages.wording import Wording, moment_of
from models.policy.viewer import Purpose, Role

_N = gettext_noop

FIELDS: Final[Mapping[str, str]] = {
    "address": _N("address"),
    "applicantEmail": _N("e-mail address"),
    "applicantName": _N("name"),
    "applicantNik": _N("resident number"),
    "areaCode": _N("village"),
    "birthDate": _N("date of birth"),
    "birthPlace": _N("place of birth"),
    "callerName": _N("name"),
    "callerPhone": _N("telephone number"),
    "community": _N("community (RW)"),
    "coverLetter": _N("cover letter"),
    "description": _N("report"),
    "email": _N("e-mail address"),
    "familyCardNumber": _N("family card number"),
    "fullName": _N("name"),
    "holderName": _N("name"),
    "holderNik": _N("resident number"),
    "maritalStatus": _N("marital status"),
    "nationalId": _N("resident number"),
    "neighbourhood": _N("neighbourhood (RT)"),
    "note": _N("answer"),
    "phone": _N("telephone number"),
    "position": _N("position"),
    "pupilName": _N("child's name"),
    "pupilNumber": _N("pupil number"),
    "registrationStatus": _N("status in the register"),
    "reporterNik": _N("resident number"),
    "sex": _N("sex"),
    "taxNumber": _N("tax number"),
}
"""What a personal field is called in the sentence "... read your ..."."""

PURPOSES: Final[Mapping[str, str]] = {
    Purpose.COMPLAINT_HANDLING.value: _N("the handling of complaints"),
    Purpose.EMERGENCY_RESPONSE.value: _N("help in an emergency"),
    Purpose.SERVICE_DELIVERY.value: _N("a service that was applied for"),
    Purpose.LEGAL_OBLIGATION.value: _N("a duty by law"),
    Purpose.OUTREACH.value: _N("news of services"),
}

ACTS: Final[Mapping[str, str]] = {
    "addToComplaint": _N("addition to a complaint"),
    "applyForJob": _N("application for a job"),
    "applyForLicense": _N("application for a licence"),
    "confirmComplaint": _N("confirmation that a complaint is resolved"),
    "hideComplaint": _N("complaint hidden from the public"),
    "rateComplaint": _N("rating of an answer"),
    "reopenComplaint": _N("complaint opened again"),
    "reportComplaint": _N("report of a problem"),
    "resolveComplaint": _N("complaint closed as resolved"),
    "respondToComplaint": _N("answer to a complaint"),
    "routeComplaint": _N("complaint handed on"),
    "supportComplaint": _N("support of a complaint"),
    "withdrawComplaint": _N("complaint withdrawn"),
}
"""What an action is called in the sentence "...: ..., 3 December"."""

_ROLES: Final[Mapping[str, str]] = {
    Role.DEVELOPER.value: _N("A program"),
    Role.OFFICER.value: _N("An officer"),
    Role.ANALYST.value: _N("An analyst"),
    Role.AUDITOR.value: _N("An auditor"),
    Role.OPERATOR.value: _N("An operator"),
    Role.DPO.value: _N("The data protection officer"),
}


def sentences_of(looks: Sequence[Mapping[str, Any]], wording: Wording) -> list[str]:
    """A sentence for each entry of the ledger, in its order."""
    return [_sentence(look, wording) for look in looks]


def _sentence(look: Mapping[str, Any], wording: Wording) -> str:
    told = {"who": _who(look, wording), "when": wording.time(moment_of(look["at"]))}
    is_own = look["role"] == Role.CITIZEN.value
    if not look["fields"]:
        # A step of a request shows nothing of the person.
        if is_own:
            return wording.gettext("You yourself sent a request, %(when)s.") % told
        return wording.gettext("%(who)s worked on your request, %(when)s.") % told
    did = ACTS.get(look["fields"][0])
    if did is not None:
        told["did"] = wording.gettext(did)
        if is_own:
            return wording.gettext("You yourself: %(did)s, %(when)s.") % told
        return wording.gettext("%(who)s: %(did)s, %(when)s.") % told
    locale = wording.language.value
    told["what"] = format_list(list(dict.fromkeys(_fields(look["fields"], wording))), style="standard", locale=locale)
    if is_own:
        return wording.gettext("You yourself read your %(what)s, %(when)s.") % told
    if look["purpose"] is None:
        return wording.gettext("%(who)s read your %(what)s, %(when)s.") % told
    told["why"] = wording.gettext(PURPOSES.get(look["purpose"], look["purpose"]))
    return wording.gettext("%(who)s read your %(what)s, %(when)s, for %(why)s.") % told


def _fields(names: Sequence[str], wording: Wording) -> Iterator[str]:
    yield from (wording.gettext(FIELDS.get(name, name)) for name in names)


def _who(look: Mapping[str, Any], wording: Wording) -> str:
    department = wording.city.department(look["department"])
    if department is not None:
        return department.name
    return wording.gettext(_ROLES.get(look["role"], look["role"]))
