"""Permit Office: the finished mapping of the schema `years_as_areas`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import amount, codes, local_date, nik, number_key, person_name, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.licenses import License, LicenseStatus, LicenseType

SOURCE = Source(name="years_as_areas", department="dpmptsp", title="Permit Office")

_people = sa.table(
    "people",
    sa.column("id", sa.Integer),
    sa.column("full_name", sa.String(60)),
    sa.column("national_id", sa.String(20)),
)

_permit_types = sa.table(
    "permit_types",
    sa.column("id", sa.Integer),
    sa.column("code", sa.String(6)),
    sa.column("name", sa.String(40)),
    sa.column("fee", sa.Numeric),
)

_permits = sa.table(
    "permits",
    sa.column("id", sa.Integer),
    sa.column("permit_no", sa.String(12)),
    sa.column("type_id", sa.Integer),
    sa.column("state_id", sa.Integer),
    sa.column("issue_date", sa.Date),
    sa.column("expiry_date", sa.Date),
    sa.column("holder_id", sa.Integer),
    sa.column("business_name", sa.String(60)),
)

_license_types_rows = sa.select(
    _permit_types.c.id,
    _permit_types.c.code,
    _permit_types.c.name,
    sa.cast(_permit_types.c.fee, sa.String).label("fee"),
).subquery("t")

LICENSE_TYPES = Mapping(
    record=LicenseType,
    source=SOURCE.name,
    selectable=_license_types_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("code", decoder=text()),
        "name": column("name", decoder=text()),
        "fee": column("fee", decoder=amount(TANGERANG.currency, "{}.00", digits_max=12)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

_LICENSES_STATUS = {
    1: LicenseStatus.ACTIVE,
    2: LicenseStatus.EXPIRED,
    3: LicenseStatus.SUSPENDED,
    4: LicenseStatus.REVOKED,
}

_licenses_rows = (
    sa.select(
        _permits.c.id,
        _permits.c.permit_no,
        _permits.c.state_id,
        sa.func.to_char(_permits.c.issue_date, "YYYY-MM-DD", type_=sa.String).label("issue_date"),
        sa.func.to_char(_permits.c.expiry_date, "YYYY-MM-DD", type_=sa.String).label("expiry_date"),
        _permits.c.business_name,
        _people.c.national_id,
        _people.c.full_name,
        _permit_types.c.code,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_permits, _permit_types, _permit_types.c.id == _permits.c.type_id),
            _people,
            _people.c.id == _permits.c.holder_id,
        ),
    )
    .subquery("t")
)

LICENSES = Mapping(
    record=License,
    source=SOURCE.name,
    selectable=_licenses_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "number": column("permit_no", decoder=text()),
        "type_code": column("code", decoder=text()),
        "status": column("state_id", decoder=codes(_LICENSES_STATUS)),
        "issued_at": column("issue_date", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "valid_until": column("expiry_date", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "business_name": column("business_name", decoder=text()),
        "holder_nik": column("national_id", decoder=nik()),
        "holder_name": column("full_name", decoder=person_name()),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (LICENSE_TYPES, LICENSES))
