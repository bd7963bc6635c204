"""Each standard test of stores fails on a store with that fault, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voxpop.testing import StoreConformance

ToldByKit = Callable[[str, Sequence[tuple[str, str, str]]], dict[tuple[str, str], str]]

FAULTS = [
    ("TestGivesNoStore", "test_store_is_empty_at_first", "write a fixture `store` in it"),
    ("TestSharesItsStore", "test_store_is_empty_at_first", "['left/over']: give an empty one"),
    ("TestCutsLargeBodies", "test_what_was_written_is_read", "other bytes than were written"),
    ("TestTagsByTime", "test_what_was_written_is_read", "another tag than `write` gave before"),
    ("TestGivesNothingForAbsent", "test_an_absent_object_is_not_found", "raises nothing: it must"),
    ("TestLeavesAFile", "test_an_absent_object_is_not_found", "look before you open the target"),
    ("TestCreatesOverAll", "test_creating_what_exists_is_refused", "must raise ObjectChangedError"),
    ("TestIgnoresTags", "test_writing_over_another_state_is_refused", "must raise ObjectChanged"),
    (
        "TestKeepsOldTag",
        "test_writing_over_another_state_is_refused",
        "equal tags mean equal bytes",
    ),
    ("TestIgnoresTags", "test_writing_over_nothing_is_refused", "raises ObjectNotFoundError("),
    ("TestAppendsUploads", "test_upload_replaces", "After `upload` over an object it holds b'old"),
    ("TestKeepsOldTag", "test_upload_replaces", "`upload` of other bytes keeps the tag"),
    ("TestListsAsWritten", "test_list_is_sorted_and_by_prefix", "keys are sorted as whole strings"),
    ("TestListsFolders", "test_list_is_sorted_and_by_prefix", "a prefix may end inside a name"),
    ("TestDeletesOnce", "test_delete_is_idempotent", "There is nothing to delete, and `delete`"),
    ("TestFoldsCase", "test_legal_keys_work", "The key 'A/b' is not kept as it is"),
    ("TestTakesAnyKey", "test_illegal_keys_are_refused", "write('../a') raises nothing"),
    ("TestSaysNotFoundForBadKeys", "test_illegal_keys_are_refused", "must raise StoreError itself"),
    ("TestLooksThenWrites", "test_one_of_many_creates", "must compare and swap in one step"),
    ("TestLooksThenWrites", "test_no_update_is_lost", "8 threads added one each, and"),
    (
        "TestWritesInTwoSteps",
        "test_readers_see_whole_objects",
        "A reader saw a half-written object",
    ),
    ("TestChanged", "test_standard_tests_are_intact", "StoreConformance.test_no_update_is_lost"),
]


def test_each_fault_is_told(told_by_kit: ToldByKit) -> None:
    told = told_by_kit("broken_stores.py", FAULTS)
    unlike = {
        (broken, test): told.get((broken, test), "passed")
        for broken, test, words in FAULTS
        if words not in told.get((broken, test), "passed")
    }
    assert not unlike


def test_every_standard_test_can_fail() -> None:
    standard = {name for name in dir(StoreConformance) if name.startswith("test_")}
    assert standard == {test for _, test, _ in FAULTS}
