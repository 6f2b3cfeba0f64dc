"""A city's registry: one line per subject, whatever number of records and sources that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.departments import areas, complaints, jobs
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage, Subject


def test_a_package_is_made_of_its_subjects() -> None:
    package = CityPackage.of(TANGERANG, areas.SUBJECT, complaints.SUBJECT)
    assert package == CityPackage(
        TANGERANG,
        (areas.SOURCE, complaints.SOURCE),
        (areas.AREAS, complaints.CATEGORIES, complaints.COMPLAINTS, complaints.HANDLINGS, complaints.STATUS_CHANGES),
        writings=(complaints.COMPLAINT_WRITING, complaints.STATUS_CHANGE_WRITING),
    )


def test_two_subjects_may_lie_in_one_source() -> None:
    postings = Subject(jobs.SOURCE, (jobs.JOB_POSTINGS,))
    applications = Subject(jobs.SOURCE, (jobs.JOB_APPLICATIONS,))
    package = CityPackage.of(TANGERANG, postings, applications)
    assert package.sources == (jobs.SOURCE,)
    assert package.mappings == (jobs.JOB_POSTINGS, jobs.JOB_APPLICATIONS)


def test_a_package_that_contradicts_itself_is_refused() -> None:
    other = Subject(replace(jobs.SOURCE, title="Another"), (jobs.JOB_POSTINGS,))
    with pytest.raises(ValueError, match=r"Two sources have one name\."):
        CityPackage.of(TANGERANG, jobs.SUBJECT, other)
    with pytest.raises(ValueError, match=r"A record is mapped twice"):
        CityPackage.of(TANGERANG, jobs.SUBJECT, Subject(areas.SOURCE, (jobs.JOB_POSTINGS,)))
    with pytest.raises(ValueError, match=r"The mapping of job_postings names 'jobs', which is no source\."):
        CityPackage.of(TANGERANG, Subject(areas.SOURCE, (jobs.JOB_POSTINGS,)))
