"""Records: what a declaration becomes, and every contradiction that is refused when the module is loaded."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.areas import Area
from models.complaints import Complaint
from models.records import KEY, Field, PersonalClass, Record, Registry, Relation, field, to_many, to_one
from models.values.types import AreaCode, BpsCode, Nik
from schema.build import RECORDS


class Shop(Record, name="shops"):
    id: str = field("The key of the shop")
    name: str | None = field("The name of the shop", filter=True, sort=True)
    owner_nik: Nik | None = field("The owner", personal=PersonalClass.GENERAL)
    area_code: AreaCode | None = field("Where it is", group=True)

    sales = to_many("sales", on={"id": "shop_id"})


class Sale(Record, name="sales"):
    id: str = field("The key of the sale")
    shop_id: str = field("The key of the shop")
    at: datetime | None = field("When it was sold", sort=True)

    shop = to_one("shops", on={"shop_id": "id"})


# --- What a declaration becomes ---------------------------------------------------------------------------------------


def test_fields_are_what_was_declared() -> None:
    assert list(Shop.fields) == ["id", "name", "owner_nik", "area_code"]
    assert Shop.fields["name"] == Field(
        name="name",
        clean_type=str,
        nullable=True,
        description="The name of the shop",
        personal=PersonalClass.NON_PERSONAL,
        filter=True,
        sort=True,
        group=False,
    )
    assert Shop.fields["id"].nullable is False
    assert Shop.fields["owner_nik"].clean_type is Nik
    assert Shop.fields["owner_nik"].personal is PersonalClass.GENERAL
    assert (Shop.fields["area_code"].filter, Shop.fields["area_code"].group) == (False, True)


def test_relations_are_what_was_declared() -> None:
    assert Shop.relations == {
        "sales": Relation("shops", "sales", "sales", (("id", "shop_id"),), many=True, within=False)
    }
    assert Sale.relations == {
        "shop": Relation("sales", "shop", "shops", (("shop_id", "id"),), many=False, within=False)
    }
    assert Area.relations["complaints"].within


def test_a_record_keeps_its_own_name_beside_a_field_of_that_name() -> None:
    records: list[type[Record]] = [Shop, Sale, Area]
    assert [record.name for record in records] == ["shops", "sales", "areas"]


def test_a_contract_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Shop.fields["x"] = Shop.fields["id"]  # type: ignore[index]  # that it is refused is the point
    with pytest.raises(TypeError):
        Shop.relations["x"] = Shop.relations["sales"]  # type: ignore[index]  # as above


# --- What a record is refused for -------------------------------------------------------------------------------------


def test_a_field_without_a_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.title has no type annotation"):

        class Bad(Record, name="bad"):
            id: str = field("The key")
            title = field("The title")


def test_a_field_of_two_types_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a field is of one type, not of str \| int"):

        class Bad(Record, name="bad"):
            id: str = field("The key")
            size: str | int = field("The size")


def test_a_record_without_a_key_is_refused() -> None:
    with pytest.raises(TypeError, match="Bad needs a field 'id' that is neither null nor personal"):

        class Bad(Record, name="bad"):
            code: str = field("The code")


def test_a_key_that_may_be_null_is_refused() -> None:
    with pytest.raises(TypeError, match="Bad needs a field 'id' that is neither null nor personal"):

        class Bad(Record, name="bad"):
            id: str | None = field("The key")


@pytest.mark.parametrize("personal", [PersonalClass.GENERAL, PersonalClass.SPECIFIC, PersonalClass.FREE_TEXT])
def test_a_personal_key_is_refused(personal: PersonalClass) -> None:
    with pytest.raises(TypeError, match="Bad needs a field 'id' that is neither null nor personal"):

        class Bad(Record, name="bad"):
            id: str = field("The key", personal=personal)


@pytest.mark.parametrize("personal", [PersonalClass.GENERAL, PersonalClass.SPECIFIC, PersonalClass.FREE_TEXT])
def test_a_personal_field_that_cannot_be_withheld_is_refused(personal: PersonalClass) -> None:
    with pytest.raises(TypeError, match=r"Bad\.nik is personal, so it must be nullable"):

        class Bad(Record, name="bad"):
            id: str = field("The key")
            nik: Nik = field("The resident number", personal=personal)


def test_a_relation_on_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.shop joins on 'shop_id', which is no field of Bad"):

        class Bad(Record, name="bad"):
            id: str = field("The key")
            shop = to_one("shops", on={"shop_id": "id"})


def test_a_relation_on_nothing_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.shop joins on no field"):

        class Bad(Record, name="bad"):
            id: str = field("The key")
            shop = to_one("shops", on={})


def test_a_relation_within_an_area_may_join_on_the_code_of_the_statistics_office() -> None:
    assert Area.relations["licenses"] == Relation(
        "areas", "licenses", "licenses", (("bps_code", "area_bps_code"),), many=True, within=True
    )
    assert Area.fields["bps_code"].clean_type is BpsCode


def test_a_relation_within_something_that_is_no_area_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.shops is within an area, so it joins on one area code"):

        class Bad(Record, name="bad"):
            id: str = field("The key")
            shops = to_many("shops", on={"id": "id"}, within=True)


def test_a_record_has_to_name_itself() -> None:
    with pytest.raises(TypeError, match="name"):

        class Bad(Record):
            id: str = field("The key")


# --- What the registry is refused for ---------------------------------------------------------------------------------


def test_a_registry_knows_its_records_by_name() -> None:
    registry = Registry(Shop, Sale)
    assert registry["shops"] is Shop
    assert list(registry) == [Shop, Sale]
    with pytest.raises(KeyError):
        registry["citizens"]


def test_two_records_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="two records have one name"):
        Registry(Shop, Sale, Shop)


def test_a_relation_to_no_record_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Shop\.sales leads to 'sales', which is no record"):
        Registry(Shop)


def test_a_relation_on_a_field_that_the_target_does_not_have_is_refused() -> None:
    class Stray(Record, name="strays"):
        id: str = field("The key")
        shop = to_one("shops", on={"id": "code"})

    with pytest.raises(TypeError, match=r"Stray\.shop joins on 'code', no field of Shop"):
        Registry(Shop, Sale, Stray)


def test_a_relation_between_two_types_is_refused() -> None:
    # A BPS code looks like a Kemendagri code and means another place: joining them corrupts data silently.
    class Stray(Record, name="strays"):
        id: str = field("The key")
        area_code: BpsCode | None = field("The area")
        shops = to_many("shops", on={"area_code": "area_code"})

    with pytest.raises(TypeError, match=r"Stray\.shops joins 'area_code' to 'area_code', of another type"):
        Registry(Shop, Sale, Stray)


# --- The records of the house -----------------------------------------------------------------------------------------


def test_the_personal_fields_of_complaints() -> None:
    classes = {name: declared.personal for name, declared in Complaint.fields.items()}
    assert {name: kind for name, kind in classes.items() if kind is not PersonalClass.NON_PERSONAL} == {
        "address": PersonalClass.FREE_TEXT,
        "description": PersonalClass.FREE_TEXT,
        "reporter_nik": PersonalClass.GENERAL,
    }


@pytest.mark.parametrize("record", list(RECORDS), ids=lambda record: record.name)
def test_every_record_of_the_house_is_described(record: type[Record]) -> None:
    assert record.__doc__
    assert RECORDS[record.name] is record
    assert record.fields[KEY].clean_type is str
    for declared in record.fields.values():
        assert declared.description
        assert not declared.description.endswith("."), "the graph ends the sentence"
