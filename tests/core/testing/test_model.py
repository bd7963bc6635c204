"""Each standard test of models fails on a model with that fault, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voxpop.testing import ModelConformance

ToldByKit = Callable[[str, Sequence[tuple[str, str, str]]], dict[tuple[str, str], str]]

FAULTS = [
    ("TestOfAnotherKind", "test_part_is_well_made", "it must be a voxpop.ModelPart"),
    ("TestOneColumn", "test_rows_are_probabilities", "one row a text and one column a label"),
    ("TestDoublePrecision", "test_rows_are_probabilities", "gives float64: give float32"),
    ("TestScores", "test_rows_are_probabilities", "give probabilities, not scores or logits"),
    ("TestTwoSigmoids", "test_rows_are_probabilities", "each must sum to 1 within 1e-5"),
    ("TestRefusesNoRows", "test_no_rows_are_legal", "a batch of 0 rows and width 0 makes"),
    ("TestDividesByLength", "test_rows_without_tokens_are_legal", "NaN or infinite"),
    ("TestSeesWidth", "test_rows_without_tokens_are_legal", "depends on the width"),
    ("TestKnowsTrainingWordsOnly", "test_every_id_is_legal", "makes `predict_proba` raise Index"),
    ("TestCentresOnBatch", "test_company_changes_nothing", "norm over a whole batch"),
    ("TestSortsRows", "test_company_changes_nothing", "In another order a row's answer is other"),
    ("TestReadsPadding", "test_padding_is_never_read", "The answers read the padding"),
    ("TestLooksUpBeforeMasking", "test_padding_is_never_read", "garbage (anything) beyond"),
    ("TestSeesWidth", "test_padding_is_never_read", "with 1 columns more"),
    ("TestWritesIntoInput", "test_input_is_left_alone", "changes its input: work on a copy"),
    ("TestDropsOut", "test_answers_are_deterministic", "switch dropout and all that is random off"),
    ("TestForgetsBias", "test_save_and_load_give_the_same", "must write all that `load` needs"),
    ("TestForgotSave", "test_save_and_load_give_the_same", "ForgotSave has no `save`: write save("),
    ("TestLoadsAnswersOnly", "test_a_loaded_model_can_be_saved", "ForgotSave has no `save`"),
    ("TestPickles", "test_save_writes_no_pickle", "labels.npz (its member labels.npy is an array"),
    ("TestServesByKeras", "test_a_fresh_process_gives_the_same", "imports keras: what serves has"),
    ("TestKeepsStateInItsModule", "test_a_fresh_process_gives_the_same", "gives other answers"),
    ("TestIgnoresTheSeed", "test_the_seed_decides", "take all randomness from `task.seed`"),
    ("TestTwoClassesOnly", "test_three_classes", "gives shape (5, 2) for 5 rows and 3 labels"),
    ("TestCountsEpochsFrom0", "test_what_fit_tells_are_events", "EpochEnded was told for [0, 1"),
    ("TestTellsText", "test_what_fit_tells_are_events", "was told ['epoch 1 of 10']"),
    ("TestGoesOn", "test_a_stopped_run_stops", "went on after its listener raised RunStopped"),
    (
        "TestRemoved",
        "test_standard_tests_are_intact",
        "ModelConformance.test_padding_is_never_read",
    ),
]


def test_each_fault_is_told(told_by_kit: ToldByKit) -> None:
    told = told_by_kit("broken_models.py", FAULTS)
    unlike = {
        (broken, test): told.get((broken, test), "passed")
        for broken, test, words in FAULTS
        if words not in told.get((broken, test), "passed")
    }
    assert not unlike


def test_every_standard_test_can_fail() -> None:
    standard = {name for name in dir(ModelConformance) if name.startswith("test_")}
    assert standard == {test for _, test, _ in FAULTS}
