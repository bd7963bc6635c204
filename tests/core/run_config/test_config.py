from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, model_validator

from voxpop import (
    BrokenPlugin,
    ConfigError,
    Listener,
    ListenerPart,
    Model,
    ModelPart,
    Origin,
    PartConfig,
    Plugins,
    RunConfig,
    Task,
)
from voxpop.testing.doubles import RecordingListener, sample_parts


class Layer(BaseModel, extra="forbid"):
    units: int = 8
    rate: float = 0.5


class Leaf(BaseModel, extra="forbid"):
    colour: str = "green"


class DeepConfig(PartConfig):
    """A config with every shape of option that a part may have."""

    size: Annotated[int, Field(ge=1)]
    shape: Literal["round", "square"] = "round"
    where: Path | None = None
    steps: tuple[int, ...] = (1, 2)
    layers: Annotated[list[Layer], Field(default_factory=list)]
    head: Layer = Layer()
    shares: Annotated[dict[str, float], Field(default_factory=dict)]
    until: datetime.date | None = None
    share: float | Literal["auto"] = "auto"
    text: str = ""
    branch: Layer | Leaf | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.shape == "round" and self.size == 13:
            raise ValueError("13 cannot be round")
        return self


class NoOptions(PartConfig):
    pass


def no_fit(config: PartConfig, task: Task) -> Model:
    raise AssertionError("a run config fits nothing")


def no_load(directory: Path) -> Model:
    raise AssertionError("a run config loads nothing")


def open_listener(config: PartConfig) -> Listener:
    return RecordingListener()


DEEP = ModelPart(name="deep", summary="Deep", config=DeepConfig, fit=no_fit, load=no_load)
PLAIN = ListenerPart(name="plain", summary="Plain", config=NoOptions, open=open_listener)
PLUGINS = Plugins.of(*sample_parts(), DEEP, PLAIN)
IN_MEMORY = Origin(plugin="in-memory", distribution="in-memory", version="0")
TABLES: Mapping[str, Any] = {
    "data": {"name": "sample-reviews"},
    "tokenizer": {"name": "words"},
    "model": {"name": "deep", "size": 3},
}
FILE = """\
seed = 7

[data]
name = "sample-reviews"
count = 40

[tokenizer]
name = "words"

[model]
name = "word-weights"
epochs = 3
"""


def run_config(overrides: Iterable[str] = (), **tables: Any) -> RunConfig:
    return RunConfig.of({**TABLES, **tables}, plugins=PLUGINS, overrides=overrides)


def problems(overrides: Iterable[str] = (), **tables: Any) -> list[str]:
    """The problems of a config that has some, without the place in front."""
    with pytest.raises(ConfigError) as caught:
        run_config(overrides, **tables)
    return shown(caught.value)


def shown(error: ConfigError) -> list[str]:
    first, *lines, last = str(error).splitlines()
    assert re.fullmatch(r".* has (a problem|\d+ problems):", first)
    assert last == "Options of a part: voxpop plugins show NAME"
    return [line.strip().removeprefix("the run config: ") for line in lines]


def test_a_file_becomes_parts_and_options(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(FILE)
    run = RunConfig.load(file, plugins=PLUGINS)
    assert run.seed == 7
    assert run.data.part is PLUGINS.parts()[0]
    assert run.data.options.model_dump()["count"] == 40
    assert run.tokenizer.part.name == "words"
    assert run.model.part.name == "word-weights"
    assert run.model.options.model_dump()["epochs"] == 3
    assert (run.splits.validation, run.splits.test, run.splits.limit) == (0.1, 0.2, None)
    assert run.registry is None
    assert run.promotion is None
    assert run.listeners == ()


def test_a_config_without_seed_has_one() -> None:
    assert run_config().seed == 42


def test_promotion_is_asked_for_by_its_table() -> None:
    promotion = run_config(promotion={}).promotion
    assert promotion is not None
    assert promotion.model_dump() == {
        "alias": "champion",
        "against": None,
        "metric": "accuracy",
        "minimum": None,
    }
    asked = run_config(promotion={"alias": "candidate", "metric": "ece", "minimum": 0.02}).promotion
    assert asked is not None
    assert (asked.alias, asked.metric, asked.minimum) == ("candidate", "ece", 0.02)


def test_listeners_are_chosen_in_order() -> None:
    run = run_config(listeners=[{"name": "recording"}, {"name": "plain"}])
    assert [chosen.part.name for chosen in run.listeners] == ["recording", "plain"]


def test_what_overrides_do_wrong_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(FILE)
    with pytest.raises(ConfigError) as caught:
        RunConfig.load(file, plugins=PLUGINS, overrides=["model.epochs=0", "nonsense"])
    assert str(caught.value).startswith(f"What --set lays over {file} has 2 problems:\n")
    first, second = shown(caught.value)
    assert first == "--set nonsense: write --set table.key=value, as model.epochs=3"
    assert second.startswith("--set model.epochs=0: model.epochs: 0 does not fit")


def test_five_mistakes_make_five_messages_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        FILE.replace("seed = 7", "sed = 7")
        .replace('"sample-reviews"', '"sample-review"')
        .replace("epochs = 3", "epochs = 0\nlearning_rat = 0.1")
        + '\n[promotion]\nmetric = "acuracy"\n'
    )
    with pytest.raises(ConfigError) as caught:
        RunConfig.load(file, plugins=PLUGINS)
    assert str(caught.value).startswith(f"{file} has 5 problems:\n")
    assert [line.replace(f"{file}:", "") for line in shown(caught.value)] == [
        "1: sed: unknown table or key. Allowed: seed, data, splits, tokenizer, model, registry, "
        "promotion, report, listeners. Did you mean 'seed'?",
        '16: promotion.metric: "acuracy" does not fit the core (voxpop 0.1.0): allowed: accuracy, '
        "precision, recall, f1, roc_auc, log_loss, brier, ece. Did you mean 'accuracy'?",
        "4: data.name: No data source is called 'sample-review'. Available: sample-reviews. "
        "Did you mean 'sample-reviews'?",
        "13: model.learning_rat: unknown option of the model 'word-weights' (in-memory 0). "
        "Allowed: batch_size, epochs, learning_rate. Did you mean 'learning_rate'?",
        "12: model.epochs: 0 does not fit the model 'word-weights' (in-memory 0): input should be "
        "greater than or equal to 1",
    ]


CORE = "does not fit the core (voxpop 0.1.0): "
OWN = "does not fit the model 'deep' (in-memory 0): "


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"model": {"name": "deep"}},
            "model.size: is missing; the model 'deep' (in-memory 0) need",
        ),
        ({"model": {"name": "deep", "size": "3"}}, f'model.size: "3" {OWN}input should be a valid'),
        ({"model": {"name": "deep", "size": 3.5}}, f"model.size: 3.5 {OWN}input should be a valid"),
        ({"model": {"name": "deep", "size": True}}, f"model.size: true {OWN}input should be a val"),
        (
            {"model": {"name": "deep", "size": 3, "shape": "sqare"}},
            f"model.shape: \"sqare\" {OWN}allowed: 'round' or 'square'. Did you mean 'square'?",
        ),
        ({"model": {"name": "deep", "size": 13}}, f"model: {OWN}13 cannot be round"),
        (
            {"model": {"name": "deep", "size": 3, "text": 2024}},
            f"model.text: 2024 {OWN}input should be a valid string. Text stands in quotes",
        ),
        (
            {"model": {"name": "deep", "size": 3, "layers": [{}, {"unit": 3}]}},
            "model.layers[1].unit: unknown option of the model 'deep' (in-memory 0). "
            "Allowed: rate, units. Did you mean 'units'?",
        ),
        (
            {"model": {"name": "deep", "size": 3, "head": {"units": "x"}}},
            f'model.head.units: "x" {OWN}input should be a valid integer',
        ),
        (
            {"model": {"name": "deep", "size": 3, "share": "atuo"}},
            f"model.share: \"atuo\" {OWN}input should be a valid number or allowed: 'auto'",
        ),
        ({"model": {"name": "deep", "size": float("inf")}}, "model.size: must be a finite number"),
        (
            {"model": {"name": "deep", "size": 3, "layers": [{"rate": float("nan")}]}},
            "model.layers[0].rate: must be a finite number",
        ),
        ({"model": {"name": "deep", "size": {1, 2}}}, "model: a run config cannot hold it: {1, 2}"),
        ({"model": {"name": "deep", "size": None}}, f"model.size: null {OWN}input should be a va"),
        ({"model": {"name": "deep", "size": [None]}}, f"model.size: a list {OWN}input should be"),
        (
            {"model": {"name": "deep", "size": 3, "branch": {"unit": 3}}},
            "model.branch.unit: unknown option of the model 'deep' (in-memory 0)",
        ),
        (
            {"model": "deep"},
            "model: must be a table with a name that selects the model. Available:",
        ),
        ({"model": {}}, "model: the table lacks a name that selects the model. Available: deep, "),
        (
            {"model": {"name": 3}},
            "model.name: 3 is no text; it must be a name that selects the mod",
        ),
        ({"seed": -1}, f"seed: -1 {CORE}input should be greater than or equal to 0"),
        ({"seed": 2**32}, f"seed: 4294967296 {CORE}input should be less than 4294967296"),
        ({"splits": 3}, f"splits: 3 {CORE}"),
        ({"splits": {"limit": 0}}, f"splits.limit: 0 {CORE}input should be greater than or equal"),
        ({"splits": {"test": 0}}, f"splits.test: 0 {CORE}input should be greater than 0"),
        (
            {"splits": {"test": 0.6, "validation": 0.4}},
            f"splits: {{test = 0.6, validation = 0.4}} {CORE}validation (0.4) and test (0.6) leave",
        ),
        (
            {"splits": {"limti": 3}},
            "splits.limti: unknown option of the core (voxpop 0.1.0). Allowed: limit, test, "
            "validation. Did you mean 'limit'?",
        ),
        (
            {"promotion": {"alias": "v-1"}},
            f"promotion.alias: \"v-1\" {CORE}an alias cannot be called 'v-1'",
        ),
        (
            {"promotion": {"minimum": float("nan")}},
            "promotion.minimum: must be a finite number",
        ),
        (
            {"listeners": {"name": "plain"}},
            "listeners: must be a list of tables: write [[listeners",
        ),
        (
            {"listeners": ["plain"]},
            "listeners[0]: must be a table with a name that selects the lis",
        ),
        (
            {"listeners": [{"name": "plain", "loud": True}]},
            "listeners[0].loud: unknown option of the listener 'plain' (in-memory 0). "
            "It has no options",
        ),
        ({"registry": {"name": "s3"}}, "registry.name: No registry is called 's3'. Available: mem"),
        ({"x" * 99: 1}, f"{'x' * 99}: unknown table or key. Allowed: seed, data, splits"),
    ],
)
def test_each_mistake_is_one_message_that_says_what_is_allowed(
    tables: dict[str, Any], message: str
) -> None:
    (problem,) = problems(**tables)
    assert problem.startswith(message)


@pytest.mark.parametrize("table", ["data", "tokenizer", "model"])
def test_a_missing_table_is_told(table: str) -> None:
    tables = {name: value for name, value in TABLES.items() if name != table}
    with pytest.raises(ConfigError, match=rf"the table \[{table}\] is missing; its name selects"):
        RunConfig.of(tables, plugins=PLUGINS)


def test_many_problems_are_counted_and_cut() -> None:
    wrong: dict[str, Any] = {f"wrong_{number}": 1 for number in range(30)}
    lines = problems((), **wrong)
    assert len(lines) == 21
    assert lines[-1] == "... and 10 more"


def test_long_values_are_cut() -> None:
    (problem,) = problems(seed="x" * 1000)
    assert len(problem) < 200


def test_a_broken_plugin_that_may_hold_the_part_is_told() -> None:
    broken = BrokenPlugin(plugin="deep", distribution="voxpop-deep", version="1.2", reason="why")
    plugins = Plugins([(part, IN_MEMORY) for part in sample_parts()], [broken])
    with pytest.raises(ConfigError) as caught:
        RunConfig.of(TABLES, plugins=plugins)
    assert shown(caught.value) == [
        "model.name: No model is called 'deep'. Available: word-weights",
        "It may be in a broken plugin:",
        "deep (voxpop-deep 1.2): why",
    ]


def test_overrides_lie_over_the_file() -> None:
    run = run_config(
        [
            "model.size=5",
            "splits.limit=1_000",
            "seed=3",
            "model.head.units=2",
            "promotion.alias=best",
        ]
    )
    assert run.seed == 3
    assert run.splits.limit == 1000
    assert run.model.options.model_dump()["size"] == 5
    assert run.model.options.model_dump()["head"]["units"] == 2
    assert run.promotion is not None
    assert run.promotion.alias == "best"


@pytest.mark.parametrize(
    ("written", "option", "value"),
    [
        ("text=bare words", "text", "bare words"),
        ('text="2024"', "text", "2024"),
        ("text=", "text", ""),
        ("text=a = b", "text", "a = b"),
        ("text=1\nsize=9", "text", "1\nsize=9"),
        ("where=/tmp/x", "where", Path("/tmp/x")),
        ("steps=[4, 5]", "steps", (4, 5)),
        ("shares={a = 0.5}", "shares", {"a": 0.5}),
        ("until=2026-01-31", "until", datetime.date(2026, 1, 31)),
        (" size = 9 ", "size", 9),
        ("share=auto", "share", "auto"),
        ("share=1e-3", "share", 0.001),
    ],
)
def test_values_of_overrides_are_toml_or_text(written: str, option: str, value: object) -> None:
    run = run_config([f"model.{written.strip()}"])
    assert run.model.options.model_dump()[option] == value
    assert run.model.options.model_dump()["size"] == (9 if option == "size" else 3)


@pytest.mark.parametrize("turned", [False, True])
def test_a_new_part_name_replaces_its_table_whatever_the_order(turned: bool) -> None:
    overrides = ["model.epochs=9", "model.name=word-weights"]
    run = run_config(reversed(overrides) if turned else overrides)
    assert run.model.part.name == "word-weights"
    assert run.model.options.model_dump()["epochs"] == 9


def test_the_same_part_name_keeps_its_table() -> None:
    assert run_config(["model.name=deep"]).model.options.model_dump()["size"] == 3


def test_a_whole_table_may_be_overridden() -> None:
    run = run_config(["model.epochs=9", 'model={name = "word-weights", batch_size = 2}'])
    options = run.model.options.model_dump()
    assert (options["epochs"], options["batch_size"]) == (9, 2)
    chosen = run_config(['listeners=[{name = "plain"}]']).listeners
    assert [listener.part.name for listener in chosen] == ["plain"]


def test_the_last_of_two_overrides_of_a_key_counts() -> None:
    assert run_config(["seed=1", "seed=2"]).seed == 2


def test_overrides_leave_the_given_tables_alone() -> None:
    tables = {**TABLES, "model": dict(TABLES["model"])}
    before = json.dumps(tables)
    RunConfig.of(tables, plugins=PLUGINS, overrides=["model.size=9", "model.name=word-weights"][:1])
    assert json.dumps(tables) == before


@pytest.mark.parametrize("written", ["model.size", "=3", "model..size=3", "model size=3", "", "."])
def test_an_override_that_is_none_is_told(written: str) -> None:
    (problem,) = problems([written])
    assert problem == f"--set {written}: write --set table.key=value, as model.epochs=3"


def test_an_override_within_what_is_no_table_is_told() -> None:
    (problem,) = problems(["model.size.x=3"])
    assert problem == "--set model.size.x=3: model.size is no table"
    (problem,) = problems(["listeners.x=3"], listeners=[{"name": "plain"}])
    assert problem == "--set listeners.x=3: listeners is a list: set it whole"


def test_a_wrong_override_is_told_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(FILE)
    with pytest.raises(ConfigError) as caught:
        RunConfig.load(file, plugins=PLUGINS, overrides=["model.epochs=many", "data.name=x"])
    (data, model) = shown(caught.value)
    assert data.startswith("--set data.name=x: data.name: No data source is called 'x'")
    assert model.startswith('--set model.epochs=many: model.epochs: "many" does not fit the model')


def test_a_config_says_everything_and_is_taken_back() -> None:
    run = run_config(
        model={"name": "deep", "size": 3, "where": "a/b", "layers": [{}], "until": "2026-01-31"},
        registry={"name": "memory"},
        promotion={"metric": "f1"},
        listeners=[{"name": "plain"}],
    )
    filled = run.filled()
    assert json.loads(json.dumps(filled, allow_nan=False)) == filled
    assert filled["model"] == {
        "name": "deep",
        "size": 3,
        "shape": "round",
        "where": "a/b",
        "steps": [1, 2],
        "layers": [{"units": 8, "rate": 0.5}],
        "head": {"units": 8, "rate": 0.5},
        "shares": {},
        "until": "2026-01-31",
        "share": "auto",
        "text": "",
        "branch": None,
    }
    assert list(filled) == [
        "seed",
        "data",
        "splits",
        "tokenizer",
        "model",
        "registry",
        "promotion",
        "report",
        "listeners",
    ]
    assert RunConfig.of(filled, plugins=PLUGINS) == run


def test_a_program_may_give_paths_and_dates() -> None:
    day = datetime.date(2026, 1, 31)
    run = run_config(model={"name": "deep", "size": 3, "where": Path("a/b"), "until": day})
    options = run.model.options.model_dump()
    assert (options["where"], options["until"]) == (Path("a/b"), day)


def test_what_is_not_asked_for_stays_out_of_the_filled_config() -> None:
    assert list(run_config().filled()) == [
        "seed",
        "data",
        "splits",
        "tokenizer",
        "model",
        "report",
    ]


layers = st.builds(
    Layer, units=st.integers(), rate=st.floats(allow_nan=False, allow_infinity=False)
)
deep_tables = st.builds(
    DeepConfig,
    size=st.integers(14),
    shape=st.sampled_from(["round", "square"]),
    where=st.none() | st.just(Path("a/b")),
    steps=st.lists(st.integers()).map(tuple),
    layers=st.lists(layers, max_size=3),
    head=layers,
    shares=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    until=st.none() | st.dates(),
    share=st.just("auto") | st.floats(0, 1),
    text=st.text(),
)


@given(deep_tables, st.integers(0, 2**32 - 1))
def test_every_config_survives_its_filled_toml(
    tmp_path_factory: pytest.TempPathFactory, options: DeepConfig, seed: int
) -> None:
    run = run_config(model={"name": "deep", **options.model_dump(mode="json")}, seed=seed)
    assert run.model.options == options
    file = tmp_path_factory.mktemp("config") / "filled.toml"
    file.write_text(run.to_toml(), encoding="utf-8")
    assert RunConfig.load(file, plugins=PLUGINS) == run


def test_where_names_a_config_that_stands_in_no_file() -> None:
    with pytest.raises(ConfigError, match=r"^the run config of v-1 has a problem:"):
        RunConfig.of({**TABLES, "x": 1}, plugins=PLUGINS, where="the run config of v-1")
