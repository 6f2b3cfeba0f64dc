"""Global ids: many at once are what each is alone, and each is read back."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from schema.core.relay import ID_CHARS_MAX, GlobalId, global_id_of, global_ids

KEYS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.integers())


@given(st.lists(KEYS, max_size=20))
@example(["a\0b", "c"])
@example(["\0License:1"])
@example([])
def test_many_at_once_are_what_each_is_alone(keys: list[object]) -> None:
    assert global_ids("License", keys) == [str(GlobalId("License", str(key))) for key in keys]


@given(KEYS)
def test_each_is_read_back(key: object) -> None:
    (text,) = global_ids("License", [key])
    assert len(text) > ID_CHARS_MAX or global_id_of(text) == GlobalId("License", str(key))
