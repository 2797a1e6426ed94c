"""Names for what nobody has named yet: valid, free, and always the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import NAME_PATTERN
from reconciler.model.values import SECOND
from reconciler.planning.naming import Nameless, names_for

MONDAY = 1_763_942_400 * SECOND  # 2025-11-24
DAY = 86_400 * SECOND
NAMES = st.text() | st.sampled_from(["nightly", "Nightly", "a" * 60, "", "-", "日本", "nightly-2"])
OBJECTS = st.lists(
    st.builds(Nameless, NAMES, st.none() | st.integers(0, 4).map(lambda n: MONDAY + n * DAY)),
    max_size=12,
)


def names(*called: str, taken: tuple[str, ...] = ()) -> tuple[str, ...]:
    return names_for([Nameless(one) for one in called], taken, otherwise="backup")


def test_a_name_says_what_the_object_is_called() -> None:
    found = names("nightly", "Vor dem Re-Embedding (März)", "nightly-2026-11-23T12:00:00Z", "日本")
    assert found == (
        "nightly",
        "vor-dem-re-embedding-marz",
        "nightly-2026-11-23t12-00-00z",
        "backup",
    )


def test_several_of_one_name_are_told_apart_by_day_and_number() -> None:
    objects = [
        Nameless("nightly", MONDAY),
        Nameless("nightly", MONDAY + DAY),
        Nameless("nightly", MONDAY + DAY + 1),
        Nameless("weekly", MONDAY),
    ]
    assert names_for(objects, (), otherwise="backup") == (
        "nightly-2025-11-24",
        "nightly-2025-11-25",
        "nightly-2025-11-25-2",
        "weekly",
    )


def test_what_is_taken_stays_free() -> None:
    assert names("nightly", taken=("nightly", "nightly-2")) == ("nightly-3",)


def test_an_object_keeps_the_name_that_it_had_with_us() -> None:
    objects = [
        Nameless("first", before="second"),
        Nameless("second"),
        Nameless("x", before="second"),
    ]
    assert names_for(objects, ("second",), otherwise="backup") == ("second", "second-2", "x")


@given(OBJECTS, st.sets(st.sampled_from(["nightly", "backup", "nightly-2025-11-24"])))
def test_names_are_valid_free_and_unlike_each_other(
    objects: list[Nameless], taken: set[str]
) -> None:
    found = names_for(objects, taken, otherwise="backup")
    assert len(set(found)) == len(objects)
    assert not taken & set(found)
    assert all(re.fullmatch(NAME_PATTERN, name) for name in found)
    assert names_for(objects, taken, otherwise="backup") == found
