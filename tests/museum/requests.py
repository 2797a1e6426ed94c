"""Bugs in how requests are sent, and in what is taken for an answer."""

from collections.abc import Sequence

from museum.mutant import SEEDS, Mutant

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "resent-after-drop",
        "A create is sent again when the connection breaks.",
        "api/sender.py",
        "uncertain(request, why), answer, repeat=False",
        "uncertain(request, why), answer, repeat=answer is None",
        (SEEDS, "unit/api/test_sending.py::test_a_create_of_unknown_outcome_is_sent_exactly_once"),
    ),
    Mutant(
        "resent-after-5xx",
        "A create is sent again when the server answers that it failed.",
        "api/sender.py",
        "uncertain(request, why), answer, repeat=False",
        "uncertain(request, why), answer, repeat=answer is not None and answer.status >= 500",
        (SEEDS, "unit/api/test_sending.py::test_a_create_of_unknown_outcome_is_sent_exactly_once"),
    ),
    Mutant(
        "5xx-is-no",
        "A server that failed is taken for one that refused, so that nothing was made.",
        "api/failures.py",
        "or _moved(answer) or status >= _FIRST_FAILURE",
        "or _moved(answer)",
        (SEEDS, "simulation/test_lost_answers.py::test_a_lost_answer_is_settled_in_the_same_run"),
    ),
    Mutant(
        "stale-connection",
        "A create goes out on a connection that was kept, which may be closed already.",
        "api/sender.py",
        "fresh=request.effect is Effect.CREATE",
        "fresh=False",
        ("simulation/test_making.py::test_creates_go_out_on_a_fresh_connection_and_reads_do_not",),
    ),
    Mutant(
        "page-is-404",
        "A web page with the status 404, as proxies serve it, is taken for the API's word.",
        "api/failures.py",
        "return strange or lost or status",
        "return strange or status",
        ("unit/api/test_sending.py::test_a_create_of_unknown_outcome_is_sent_exactly_once",),
    ),
    Mutant(
        "redirect-followed",
        "A redirect is followed, and the key goes along.",
        "api/http.py",
        '"follow_redirects": False',
        '"follow_redirects": True',
        ("unit/api/test_http_key.py::test_a_redirect_is_handed_back_and_its_target_never_asked",),
    ),
    Mutant(
        "any-host",
        "A host that only contains our domain gets the key, as in x.pinecone.io.example.",
        "api/hosts.py",
        "url.host.endswith(_DOMAIN)",
        "_DOMAIN in url.host",
        ("unit/api/test_hosts.py::test_the_key_never_leaves_for_a_refused_host",),
    ),
    Mutant(
        "retry-after-unbounded",
        "A server may have us wait as long as it likes.",
        "api/retry.py",
        "return min(max(seconds, 0.0), LONGEST_SECONDS)",
        "return max(seconds, 0.0)",
        ("unit/api/test_sending.py::test_patience_with_too_many_requests_ends",),
    ),
    Mutant(
        "partial-list",
        "A page that cannot be read is taken for the end of the list.",
        "api/client.py",
        """if token is not None and error.diagnostics[0].reference == "api-refused":
                    return None""",
        """if token is not None:
                    return tuple(found.values())""",
        ("unit/api/test_lists.py::test_a_list_is_never_given_in_part",),
    ),
    Mutant(
        "failed-list-empty",
        "A list that failed is taken for an empty one.",
        "engine/observe.py",
        "unreadable[listing.name] = result.diagnostics[0].summary",
        "lists[listing.name] = ()",
        (
            "simulation/test_observing.py::test_an_unreadable_list_of_backups_plans_nothing_that_hangs_on_it",
        ),
    ),
    Mutant(
        "circle-of-pages",
        "Pages that go round in a circle are read for ever.",
        "api/client.py",
        "if token in tokens:",
        "if token in ():",
        ("unit/api/test_lists.py::test_pages_that_go_round_in_a_circle_are_found_out",),
    ),
    Mutant(
        "error-is-gone",
        "An object that cannot be asked for counts as gone.",
        "engine/confirm.py",
        """return error.diagnostics[0].summary
    return remote.decode_one""",
        """return None
    return remote.decode_one""",
        ("simulation/test_observing.py::test_a_missing_object_is_confirmed_by_its_id",),
    ),
    Mutant(
        "crowd-believed",
        "All entries may be missing from a list at once, and are believed to be gone.",
        "planning/sight.py",
        "CROWD = 3",
        "CROWD = 1_000_000",
        ("golden/test_golden.py::test_plan_is_as_reviewed[guard-three-missing]",),
    ),
    Mutant(
        "backup-made-again",
        "A backup that is gone is taken again, as if a point in time could be.",
        "planning/existing.py",
        "if rules.when_gone is WhenGone.RECREATE:",
        "if rules.when_gone is not WhenGone.HISTORY:",
        ("golden/test_golden.py::test_plan_is_as_reviewed[backup-gone]",),
    ),
    Mutant(
        "import-run-again",
        "A finished import is run again once the API has forgotten it.",
        "planning/existing.py",
        """return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished")
    return _failed""",
        """if finding.observed is None:
            return anew(case, Reason.GONE, "gone from the project")
        return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished")
    return _failed""",
        ("golden/test_golden.py::test_plan_is_as_reviewed[import-finished]",),
    ),
    Mutant(
        "repeated-blindly",
        "A delete is sent once more without a look at what stands there by then.",
        "engine/run.py",
        "if attempt > 1 and look_again is not None:",
        "if attempt > 9 and look_again is not None:",
        (
            "simulation/test_repeating.py::test_an_index_that_somebody_put_in_its_place_is_not_deleted",
            "simulation/test_repeating.py::test_a_copy_that_became_the_last_while_the_delete_waited_stays",
        ),
    ),
    Mutant(
        "young-is-gone",
        "An object that lists do not show yet counts as gone.",
        "planning/sight.py",
        "return Finding(Sight.NOT_YET, why=TOO_YOUNG)",
        "return Finding(Sight.ABSENT)",
        (
            "golden/test_golden.py::test_plan_is_as_reviewed[backup-not-listed-yet]",
            "golden/test_golden.py::test_plan_is_as_reviewed[backup-not-listed-yet-removed]",
        ),
    ),
)
