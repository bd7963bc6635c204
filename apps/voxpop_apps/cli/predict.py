"""`voxpop predict`: reviews from arguments, a file or stdin; one answer each, in order."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.output import emit, emit_table, say
from voxpop_apps.cli.registry_choice import RegistryName, settings_for

if TYPE_CHECKING:
    from voxpop import Classifier, Prediction

_CHUNK = 512  # reviews predicted together; a stream is answered as it comes


def predict(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Reviews; none reads one review a line from stdin.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A text file, one review a line.")
    ] = None,
    reference: Annotated[
        str, typer.Option("--model", "-m", help="A version or an alias.")
    ] = "champion",
    registry: RegistryName = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a review (JSON Lines).")
    ] = False,
) -> None:
    """Label reviews, and say how sure that is.

    Rows in are rows out: a line without text gets an answer without a label, and is counted.
    """
    from voxpop import UsageError, load

    if texts and file:
        raise UsageError("Reviews come as arguments or from --file, not both")
    if texts:
        for position, text in enumerate(texts, 1):
            if not text.strip():
                raise UsageError(f"Review {position} of {len(texts)} is empty: give it some words")
        reviews: Iterable[str] = texts
    else:
        if file is None and sys.stdin.isatty():
            say("Type one review a line; end with Ctrl-D.")
        reviews = _lines(file)
    classifier = load(reference, settings=settings_for(registry))
    if as_json:
        _print_json(classifier, reviews)
    elif texts:
        rows = [_row(text, answer) for text, answer in _answers(classifier, reviews)]
        emit_table(["label", "confidence", "review"], rows)
    else:
        for text, answer in _answers(classifier, reviews):
            emit("\t".join(_row(text, answer)))


def _answers(
    classifier: Classifier, reviews: Iterable[str]
) -> Iterator[tuple[str, Prediction | None]]:
    """Pair each review with its prediction; None for a review without text."""
    empty = 0
    stream = iter(reviews)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        answers = iter(classifier.predict([text for text in chunk if text.strip()]))
        for text in chunk:
            if text.strip():
                yield text, next(answers)
            else:
                empty += 1
                yield text, None
    if empty:
        say(f"{empty} line{'s' if empty > 1 else ''} without text got no label")


def _row(text: str, answer: Prediction | None) -> tuple[str, str, str]:
    if answer is None:
        return "", "", text
    return answer.label, f"{answer.confidence:.3f}", text


def _print_json(classifier: Classifier, reviews: Iterable[str]) -> None:
    for text, answer in _answers(classifier, reviews):
        record = {
            "label": answer and answer.label,
            "confidence": answer and answer.confidence,
            "probabilities": answer and dict(answer.probabilities),
            "version": classifier.version,
            "text": text,
        }
        emit(json.dumps(record, ensure_ascii=False))


def _lines(file: Path | None) -> Iterator[str]:
    """Read lines as UTF-8 (a byte-order mark is no text), whatever the locale says."""
    from voxpop import DataError

    where = str(file or "stdin")
    number = 0
    try:
        stream = sys.stdin.buffer if file is None else file.open("rb")
        with stream:
            for number, line in enumerate(stream, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                yield text.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where}, line {number}: not UTF-8 (byte {error.object[error.start]:#04x} at column "
            f"{error.start + 1}). Convert it first: iconv -f ENCODING -t UTF-8"
        ) from error
    except OSError as error:
        raise DataError(f"{where} cannot be read: {error.strerror}") from error
