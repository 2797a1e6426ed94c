"""Mistakes end in one clear error, the documented exit code, and nothing written."""

import pytest
from rehearsal.stage import DOCS, KEY, Stage

CONFIGURATION_MISTAKES = {
    "unknown key": (
        {"main.yaml": "version: 1\nbackups:\n  docs:\n    indx: docs-prod\n    index: docs-prod\n"},
        ["unknown-key", "conf/main.yaml:4:5", 'Did you mean "index"?'],
    ),
    "wrong type": (
        {"main.yaml": "version: 1\nbackups:\n  docs:\n    index: 7\n"},
        ["wrong-type", "conf/main.yaml:4:12"],
    ),
    "one address in two files": (
        {"a.yaml": DOCS, "b.yaml": DOCS},
        ["address-twice", "conf/a.yaml:4:3", "conf/b.yaml:4:3"],
    ),
    "empty file": ({"main.yaml": ""}, ["empty-file", "conf/main.yaml"]),
}


@pytest.mark.parametrize("mistake", CONFIGURATION_MISTAKES)
@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_a_mistake_in_the_yaml_is_one_error_with_its_place(
    stage: Stage, mistake: str, command: str
) -> None:
    files, wanted = CONFIGURATION_MISTAKES[mistake]
    for name, text in files.items():
        stage.write(text, name)
    more = ["--auto-approve"] if command == "apply" else []
    result = stage.run(command, "conf", *more)
    assert result.code == 1
    assert result.err.count("error:") == 1
    assert "hint:" in result.err
    for part in wanted:
        assert part in result.err
    assert result.out == ""
    assert_nothing_happened(stage)


def test_all_mistakes_are_told_at_once(stage: Stage) -> None:
    stage.write("version: 1\nbackups:\n  docs: {indx: a}\n  more: {index: 7}\n")
    stage.write("version: 2\n", "b.yaml")
    assert stage.run("validate", "conf").err.count("error:") >= 4


def test_a_missing_file_is_named(stage: Stage) -> None:
    result = stage.run("plan", "nowhere.yaml")
    assert result.code == 1
    assert "file-missing" in result.err
    assert "nowhere.yaml" in result.err
    assert_nothing_happened(stage)


def test_a_missing_key_is_an_exit_of_its_own(stage: Stage) -> None:
    stage.write(DOCS)
    stage.variables["PINECONE_API_KEY"] = ""
    result = stage.plan()
    assert result.code == 9
    assert (
        one_error(result.err) == "error: api-key-missing: no API key: PINECONE_API_KEY is not set"
    )
    assert_nothing_happened(stage)


def test_a_refused_key_is_an_exit_of_its_own(stage: Stage) -> None:
    stage.write(DOCS)
    stage.variables["PINECONE_API_KEY"] = "pk_invalid"  # the emulator answers 401 as plain text
    for result in (stage.plan(), stage.apply()):
        assert result.code == 9
        assert "api-key-refused" in one_error(result.err)
        assert "Invalid API key" in result.err
    assert_nothing_happened(stage)


def test_a_gateway_that_answers_html_is_an_error_without_the_html(stage: Stage) -> None:
    stage.write(DOCS)
    for operation in ("list_indexes", "list_project_backups", "list_restore_jobs"):
        stage.fault(operation, "html", when="before", status=502, times=100)
    for result in (stage.plan(), stage.apply()):
        assert result.code == 1
        assert "502" in one_error(result.err)
        assert "<html" not in result.err.lower()
    assert_nothing_happened(stage)


def test_one_list_that_fails_plans_nothing_that_hangs_on_it(stage: Stage) -> None:
    stage.write("version: 1\nimports: {november: {index: docs-prod, uri: s3://b/november}}\n")
    assert stage.apply().code == 0
    stage.write(DOCS)
    stage.fault("list_project_backups", "html", when="before", status=502, times=100)
    result = stage.plan()
    assert result.code == 2
    assert "unreadable" in result.out
    assert "Plan: 0 to add" in result.out
    assert stage.apply().code == 3  # the import was forgotten, the backup could not be planned
    assert stage.committed("create_backup") == 0


def test_without_a_state_a_list_that_fails_refuses_all(stage: Stage) -> None:
    stage.write(DOCS)
    stage.fault("list_project_backups", "html", when="before", status=502, times=100)
    for result in (stage.plan(), stage.apply()):
        assert result.code == 6
        assert "there is no state" in result.err
    assert_nothing_happened(stage)


def test_a_host_that_is_not_there_is_said_so(stage: Stage) -> None:
    stage.write(DOCS)
    stage.url = "http://127.0.0.1:9"
    for result in (stage.plan(), stage.apply()):
        assert result.code == 1
        assert "127.0.0.1:9" in one_error(result.err)
    assert not (stage.folder / "state").exists()


@pytest.mark.parametrize("host", ["https://evil.example", "http://api.pinecone.io"])
def test_a_host_that_is_not_pinecone_is_refused_before_anything_is_sent(
    stage: Stage, host: str
) -> None:
    stage.write(DOCS)
    result = stage.run("plan", "conf", "--api-url", host)
    assert result.code == 6
    assert "host-refused" in one_error(result.err)


def test_apply_off_a_terminal_wants_a_decision(stage: Stage) -> None:
    stage.write(DOCS)
    result = stage.run("apply", "conf")
    assert result.code == 64
    assert "--auto-approve" in result.err
    assert_nothing_happened(stage)


def test_a_locked_state_names_its_holder(stage: Stage) -> None:
    stage.knobs(backup_seconds=30)
    stage.write(f"{DOCS}restores:\n  again: {{from: {{backup: docs}}}}\n")
    first = stage.start("apply", "conf", "--auto-approve")
    try:
        while not stage.committed("create_backup"):
            pass
        result = stage.apply()
        assert result.code == 4
        assert f"(process {first.pid}) since " in result.err
        assert " for apply [lock " in result.err
        planned = stage.plan("--out", "plan.json")  # which takes no lock
        assert planned.code == 2
        held = f"(process {first.pid}) holds the state since "
        assert "warning: state-held: " in planned.err
        assert held in planned.err
        for form in ("json", "markdown"):
            assert held in stage.run("show", "plan.json", "-o", form).out
        for look in (("drift", "conf"), ("export",), ("status", "conf")):
            assert held in stage.run(*look).err
    finally:
        stage.advance(60)
        assert first.wait(timeout=30) == 0
        first.communicate()
    assert stage.committed("create_backup") == 1
    assert "holds the state" not in stage.plan().err


def test_the_key_is_nowhere_in_state_or_output(stage: Stage) -> None:
    stage.write(DOCS)
    result = stage.apply("-v")
    assert result.code == 0
    assert "create_backup 201" in result.err
    for path in (stage.folder / "state").iterdir():
        assert KEY not in path.read_text()


def one_error(text: str) -> str:
    """Give the one error line; several would be noise."""
    errors = [line for line in text.splitlines() if line.startswith("error:")]
    assert len(errors) == 1, text
    return errors[0]


def assert_nothing_happened(stage: Stage) -> None:
    """Nothing was created anywhere, and nothing written: no state, no lock, no folder."""
    for operation in ("create_backup", "create_index_from_backup_operation", "startBulkImport"):
        assert stage.committed(operation) == 0
    assert not (stage.folder / "state").exists()
