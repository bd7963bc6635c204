"""Each standard test of registries fails on a registry with that fault, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voxpop.testing import RegistryConformance

ToldByKit = Callable[[str, Sequence[tuple[str, str, str]]], dict[tuple[str, str], str]]

FAULTS = [
    ("TestGivesNoRegistry", "test_registry_is_empty_at_first", "write a fixture `registry` in it"),
    ("TestIsNotEmpty", "test_registry_is_empty_at_first", "give an empty one"),
    ("TestNumbersVersions", "test_publish_names_the_manifest", "the first 16 hex digits"),
    (
        "TestPublishesOnce",
        "test_publishing_again_changes_nothing",
        "The same bundle is listed twice",
    ),
    ("TestFetchesMore", "test_fetch_gives_the_same_bytes", "other files or bytes than were"),
    ("TestFetchesOver", "test_fetch_keeps_what_is_there", "fetch over files raises nothing"),
    ("TestRewritesManifest", "test_manifest_is_the_published_one", "is not the published one"),
    ("TestResolvesAnything", "test_what_is_absent_is_not_found", "raises nothing: it must raise"),
    ("TestRaisesKeyError", "test_what_is_absent_is_not_found", "raises KeyError("),
    ("TestPublishesByName", "test_published_is_immutable", "bundle-1 is gone"),
    (
        "TestTrustsBundles",
        "test_a_damaged_bundle_is_refused",
        "publish of a bundle (cut file) raises",
    ),
    ("TestResolvesToOther", "test_references_resolve", "resolves to v-"),
    ("TestKeepsRemovedAliases", "test_aliases_move", "A removed alias is still among"),
    ("TestNewestMoveFirst", "test_history_tells_every_move", "tell all, oldest first"),
    ("TestMovesInLocalTime", "test_history_tells_every_move", "use datetime.now(datetime.UTC)"),
    ("TestMovesYesterday", "test_history_tells_every_move", "when each move was made"),
    (
        "TestMovesAnyway",
        "test_a_move_that_expected_another_holder_is_refused",
        "raises nothing: it must raise AliasConflictError",
    ),
    ("TestOneAliasOnly", "test_legal_aliases_work", "'candidate-2' is not kept as it is"),
    ("TestMendsAliases", "test_illegal_aliases_are_refused", "an alias called 'Champion' raises"),
    (
        "TestDeletesAnything",
        "test_a_version_under_an_alias_is_protected",
        "delete of a held version",
    ),
    ("TestBuriesVersions", "test_a_deleted_version_can_be_published_again", "has another version"),
    ("TestLooksThenMoves", "test_one_of_many_moves_the_alias", "compare and swap in one step"),
    ("TestPublishesAlone", "test_many_publish_the_same", "8 threads published the same bundle as"),
    ("TestChanged", "test_standard_tests_are_intact", "test_a_damaged_bundle_is_refused"),
]


def test_each_fault_is_told(told_by_kit: ToldByKit) -> None:
    told = told_by_kit("broken_registries.py", FAULTS)
    unlike = {
        (broken, test): told.get((broken, test), "passed")
        for broken, test, words in FAULTS
        if words not in told.get((broken, test), "passed")
    }
    assert not unlike


def test_every_standard_test_can_fail() -> None:
    standard = {name for name in dir(RegistryConformance) if name.startswith("test_")}
    assert standard == {test for _, test, _ in FAULTS}
