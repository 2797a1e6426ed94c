"""Copies cost no memory in proportion to the vectors, here with 20,000 of them."""

import tracemalloc
from pathlib import Path

import pytest
from proofs.large_index import copy, load, write_file

VECTORS, DIMENSION = 20_000, 64


@pytest.mark.timeout(60)
def test_backups_and_restored_indexes_share_the_vectors_of_their_index(tmp_path: Path) -> None:
    write_file(tmp_path, VECTORS, DIMENSION)
    tracemalloc.start()
    try:
        project = load(tmp_path, DIMENSION)
        alone = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        counts = copy(project, DIMENSION)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counts.agree
    assert counts.index == VECTORS
    assert alone > VECTORS * DIMENSION * 4
    # Ten backups, a second index and a hundred vectors written anew in each of the two.
    assert peak < 1.2 * alone
