"""Hospital Desk: the finished mapping of the schema `settings_table`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.hospitals import Hospital, HospitalClass, HospitalType

SOURCE = Source(name="settings_table", department="dinkes", title="Hospital Desk")

_app_settings = sa.table(
    "app_settings",
    sa.column("setting_key", sa.String(40)),
    sa.column("setting_value", sa.String(200)),
)

_hospital_app_settings = sa.select(
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_address", _app_settings.c.setting_value)),
    ).label("hospital_address"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_class", _app_settings.c.setting_value)),
    ).label("hospital_class"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_code", _app_settings.c.setting_value)),
    ).label("hospital_code"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_district", _app_settings.c.setting_value)),
    ).label("hospital_district"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_name", _app_settings.c.setting_value)),
    ).label("hospital_name"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_owner", _app_settings.c.setting_value)),
    ).label("hospital_owner"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_phone", _app_settings.c.setting_value)),
    ).label("hospital_phone"),
    sa.func.max(
        sa.case((_app_settings.c.setting_key == "hospital_type", _app_settings.c.setting_value)),
    ).label("hospital_type"),
).subquery("hospital_app_settings")

_HOSPITALS_KIND = {
    "RSU": HospitalType.GENERAL,
}

_HOSPITALS_HOSPITAL_CLASS = {
    "B": HospitalClass.B,
}

HOSPITALS = Mapping(
    record=Hospital,
    source=SOURCE.name,
    selectable=_hospital_app_settings,
    columns={
        "id": column("hospital_code", decoder=text()),
        "code": column("hospital_code", decoder=text()),
        "name": column("hospital_name", decoder=text()),
        "kind": column("hospital_type", decoder=codes(_HOSPITALS_KIND)),
        "hospital_class": column("hospital_class", decoder=codes(_HOSPITALS_HOSPITAL_CLASS)),
        "owner": column("hospital_owner", decoder=text()),
        "phone": column("hospital_phone", decoder=text(), publishes="the hospital's own line"),
        "address": column("hospital_address", decoder=text()),
        "area_code": column("hospital_district", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (HOSPITALS,))
