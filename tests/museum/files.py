"""Bugs in how state is kept on disk, and kept from others."""

from collections.abc import Sequence

from museum.mutant import POINTS, Mutant

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "data-not-synced",
        "What was appended is acknowledged before the disk has it.",
        "statefile/disk.py",
        "            _sync_data(descriptor)\n",
        "",
        ("unit/statefile/test_disk.py::test_append_and_new_files_are_synced",),
    ),
    Mutant(
        "folder-not-synced",
        "A file is renamed into place, and the folder is not synced.",
        "statefile/local.py",
        """        self._disk.replace(temporary, target)
        self._disk.sync_folder(self._folder)""",
        "        self._disk.replace(temporary, target)",
        (
            POINTS,
            "unit/statefile/test_crash.py::test_power_loss_at_any_step_keeps_what_was_acknowledged",
        ),
    ),
    Mutant(
        "written-in-place",
        "The state file is emptied, then written.",
        "statefile/local.py",
        """        self._disk.write_new(temporary, data)
        self._disk.replace(temporary, target)""",
        """        self._disk.remove(target)
        self._disk.write_new(target, data)""",
        (POINTS, "unit/statefile/test_crash.py::test_a_kill_at_any_step_leaves_a_whole_version"),
    ),
    Mutant(
        "journal-removed-first",
        "The journal is removed before the checkpoint that holds its records is in place.",
        "statefile/local.py",
        """            self._write_whole(self._path, data)
            self._disk.remove(self._journal)""",
        """            self._disk.remove(self._journal)
            self._write_whole(self._path, data)""",
        ("unit/statefile/test_crash.py::test_a_kill_at_any_step_leaves_a_whole_version",),
    ),
    Mutant(
        "torn-tail-kept",
        "Records are appended behind torn ones.",
        "statefile/local.py",
        """            whole = self._require_journal(end)[: end.good_bytes]
            self._write_whole(self._journal, whole)
        except OSError as error:
            raise self._not_saved(error, self._journal, end.position) from error
        return replace(end, file_bytes=end.good_bytes)""",
        """            whole = self._require_journal(end)
            self._write_whole(self._journal, whole)
        except OSError as error:
            raise self._not_saved(error, self._journal, end.position) from error
        return end""",
        (POINTS,),
    ),
    Mutant(
        "failed-sync-repeated",
        "What a failed sync has lost is synced again by the next run, and counts as saved.",
        "statefile/local.py",
        "            self._write_whole(self._journal, whole)\n        except",
        """            self._disk.append(self._journal, b"", len(whole))
            self._disk.sync_folder(self._folder)
        except""",
        (
            "unit/statefile/test_crash.py::test_what_a_run_acknowledges_on_top_of_a_sync_that_failed_is_kept",
        ),
    ),
    Mutant(
        "hole-in-the-middle",
        "A lost block counts as the end of the journal, though there are later frames.",
        "statefile/codec.py",
        "if frames and offset >= last and _has_hole(data, offset):",
        "if frames and _has_hole(data, offset):",
        (
            "unit/statefile/test_codec_damage.py::test_a_frame_that_lost_a_block_under_a_later_one_is_an_error",
        ),
    ),
    Mutant(
        "torn-tail-read",
        "A length is believed without its check, so that damage passes for a torn end.",
        "statefile/codec.py",
        "if not parts or header != _header(int(parts[1]), parts[2].decode(), parts[3].decode()):",
        "if not parts:",
        ("simulation/test_state_bytes.py::test_cut_and_flipped_files_of_real_runs_are_noticed",),
    ),
    Mutant(
        "seal-unread",
        "A state file that something else has changed is read as it is.",
        "statefile/codec.py",
        "if not _is_sealed(data):",
        "if not data:",
        (
            "unit/statefile/test_codec_damage.py::test_every_flipped_bit_of_a_checkpoint_is_an_error",
        ),
    ),
    Mutant(
        "chain-unread",
        "Records that were left out or doubled are not noticed.",
        "statefile/codec.py",
        "if previous != end:",
        "if previous is None:",
        (
            "unit/statefile/test_codec_damage.py::test_journal_frames_that_were_swapped_left_out_or_doubled_are_an_error",
        ),
    ),
    Mutant(
        "acts-on-unsynced",
        "A run acts on what a killed one has left, and does not make it durable first.",
        "statefile/local.py",
        "self._end = self._durable = self._settle(end)",
        "self._end = end",
        (
            "unit/statefile/test_crash.py::test_power_loss_after_a_second_run_acted_on_an_unsynced_version_keeps_it",
        ),
    ),
    Mutant(
        "empty-is-new",
        "An empty state file is taken for a state without entries.",
        "statefile/local.py",
        "base = None if checkpoint is None else",
        "base = None if not checkpoint else",
        (
            "unit/statefile/test_local_files.py::test_an_empty_state_is_never_a_state_without_entries",
        ),
    ),
    Mutant(
        "sends-unsaved",
        "A run goes on sending after a save has failed.",
        "engine/recorder.py",
        "self._failure = self._failure or error",
        "self._failure = None",
        ("simulation/test_ending.py::test_a_state_that_cannot_be_written_sends_no_create",),
    ),
    Mutant(
        "lock-not-taken",
        "The lock is written down and not taken.",
        "statefile/disk.py",
        "if not _try_flock(descriptor, path):",
        "if descriptor < 0:",
        (
            "unit/statefile/test_processes.py::test_a_process_that_holds_the_lock_excludes_others_until_it_is_killed",
        ),
    ),
    Mutant(
        "read-before-lock",
        "State is read before the lock is held, and what the other run did is not seen.",
        "workflow/hold.py",
        """        self._lease = await self._store.acquire(self._note(), wait_seconds)
        loaded = self._store.load()
""",
        """        loaded = self._store.load()
        self._lease = await self._store.acquire(self._note(), wait_seconds)
""",
        (
            "simulation/test_stopping.py::test_a_run_that_waited_for_the_lock_goes_on_from_what_the_other_has_left",
        ),
    ),
    Mutant(
        "given-back-early",
        "The state is given back while something is still to be sent.",
        "engine/executor.py",
        "{step.id for step in plan.steps if step.operation in CHANGING}",
        "set()",
        ("simulation/test_waiting.py::test_what_is_still_to_be_sent_keeps_the_state",),
    ),
    Mutant(
        "end-written-over",
        "An end is recorded in the entry as it was, and what another run wrote there is undone.",
        "engine/entries.py",
        "records.put(change(now))",
        "records.put(change(entry))",
        ("simulation/test_waiting_beside.py::test_what_others_record_of_an_entry_meanwhile_stays",),
    ),
    Mutant(
        "end-of-another",
        "An end is recorded for whatever has the name by then.",
        "engine/entries.py",
        "return (now.remote_id, now.marker, now.recorded_at) == before",
        "return now.remote_id == before[0]",
        (
            "simulation/test_waiting_beside.py::test_an_object_of_the_same_name_that_another_run_makes_is_not_taken_for_ours",
        ),
    ),
    Mutant(
        "other-state-written",
        "What takes the place of the state while a run waits is written to.",
        "engine/recorder.py",
        "if state.lineage8 != self._state.lineage8:",
        "if state.lineage8 is None:",
        (
            "simulation/test_waiting_beside.py::test_a_state_that_is_another_one_by_then_is_left_alone",
        ),
    ),
    Mutant(
        "writer-overtaken",
        "A writer that was overtaken writes on.",
        "statefile/local.py",
        "if end is None or end.position != at:",
        "if end is None:",
        ("unit/statefile/test_local.py::test_a_stale_position_is_refused_and_changes_nothing",),
    ),
    Mutant(
        "other-project",
        "The state of one project is used for another.",
        "planning/binding.py",
        "return named + project + _unrecognised",
        "return named + _unrecognised",
        ("golden/test_golden.py::test_plan_is_as_reviewed[guard-project]",),
    ),
)
