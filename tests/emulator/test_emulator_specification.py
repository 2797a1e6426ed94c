"""A bounded part of the proof that no made-up request gets an answer that is not as published."""

from collections import Counter

import pytest
from emulator.published import PUBLISHED_VERSIONS, available
from proofs.specification import Tally, check


@pytest.mark.parametrize("version", PUBLISHED_VERSIONS)
def test_made_up_requests_are_answered_as_published(version: str) -> None:
    if not available():
        pytest.skip("the published descriptions are not on this machine")
    tally = check(version, examples=2, number=0)
    assert tally.failures == {}
    assert tally.statuses[200] > 50
    assert tally.statuses[400] > 50


def test_an_operation_that_was_never_asked_or_never_carried_out_is_a_failure() -> None:
    tally = Tally({"embed": Counter({200: 1}), "rerank": Counter({400: 3})})
    for operation in ("embed", "rerank", "query"):
        tally.require_done(operation)
    assert tally.failures == {
        "rerank: never carried out": "answers by status: {400: 3}",
        "query: never carried out": "answers by status: {}",
    }
