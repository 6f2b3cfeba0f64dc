"""The records of the graph: one line per record."""

from __future__ import annotations

from models import areas, citizens, complaints, hospitals, jobs, licenses, news
from models.records import Registry

RECORDS = Registry(
    areas.Area,
    citizens.Citizen,
    complaints.Complaint,
    complaints.ComplaintCategory,
    complaints.StatusChange,
    hospitals.BedAvailability,
    hospitals.Hospital,
    hospitals.PractitionerSchedule,
    jobs.JobApplication,
    jobs.JobPosting,
    licenses.License,
    licenses.LicenseApplication,
    licenses.LicenseType,
    news.NewsArticle,
)
