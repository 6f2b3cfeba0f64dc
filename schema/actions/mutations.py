"""What can be asked of the city: one line for each action."""

from __future__ import annotations

from typing import Annotated

import strawberry

from models.actions import applications
from models.actions import complaints as actions
from schema.actions.fields import action_of, payload_of
from schema.complaints import Complaint
from schema.jobs import JobApplication
from schema.licenses import LicenseApplication

ComplaintActionPayload = payload_of(
    Complaint, "complaint", Annotated[Complaint, strawberry.lazy("schema.complaints")] | None
)

JobApplicationActionPayload = payload_of(
    JobApplication, "job_application", Annotated[JobApplication, strawberry.lazy("schema.jobs")] | None
)
LicenseApplicationActionPayload = payload_of(
    LicenseApplication, "license_application", Annotated[LicenseApplication, strawberry.lazy("schema.licenses")] | None
)


@strawberry.type
class ActionMutation:
    report_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # made at run time
        actions.ReportComplaint,
        "Report a problem to the city. It gets its number at once, and reaches the department that handles it.",
    )
    add_to_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.AddToComplaint, "Add something to a complaint of yours, while it is open."
    )
    withdraw_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.WithdrawComplaint, "Withdraw a complaint of yours: it is closed, and stays on record."
    )
    reopen_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.ReopenComplaint,
        "Say that a complaint of yours, which the department calls done, is not resolved: it has to act again.",
    )
    support_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.SupportComplaint, "Say that an open complaint is about your problem too. It counts once."
    )
    confirm_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.ConfirmComplaint, "Confirm that a complaint of yours, which the department calls done, is resolved."
    )
    rate_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.RateComplaint, "Rate how the city dealt with a complaint of yours. A second rating replaces the first."
    )
    route_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.RouteComplaint,
        "Hand a complaint on to the department that can resolve it: for officers of the department that handles it.",
    )
    respond_to_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.RespondToComplaint,
        "Answer a complaint, which is in progress from then on: for officers of the department that handles it.",
    )
    resolve_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.ResolveComplaint,
        "Say that a complaint is resolved: for officers of the department that handles it. Its reporter may reopen it.",
    )
    hide_complaint: ComplaintActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        actions.HideComplaint,
        "Hide a complaint from the public, such as one that names people: for officers of the department that handles "
        "it, and its reporter still sees it.",
    )
    apply_for_job: JobApplicationActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        applications.ApplyForJob, "Apply for a job that the city lists."
    )
    apply_for_license: LicenseApplicationActionPayload | None = action_of(  # type: ignore[valid-type]  # as above
        applications.ApplyForLicense, "Apply for a license. The department answers within the time that it promises."
    )
