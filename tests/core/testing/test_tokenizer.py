"""Each standard test of tokenizers fails on a tokenizer with that fault, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voxpop.testing import TokenizerConformance

ToldByKit = Callable[[str, Sequence[tuple[str, str, str]]], dict[tuple[str, str], str]]

FAULTS = [
    ("TestOfAnotherKind", "test_part_is_well_made", "it must be a voxpop.TokenizerPart"),
    ("TestBadName", "test_part_is_well_made", "must have a kebab-case name"),
    ("TestGivesNoPart", "test_part_is_well_made", "write a fixture `part` in it that returns"),
    ("TestGivesNoConfig", "test_shapes_and_types", "write a fixture `config` in TestGivesNoConfig"),
    ("TestSizeIsText", "test_vocabulary_size_is_a_count", "must be an int that counts every id"),
    ("TestWideNumbers", "test_shapes_and_types", "`ids` is an array of int64"),
    ("TestGivesLists", "test_shapes_and_types", "`encode` gives a list: give a voxpop.TokenBatch"),
    ("TestAlwaysPads", "test_batch_is_as_wide_as_its_longest_text", "cut the ids to the longest"),
    ("TestForgetsToCountPadding", "test_ids_are_in_the_vocabulary", "smaller than vocabulary_size"),
    ("TestPadsInFront", "test_padding_is_0", "put a text's tokens first and its padding last"),
    ("TestKnowsNothing", "test_known_texts_have_tokens", "`encode` must tell texts apart"),
    ("TestSorts", "test_order_and_company_change_nothing", "row i must be text i"),
    ("TestNeedsUtf8", "test_any_text_is_legal", r"'fine \ud83d and \udc00' makes `encode` raise"),
    ("TestRefusesLongTexts", "test_a_text_of_a_megabyte_is_legal", "any str and any list is legal"),
    ("TestRefusesNoTexts", "test_no_texts_are_legal", "A list of 0 texts makes `encode` raise"),
    ("TestLearns", "test_encoding_again_gives_the_same", "must not change the tokenizer"),
    ("TestReadsTwice", "test_fit_is_deterministic_and_reads_once", "must read its texts once"),
    ("TestForgetsAnOption", "test_save_and_load_give_the_same", "options of the config included"),
    ("TestForgotSave", "test_save_and_load_give_the_same", "ForgotSave has no `save`: write save("),
    ("TestSavesNothing", "test_save_writes_no_pickle", "SavesNothing.save wrote no file"),
    ("TestPickles", "test_save_writes_no_pickle", "words.bin (a pickle by its bytes)"),
    ("TestNumbersByHash", "test_a_fresh_process_gives_the_same", "the hash of a str"),
    ("TestLoadsFromMemory", "test_a_fresh_process_gives_the_same", "fails in a fresh one"),
    ("TestChanged", "test_standard_tests_are_intact", "TokenizerConformance.test_padding_is_0"),
]


def test_each_fault_is_told(told_by_kit: ToldByKit) -> None:
    told = told_by_kit("broken_tokenizers.py", FAULTS)
    unlike = {
        (broken, test): told.get((broken, test), "passed")
        for broken, test, words in FAULTS
        if words not in told.get((broken, test), "passed")
    }
    assert not unlike


def test_every_standard_test_can_fail() -> None:
    standard = {name for name in dir(TokenizerConformance) if name.startswith("test_")}
    assert standard == {test for _, test, _ in FAULTS}
