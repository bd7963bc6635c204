from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from voxpop import Listener, ListenerPart, Option, PartConfig, options_of
from voxpop.testing.doubles import RecordingListener


class Inner(BaseModel):
    size: int


class Options(PartConfig):
    needed: Annotated[int, Field(ge=1, description="How many\n  there are.")]
    text: str = 'a "b"'
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    where: Path | None = None
    shape: Literal["round", "square"] = "round"
    one: Literal["only"] = "only"
    on: bool = False
    either: int | list[str] = 3
    pair: tuple[int, str] = (1, "a")
    many: Annotated[list[int], Field(min_length=1)] = [1]  # noqa: RUF012 - pydantic copies it
    shares: dict[str, float] = {}  # noqa: RUF012
    inner: Inner = Inner(size=3)
    secret: SecretStr | None = None


def open_listener(config: Options) -> Listener:
    return RecordingListener()


PART = ListenerPart(name="x", summary="X", config=Options, open=open_listener)


def test_options_stand_in_the_order_of_the_class() -> None:
    assert [option.name for option in options_of(PART)] == list(Options.model_fields)


def test_an_option_tells_type_default_and_meaning() -> None:
    first, *others = options_of(PART)
    assert first == Option(
        name="needed", type="integer >= 1", required=True, default=None, doc="How many there are."
    )
    assert not any(option.required for option in others)
    assert {option.name: (option.type, option.default) for option in others} == {
        "text": ("text", '"a \\"b\\""'),
        "share": ("number > 0, < 1", "0.5"),
        "where": ("path", None),
        "shape": ('"round" | "square"', '"round"'),
        "one": ('"only"', '"only"'),
        "on": ("true or false", "false"),
        "either": ("integer | list of text", "3"),
        "pair": ("[integer, text]", '[1, "a"]'),
        "many": ("list of integer items >= 1", "[1]"),
        "shares": ("table of number", "{}"),
        "inner": ("table", "{size = 3}"),
        "secret": ("secret", None),
    }
