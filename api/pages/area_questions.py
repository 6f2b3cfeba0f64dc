"""The questions of the page of an area: what it is, and one for each department: none waits for others."""

from __future__ import annotations

AREA = """query Area($code: AreaCode!) {
  area(code: $code) {
    code
    name
    levelLabel
    provenance { asOf freshness }
    parent { code name parent { code name } }
    children(first: 100, orderBy: [{code: ASC}]) { nodes { code name } }
  }
}"""

ALERTS = """query AreaAlerts($code: AreaCode!) {
  area(code: $code) {
    alerts { headline event severityLabel expires }
  }
}"""

INCIDENTS = """query AreaIncidents($code: AreaCode!) {
  area(code: $code) {
    incidents(first: 5, filter: {disposition: {eq: EMERGENCY}}, orderBy: [{reportedAt: DESC}]) {
      totalCount
      nodes { kindLabel reportedAt department { abbreviation } provenance { asOf freshness } }
    }
  }
}"""

COMPLAINTS = """query AreaComplaints($code: AreaCode!) {
  area(code: $code) {
    complaints(first: 5, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) {
      totalCount
      nodes { ticketNumber category { name } statusDetailLabel requestedAt provenance { asOf freshness } }
    }
  }
}"""

HOSPITALS = """query AreaHospitals($code: AreaCode!) {
  area(code: $code) {
    hospitals(first: 10, orderBy: [{name: ASC}]) {
      totalCount
      nodes { name kindLabel phone provenance { asOf freshness } }
    }
  }
}"""

EVENTS = """query AreaEvents($code: AreaCode!, $now: DateTime!) {
  area(code: $code) {
    events(first: 5, filter: {startDate: {gte: $now}}, orderBy: [{startDate: ASC}]) {
      totalCount
      nodes { name startDate location provenance { asOf freshness } }
    }
  }
}"""

JOB_POSTINGS = """query AreaJobPostings($code: AreaCode!) {
  area(code: $code) {
    jobPostings(first: 5, filter: {status: {eq: OPEN}}, orderBy: [{datePosted: DESC}]) {
      totalCount
      nodes { title hiringOrganization datePosted provenance { asOf freshness } }
    }
  }
}"""

LICENSES = """query AreaLicenses($code: AreaCode!) {
  area(code: $code) {
    licenses(first: 5, filter: {status: {eq: ACTIVE}}, orderBy: [{issuedAt: DESC}]) {
      totalCount
      nodes { type { name } businessName issuedAt provenance { asOf freshness } }
    }
  }
}"""

SCHOOLS = """query AreaSchools($code: AreaCode!) {
  area(code: $code) {
    schools(first: 10, orderBy: [{name: ASC}]) {
      totalCount
      nodes { name levelLabel quota provenance { asOf freshness } }
    }
  }
}"""
