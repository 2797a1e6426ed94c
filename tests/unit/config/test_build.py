"""Files of a run become one configuration, the same whatever their names, order and layout."""

from pathlib import Path

import pytest
from unit.timing import growth

from reconciler.config.build import build, load
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.desired import Configuration, Ensure, Lifecycle, Moved, OnChange, OnRemove

KINDS = {
    name: kind for name, kind in load_kinds().items() if name in {"backup", "restore", "import"}
}

FULL = """\
version: 1
name: docs-platform
x-base: &life {prevent_destroy: true, on_change: replace}
backups:
  docs-before:
    index: docs-prod
    description: Before the re-embedding
    lifecycle: *life
restores:
  docs-recovered:
    from: {backup: docs-before}
    adopt: docs-recovered
imports:
  docs-2026-11:
    index: docs-recovered
    uri: s3://acme-vectors/docs/2026-11
    ensure: cancelled
    depends_on: [restore.docs-recovered]
moved: [{from: backup.old-key, to: backup.docs-before}]
"""


def configure(*texts: str) -> Configuration:
    files = [(f"{place}.yaml", text.encode()) for place, text in enumerate(texts)]
    return build(files, KINDS)


def problems(*texts: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        configure(*texts)
    return [f"{p.source} {p.reference}: {p.summary}" for p in caught.value.diagnostics]


def test_objects_have_their_fields_places_and_lifecycle() -> None:
    found = configure(FULL)
    backup = found.desired[Address("backup", "docs-before")]
    assert backup.fields == {
        "name": "docs-before",
        "index": "docs-prod",
        "description": "Before the re-embedding",
    }
    assert str(backup.source) == "0.yaml:5:3"
    assert backup.lifecycle == Lifecycle(True, OnRemove.KEEP, OnChange.REPLACE)  # noqa: FBT003
    restore = found.desired[Address("restore", "docs-recovered")]
    assert restore.adopt == "docs-recovered"
    assert restore.fields["index"] == "docs-recovered"
    job = found.desired[Address("import", "docs-2026-11")]
    assert job.ensure is Ensure.CANCELLED
    assert job.lifecycle.on_remove is OnRemove.CANCEL
    assert job.depends_on == (restore.address,)


def test_configuration_knows_its_name_moves_and_files() -> None:
    found = configure(FULL)
    assert (found.name, found.files) == ("docs-platform", ("0.yaml",))
    (move,) = found.moved
    assert isinstance(move, Moved)
    assert (str(move.before), str(move.after)) == ("backup.old-key", "backup.docs-before")
    assert str(move.source) == "0.yaml:19:9"


def test_empty_configuration_is_valid() -> None:
    assert configure("version: 1\n").desired == {}
    assert configure("version: 1\n").name == "default"


def test_digest_is_of_values_not_of_layout() -> None:
    one = configure(
        "version: 1\nname: n\nbackups:\n  a: {index: docs}\n  b: {index: docs}\n"
        "moved: [{from: backup.x, to: backup.a}, {from: backup.y, to: backup.b}]\n"
    )
    other = configure(
        "# split\nversion: 1\nbackups: {b: {index: 'docs'}}\n"
        "moved: [{from: backup.y, to: backup.b}]\n",
        "version: 1\nname: n\nx-free: 1\nbackups:\n  a:\n    index: docs\n"
        "moved: [{from: backup.x, to: backup.a}]\n",
    )
    assert one.digest == other.digest
    assert list(one.desired) == list(other.desired)


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nbackups: {a: {index: other}}\n",
        "version: 1\nname: n\nbackups: {a: {index: docs}}\n",
        "version: 1\nbackups: {b: {index: docs}}\n",
        "version: 1\nbackups: {a: {index: docs, ensure: absent}}\n",
        "version: 1\nbackups: {a: {index: docs}}\nmoved: [{from: backup.z, to: backup.a}]\n",
    ],
)
def test_digest_changes_with_every_value(text: str) -> None:
    assert configure(text).digest != configure("version: 1\nbackups: {a: {index: docs}}\n").digest


def test_same_address_in_two_files_names_both_places() -> None:
    text = "version: 1\nbackups:\n  b: {index: docs}\n"
    assert problems(text, text) == [
        "1.yaml:3:3 address-twice: backup.b is declared twice; first at 0.yaml:3:3"
    ]


def test_names_of_files_must_agree() -> None:
    one, two = "version: 1\nname: one\n", "version: 1\nname: two\n"
    assert configure(one, one, "version: 1\n").name == "one"
    assert problems(one, two) == [
        '1.yaml:2:7 name-differs: the configuration is named "two" here and "one" at 0.yaml:2:7'
    ]


def test_references_reach_across_files_and_broken_objects() -> None:
    restore = "version: 1\nrestores: {r: {from: {backup: b}}}\n"
    assert configure("version: 1\nbackups: {b: {index: docs}}\n", restore).desired
    (line,) = problems("version: 1\nbackups: {b: {index: Docs}}\n", restore)
    assert "bad-format" in line


def test_every_error_of_every_file_comes_at_once() -> None:
    found = problems(
        "version: 1\nbackups: {b: {indx: docs}}\n",
        "version: [\n",
        "version: 1\nbackups: {c: !!map {index: 7}}\n",
    )
    assert [line.split(":")[0] + line.split()[1] for line in found] == [
        "0.yamlmissing-key:",
        "0.yamlunknown-key:",
        "1.yamlyaml-syntax:",
        "2.yamlyaml-tag:",
        "2.yamlwrong-type:",
    ]


def test_unreadable_file_makes_no_reference_unknown() -> None:
    (line,) = problems("version: [\n", "version: 1\nrestores: {r: {from: {backup: b}}}\n")
    assert "yaml-syntax" in line


def test_password_of_a_uri_is_never_shown() -> None:
    text = (
        "version: 1\nimports: {i: {index: docs, uri: 'https://me:hunter2/x@host/?sig=hunter2'}}\n"
    )
    assert "hunter2" not in "".join(problems(text))


def test_every_cycle_is_named() -> None:
    names = ("a", "b"), ("c", "d"), ("e", "e")
    blocks = "".join(
        f"  {one}: {{index: docs, depends_on: [backup.{two}]}}\n"
        for pair in names
        for one, two in dict.fromkeys((pair, pair[::-1]))
    )
    found = problems(f"version: 1\nbackups:\n{blocks}")
    assert [line.split(": ", 1)[1] for line in found] == [
        "backup.a -> backup.b -> backup.a wait for each other",
        "backup.c -> backup.d -> backup.c wait for each other",
        "backup.e waits for itself",
    ]


def test_imports_with_another_trigger_are_no_rivals() -> None:
    item = "{index: docs, uri: s3://b/c, trigger: %s}"
    text = f"version: 1\nimports:\n  a: {item % 'one'}\n  b: {item % 'two'}\n"
    assert len(configure(text).desired) == 2


def test_load_reads_folders_and_reports_missing_paths_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nbackups: {b: {index: docs}}\n")
    assert list(load([str(tmp_path)], KINDS).desired) == [Address("backup", "b")]
    (tmp_path / "b.yaml").write_text("version: 2\n")
    with pytest.raises(ConfigError) as caught:
        load([str(tmp_path), str(tmp_path / "gone")], KINDS)
    assert {problem.reference for problem in caught.value.diagnostics} == {
        "file-missing",
        "value-not-allowed",
    }


def test_ten_times_the_objects_load_in_about_ten_times_the_time() -> None:
    def load_many(count: int) -> None:
        blocks = "".join(f"  docs-{n}: {{index: docs}}\n" for n in range(count))
        assert len(configure(f"version: 1\nbackups:\n{blocks}").desired) == count

    assert growth(load_many, 200, 2_000) < 30


def test_ten_times_the_unknown_references_are_told_in_about_ten_times_the_time() -> None:
    def tell_many(count: int) -> None:
        blocks = "".join(
            f"  docs-{n}: {{index: docs, depends_on: [backup.none-{n}]}}\n" for n in range(count)
        )
        assert len(problems(f"version: 1\nbackups:\n{blocks}")) == count

    assert growth(tell_many, 30, 300) < 30
