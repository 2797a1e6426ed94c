"""Bugs that decide about an object what is not so: made again, started again, or told as done."""

from collections.abc import Sequence

from museum.mutant import Mutant

_LIVES = "simulation/test_lives.py::test_"

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "other-words-ignored",
        "A backup that is declared with other words counts as declared.",
        "kinds/backup.py",
        '"description": FieldRule.IMMUTABLE,',
        '"description": FieldRule.LOCAL,',
        (f"{_LIVES}a_backup_that_is_declared_otherwise_is_not_as_declared",),
    ),
    Mutant(
        "trigger-ignored",
        "Another `trigger` of an import counts as the one that has run.",
        "kinds/import_.py",
        '"trigger": FieldRule.IDENTITY,',
        '"trigger": FieldRule.NEXT_RUN,',
        (f"{_LIVES}an_import_with_another_trigger_has_not_run_yet",),
    ),
    Mutant(
        "replaced-twice",
        "`--replace` makes yet another while what it replaced is still left over.",
        "planning/existing.py",
        "if is_asked(case.given, case.address):",
        "if case.must_replace:",
        (f"{_LIVES}a_replacement_whose_delete_is_left_is_not_made_twice",),
    ),
    Mutant(
        "started-again-running",
        "An import that was started by `--replace` is started again while it runs.",
        "planning/existing.py",
        """    if entry.phase is Phase.RUNNING:
        return _running(case, observed, entry, differs)""",
        """    if entry.phase is Phase.RUNNING:
        if case.must_replace and case.kind.rules.when_gone is WhenGone.HISTORY:
            return anew(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
        return _running(case, observed, entry, differs)""",
        (f"{_LIVES}an_import_that_is_asked_for_once_more_is_not_started_while_it_runs",),
    ),
    Mutant(
        "quota-is-success",
        "A create that the quota refuses counts as done.",
        "engine/step.py",
        "        found = _end(step, Outcome.FAILED, first.summary, first.hint, _cause(error))\n",
        """        ended = Outcome.DONE if first.reference == "quota" else Outcome.FAILED
        found = _end(step, ended, first.summary, first.hint, _cause(error))
""",
        (f"{_LIVES}what_the_quota_refuses_is_not_told_as_made",),
    ),
)
