"""A bounded part of the proof that no made-up request gets an answer that is not as published."""

import pytest
from emulator.published import PUBLISHED_VERSIONS, available
from proofs.specification import check


@pytest.mark.parametrize("version", PUBLISHED_VERSIONS)
def test_made_up_requests_are_answered_as_published(version: str) -> None:
    if not available():
        pytest.skip("the published descriptions are not on this machine")
    tally = check(version, examples=2, number=0)
    assert tally.failures == {}
    assert tally.statuses[200] > 50
    assert tally.statuses[400] > 50
