"""An export as people review it, and what they are told of what is not in it."""

import textwrap

from reconciler.config.schemas import schema_names
from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.export import Block, Export, LeftOut
from reconciler.model.observed import Phase
from reconciler.views.export_yaml import document, render, report, unread

KINDS = load_kinds()
MAY = 1_747_267_200_000_000  # 2025-05-15
FACTS = {"record_count": 98, "namespace_count": 1, "size_bytes": 1_048_576, "created_at": MAY}
TAGS = {"team": "search", "a": "1"}
EXPORT = Export(
    configuration="docs-platform",
    blocks=(
        Block(
            Address("backup", "docs"),
            "8c85e612",
            {"index": "docs-prod", "description": "a ${var.b}: #1\n::set-output\u202e é"},
            Phase.READY,
            FACTS,
        ),
        Block(
            Address("backup", "nightly"),
            "1e5",
            {"index": "docs-prod"},
            Phase.RUNNING,
            note="called évil\n  adopt: other, which no configuration can say",
        ),
        Block(
            Address("restore", "again"),
            "again",
            {"from": {"backup_id": "8c85e612"}, "tags": TAGS},
            Phase.READY,
        ),
    ),
    left_out=(
        *(
            LeftOut("backup", f"b{n}", "nightly", "managed by this state", managed=True)
            for n in "12"
        ),
        LeftOut("backup", "b3", "", "it has failed"),
        *(LeftOut("import", f"{n}", "s3://user:secret@b/docs", "odd\r\nly") for n in range(12)),
    ),
    unreadable={"imports:docs-prod": "no answer", "restore_jobs": "no answer"},
)


def test_a_file_to_review_is_sorted_short_and_inert() -> None:
    _, _, text = render(EXPORT, KINDS, adopt=True).partition("#\n")
    assert text == textwrap.dedent(
        r"""
        # What is in the project and in no state that we know. The keys are yours to choose.
        # `adopt` takes an object up as it is; these lines can go once they are applied.
        # Incomplete: the lists of imports of docs-prod, restore jobs could not be read.
        version: 1
        name: docs-platform

        backups:
          docs:  # 98 records, 1 namespace, 1.0 MiB, taken 2025-05-15
            index: docs-prod
            description: "a $${var.b}: #1\n::set-output\u202e é"
            adopt: 8c85e612
          nightly:  # still running
            # called évil\x0a  adopt: other, which no configuration can say
            index: docs-prod
            adopt: "1e5"

        restores:
          again:
            from:
              backup_id: 8c85e612
            tags:
              a: "1"
              team: search
            adopt: again
        """
    ).removeprefix("\n")


def test_where_only_ascii_can_be_written_the_same_is_escaped() -> None:
    text = render(EXPORT, KINDS, adopt=True, ascii_only=True)
    assert text.isascii()
    assert r"# called \xe9vil\x0a  adopt: other" in text
    assert r'description: "a $${var.b}: #1\n::set-output\u202E \xE9"' in text


def test_editors_find_the_schema_in_the_first_line() -> None:
    first, how = render(EXPORT, KINDS, adopt=False).splitlines()[:2]
    assert first == "# yaml-language-server: $schema=reconciler.schema.json"
    assert "`reconciler schema reconciler > reconciler.schema.json`" in how
    assert "reconciler" in schema_names()


def test_without_adopt_the_file_says_what_applying_it_would_do() -> None:
    text = render(EXPORT, KINDS, adopt=False)
    assert "adopt: 8c85e612" not in text
    assert (
        "# Applied like this, backups are taken anew, and a plan with imports or restores" in text
    )


def test_json_holds_the_same() -> None:
    found = document(EXPORT, KINDS, adopt=True)
    assert found["restores"] == {
        "again": {"from": {"backup_id": "8c85e612"}, "tags": TAGS, "adopt": "again"}
    }
    assert list(found) == ["version", "name", "backups", "restores"]


def test_what_was_left_out_is_told_by_reason() -> None:
    assert "".join(f"{line.text}\n" for line in report(EXPORT, 80)) == textwrap.dedent(
        r"""
        Exported: 2 backups, 1 restore.
        Left out:
          backup, it has failed: b3
          backup, managed by this state: 2
          import, odd\x0d\x0aly: 0 ("s3://***@b/docs"), 1 ("s3://***@b/docs"), 2
            ("s3://***@b/docs"), 3 ("s3://***@b/docs"), 4 ("s3://***@b/docs"), 5
            ("s3://***@b/docs"), 6 ("s3://***@b/docs"), 7 ("s3://***@b/docs"), 8
            ("s3://***@b/docs"), 9 ("s3://***@b/docs") and 2 more
        What is managed is not in it: plan it together with the configuration of this
        state.
        """
    ).removeprefix("\n")


def test_lists_that_failed_alike_are_told_together() -> None:
    (told,) = unread(EXPORT)
    assert told.summary == (
        "the lists of imports of docs-prod, restore jobs could not be read: no answer"
    )
