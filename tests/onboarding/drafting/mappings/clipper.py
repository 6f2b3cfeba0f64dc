"""The licenses of the 1990s: days as numbers, and codes of one letter."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    bps,
    bps_code,
    capitals,
    codes,
    duration,
    local_date,
    money,
    nik,
    number_key,
    person_name,
    text,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.licenses import (
    License,
    LicenseApplication,
    LicenseApplicationKind,
    LicenseApplicationStatus,
    LicenseStatus,
    LicenseType,
)

SOURCE = Source(name="clipper", department="dpmptsp", title="SIM Perizinan")

_izinmst = sa.table(
    "IZINMST",
    sa.column("NOREC", sa.Integer),
    sa.column("NOSK", sa.String(30)),
    sa.column("KDJNSIZN", sa.String(4)),
    sa.column("NOKTP", sa.String(20)),
    sa.column("NMPEMEGA", sa.String(35)),
    sa.column("NMUSAHA", sa.String(40)),
    sa.column("KDKEC", sa.String(7)),
    sa.column("TGLTERBI", sa.Integer),
    sa.column("TGLAKHIR", sa.Integer),
    sa.column("STATUS", sa.String(1)),
    sa.column("HAPUS", sa.String(1)),
)

_jnsizin = sa.table(
    "JNSIZIN",
    sa.column("KDJNSIZN", sa.String(4)),
    sa.column("NMJNSIZN", sa.String(40)),
    sa.column("BIAYA", sa.Integer),
    sa.column("LAMA", sa.String(25)),
)

_mohonizn = sa.table(
    "MOHONIZN",
    sa.column("NOMOHON", sa.Integer),
    sa.column("KDJNSIZN", sa.String(4)),
    sa.column("JNSMOHON", sa.String(1)),
    sa.column("STMOHON", sa.String(1)),
    sa.column("TGLMOHON", sa.String(8)),
    sa.column("NMUSAHA", sa.String(40)),
    sa.column("KDWIL", sa.String(10)),
    sa.column("NPWP", sa.String(20)),
    sa.column("KTPMOHON", sa.String(20)),
    sa.column("HAPUS", sa.String(1)),
)

_license_types_rows = sa.select(
    _jnsizin.c.KDJNSIZN,
    _jnsizin.c.NMJNSIZN,
    sa.cast(_jnsizin.c.BIAYA, sa.String).label("BIAYA"),
    _jnsizin.c.LAMA,
).subquery("t")

LICENSE_TYPES = Mapping(
    record=LicenseType,
    source=SOURCE.name,
    selectable=_license_types_rows,
    columns={
        "id": column("KDJNSIZN", decoder=text()),
        "code": column("KDJNSIZN", decoder=text()),
        "name": column("NMJNSIZN", decoder=capitals()),
        "fee": column("BIAYA", decoder=money(TANGERANG.currency)),
        "promised_time": column("LAMA", decoder=duration()),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

_LICENSES_STATUS = {
    "A": LicenseStatus.ACTIVE,
    "H": LicenseStatus.EXPIRED,
    "B": LicenseStatus.SUSPENDED,
    "C": LicenseStatus.REVOKED,
}

_licenses_rows = sa.select(
    _izinmst.c.NOREC,
    _izinmst.c.NOSK,
    _izinmst.c.KDJNSIZN,
    _izinmst.c.NOKTP,
    _izinmst.c.NMPEMEGA,
    _izinmst.c.NMUSAHA,
    _izinmst.c.KDKEC,
    sa.cast(_izinmst.c.TGLTERBI, sa.String).label("TGLTERBI"),
    sa.func.substr(
        sa.literal("00000000").concat(sa.cast(_izinmst.c.TGLAKHIR, sa.String)),
        -8,
        8,
        type_=sa.String,
    ).label("TGLAKHIR"),
    _izinmst.c.STATUS,
    _izinmst.c.HAPUS,
).subquery("t")

LICENSES = Mapping(
    record=License,
    source=SOURCE.name,
    selectable=_licenses_rows,
    columns={
        "id": column("NOREC", decoder=number_key()),
        "number": column("NOSK", decoder=text()),
        "type_code": column("KDJNSIZN", decoder=text()),
        "status": column("STATUS", decoder=codes(_LICENSES_STATUS)),
        "issued_at": column("TGLTERBI", decoder=local_date("%Y%m%d"), sorts_as="NOREC"),
        "valid_until": column("TGLAKHIR", decoder=local_date("%d%m%Y"), sorts_as="NOREC"),
        "business_name": column("NMUSAHA", decoder=text()),
        "area_bps_code": column("KDKEC", decoder=bps_code(bps.DISTRICT)),
        "holder_nik": column("NOKTP", decoder=nik()),
        "holder_name": column("NMPEMEGA", decoder=person_name()),
    },
    alive=column_equals("HAPUS", "T"),
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(days=7),
    unique_key=True,
)

_LICENSE_APPLICATIONS_STATUS = {
    "1": LicenseApplicationStatus.SUBMITTED,
    "2": LicenseApplicationStatus.IN_REVIEW,
    "3": LicenseApplicationStatus.RETURNED,
    "4": LicenseApplicationStatus.APPROVED,
    "5": LicenseApplicationStatus.REJECTED,
}

_LICENSE_APPLICATIONS_KIND = {
    "B": LicenseApplicationKind.NEW,
    "P": LicenseApplicationKind.RENEWAL,
    "U": LicenseApplicationKind.CHANGE,
}

LICENSE_APPLICATIONS = Mapping(
    record=LicenseApplication,
    source=SOURCE.name,
    selectable=_mohonizn,
    columns={
        "id": column("NOMOHON", decoder=number_key()),
        "license_type_code": column("KDJNSIZN", decoder=text()),
        "kind": column("JNSMOHON", decoder=codes(_LICENSE_APPLICATIONS_KIND)),
        "status": column("STMOHON", decoder=codes(_LICENSE_APPLICATIONS_STATUS)),
        "submitted_at": column("TGLMOHON", decoder=local_date("%d%m%Y"), sorts_as="NOMOHON"),
        "business_name": column("NMUSAHA", decoder=text()),
        "area_bps_code": column("KDWIL", decoder=bps_code(bps.VILLAGE)),
        "tax_number": column("NPWP", decoder=text()),
        "applicant_nik": column("KTPMOHON", decoder=nik()),
    },
    alive=column_equals("HAPUS", "T"),
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(days=7),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (LICENSE_TYPES, LICENSES, LICENSE_APPLICATIONS))
