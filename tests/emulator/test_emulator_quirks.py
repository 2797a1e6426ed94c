"""Quirks: oddities of the reference pages, and that every one of them is shown."""

import json
from typing import Any

import pytest
from emulator.driver import Driver
from emulator.published import QUIRKS, Answer, available, description, problem

IMPORTS = "/bulk/imports"


@pytest.fixture
def odd() -> Driver:
    driver = Driver(quirks=True)
    driver.seed("docs")
    return driver


def keys(fields: Any) -> set[str]:  # noqa: ANN401
    return set(fields)


def test_backups_have_nine_digits_no_metric_and_null_for_what_was_not_said(odd: Driver) -> None:
    backup = odd.ready_backup()
    described = odd.ask("GET", f"/backups/{backup}")
    assert described["created_at"] == "2026-12-01T00:00:00.000000882Z"
    assert (described["name"], described["description"]) == (None, None)
    assert "metric" not in described
    assert (described["dimension"], described["tags"]) == (8, {"team": "samples"})


def test_backup_of_a_sparse_index_has_dimension_zero_and_no_tags_are_null(odd: Driver) -> None:
    place = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    body = {"name": "words", "vector_type": "sparse", "metric": "dotproduct", "spec": place}
    odd.ask("POST", "/indexes", body, expect=201)
    made = odd.backup("words")
    odd.sleep(2)
    described = odd.ask("GET", f"/backups/{made}")
    assert (described["dimension"], described["tags"]) == (0, None)


def test_the_last_page_says_so_with_null(odd: Driver) -> None:
    for _ in range(3):
        odd.backup()
    first = odd.ask("GET", "/backups?limit=2")
    last = odd.ask("GET", f"/backups?paginationToken={first['pagination']['next']}")
    assert last["pagination"] is None


def test_restore_jobs_have_four_digits_and_an_offset(odd: Driver) -> None:
    job = odd.restore(odd.ready_backup())["restore_job_id"]
    odd.sleep(3)
    described = odd.ask("GET", f"/restore-jobs/{job}")
    assert described["created_at"] == "2026-12-01T00:00:01.5000Z"
    assert described["completed_at"] == "2026-12-01T00:00:04.0000+00:00"


def test_imports_have_the_other_spelling_and_another_beginning_in_lists(odd: Driver) -> None:
    host = odd.host("docs")
    odd.ask("POST", host + IMPORTS, {"uri": "s3://b/new"})
    odd.sleep(5)
    described = odd.ask("GET", f"{host}{IMPORTS}/1")
    (listed,) = odd.ask("GET", host + IMPORTS)["data"]
    assert {"created_at", "finished_at", "percent_complete", "records_imported"} < keys(described)
    assert keys(listed) == keys(described) - {"created_at"} | {"started_at"}


def test_embeddings_do_not_say_what_kind_they_are(odd: Driver) -> None:
    body = {
        "model": "multilingual-e5-large",
        "inputs": [{"text": "a"}],
        "parameters": {"input_type": "query"},
    }
    assert "vector_type" not in odd.ask("POST", "/embed", body)


def test_answers_without_quirks_are_not_those_with(project: Driver) -> None:
    """The watch over the tests above looks for the quirks, and would miss none of them."""
    backup, host = project.ready_backup(), project.host("docs")
    project.ask("POST", host + IMPORTS, {"uri": "s3://b/new"})
    paths = {
        "describe_backup": f"/backups/{backup}",
        "list_project_backups": "/backups",
        "listBulkImports": host + IMPORTS,
        "describeBulkImport": f"{host}{IMPORTS}/1",
        "list_models": "/models",
        "list_restore_jobs": "/restore-jobs",
    }
    for operation, path in paths.items():
        body = json.dumps(project.ask("GET", path)).encode()
        plain = Answer(operation, "2025-04", 200, "application/json", body)
        assert not available() or problem(plain) is None
        assert problem(plain, quirks=True) is not None


def test_every_operation_with_quirks_is_described() -> None:
    assert description(QUIRKS).responses.keys() >= {"describe_backup", "embed", "get_model"}
