"""The queries of the panels, the same for every screen."""

from __future__ import annotations

DAYS = """query LiveroomDays($now: DateTime!, $today: Date!) {
  complaints(first: 1, filter: {requestedAt: {lte: $now}}, orderBy: [{requestedAt: DESC}]) { nodes { requestedAt } }
  incidents(first: 1, filter: {reportedAt: {lte: $now}}, orderBy: [{reportedAt: DESC}]) { nodes { reportedAt } }
  marketPrices(first: 1, filter: {day: {lte: $today}}, orderBy: [{day: DESC}]) { nodes { day } }
}"""
"""The latest day of each subject: a system that is updated once a day has no data of today in the morning."""

COMPLAINTS = """query LiveroomComplaints {
  complaintGroups(by: [CATEGORY], filter: {status: {eq: OPEN}}, first: 12) {
    groups { key { categoryCode category { name } } count greenCount yellowCount redCount unknownUrgencyCount }
    others { count greenCount yellowCount redCount unknownUrgencyCount }
    totals { count overdueCount }
    provenance { asOf freshness }
  }
}"""

RESPONSES = """query LiveroomResponses($since: DateTime!, $until: DateTime!) {
  complaintGroups(by: [DEPARTMENT], filter: {requestedAt: {gte: $since, lt: $until}}, first: 15) {
    groups {
      key { departmentCode department { abbreviation name } }
      count
      timeToFirstResponse { known medianWorkingHours p90WorkingHours }
    }
    others { count timeToFirstResponse { known medianWorkingHours p90WorkingHours } }
    totals { timeToFirstResponse { medianWorkingHours } }
    provenance { asOf freshness }
  }
}"""

BEDS = """query LiveroomBeds {
  bedAvailabilityGroups(by: [CARE_CLASS], first: 20) {
    groups { key { careClass careClassLabel } capacity { sum } available { sum } }
    others { capacity { sum } available { sum } }
    totals { count staleCount available { sum } capacity { sum } }
    provenance { asOf freshness }
  }
  hospitals(first: 60, orderBy: [{name: ASC}]) {
    nodes { name beds { careClassLabel capacity available provenance { asOf freshness } } }
  }
}"""

PRICES = """query LiveroomPrices($day: Date!, $weekBefore: Date!) {
  commodities(first: 60) {
    nodes {
      name
      unitLabel
      now: prices(first: 10, filter: {day: {eq: $day}}) { nodes { price { amount } provenance { asOf freshness } } }
      before: prices(first: 10, filter: {day: {eq: $weekBefore}}) { nodes { price { amount } } }
    }
  }
}"""

EMERGENCIES = """query LiveroomEmergencies($since: DateTime!, $until: DateTime!) {
  alerts(first: 8, filter: {isInForce: {eq: true}}, orderBy: [{sent: DESC}]) {
    totalCount
    nodes { headline event severity severityLabel expires areaDescription provenance { asOf freshness } }
  }
  incidentGroups(
    by: [KIND], first: 12, filter: {disposition: {eq: EMERGENCY}, reportedAt: {gte: $since, lt: $until}}
  ) {
    groups { key { kind kindLabel } count }
    others { count }
    totals { count }
    provenance { asOf freshness }
  }
}"""

LICENSES = """query LiveroomLicenses {
  licenseApplicationStatistics(by: [STATUS]) {
    cells { status statusLabel count }
    total
    provenance { asOf freshness }
  }
}"""

JOBS = """query LiveroomJobs {
  jobPostingGroups(by: [INDUSTRY], filter: {status: {eq: OPEN}}, first: 12) {
    groups { key { industry } count }
    others { count }
    totals { count }
    provenance { asOf freshness }
  }
}"""

ADMISSIONS = """query LiveroomAdmissions {
  admissionApplicationStatistics(by: [STATUS]) {
    cells { status statusLabel count }
    total
    provenance { asOf freshness }
  }
}"""

EVENTS = """query LiveroomEvents($now: DateTime!) {
  events(
    first: 8, filter: {startDate: {gte: $now}, status: {in: [SCHEDULED, TENTATIVE]}}, orderBy: [{startDate: ASC}]
  ) {
    nodes { name startDate allDay location area { code name } provenance { asOf freshness } }
  }
}"""

AREAS = """query LiveroomAreas($level: AreaLevel!) {
  areas(first: 100, filter: {level: {eq: $level}}, orderBy: [{code: ASC}]) {
    nodes { code name position { latitude longitude } }
  }
  complaintGroups(by: [AREA], areaLevel: $level, filter: {status: {eq: OPEN}}, first: 100) {
    groups { key { areaCode } count }
    totals { count }
    provenance { asOf freshness }
  }
}"""
