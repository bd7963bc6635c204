"""Loads a sealed bundle in a fresh process and asks it what it must answer, before it is published.

What serves a version is another process than the one that trained it: nothing of the fit is in its
memory, and its hashes are salted otherwise. A version that only works where it was fitted must not
become anybody's champion.

Run as `python -m voxpop.fresh_load BUNDLE ANSWER PLUGIN...`: ANSWER is the directory for
`answer.npz`, or for `fault.json` when that is as far as it comes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from voxpop.bundle.verification import read_manifest
from voxpop.calibration import calibrate
from voxpop.classifier import Classifier
from voxpop.errors import BundleError, PluginError
from voxpop.golden import check_golden
from voxpop.part_calls import called, part_at_work
from voxpop.parts import ModelPart, TokenizerPart
from voxpop.plugins import IN_MEMORY, Plugins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from voxpop.bundle import Manifest
    from voxpop.bundle.manifest import PartRecord

P = TypeVar("P", TokenizerPart[Any], ModelPart[Any])

TIMEOUT_S = 600.0
_NOT_INSTALLED = 77
_TOLD = 2_000  # characters of what the process wrote, at most
_KITS = {"tokenizer": "TokenizerConformance", "model": "ModelConformance"}


def check_fresh_load(bundle: Path, plugins: Plugins, scratch: Path) -> None:
    """Load a bundle where nothing was fitted, and compare its answers with its golden predictions.

    That is another process, with other hashes. Where no other process could find the parts, for
    they are in this one's memory alone, they are loaded again in this one.

    Args:
        bundle: a sealed bundle.
        plugins: the parts that made it.
        scratch: an existing directory for what the process answers.

    Raises:
        PluginError: a part cannot be loaded or says something else; the message names the part and
            the kit with which its author finds the same.
    """
    manifest = read_manifest(bundle)
    found = (
        plugins.get(TokenizerPart, manifest.parts.tokenizer.name),
        plugins.get(ModelPart, manifest.parts.model.name),
    )
    names = sorted({plugins.origin(part).plugin for part in found})
    answer = None if IN_MEMORY in names else _ask(bundle, manifest, names, scratch)
    if answer is None:
        _load_here(bundle, plugins, manifest)
    else:
        _compare(bundle, manifest, found[0], answer)


def _ask(
    bundle: Path, manifest: Manifest, names: Sequence[str], scratch: Path
) -> Mapping[str, NDArray[Any]] | None:
    """Give the tokens and probabilities of a fresh process; None when it lacks the plugins."""
    answer = scratch / "fresh"
    answer.mkdir()
    path = [entry or str(Path.cwd()) for entry in sys.path]
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", __name__, str(bundle), str(answer), *names],
            # Another order of sets and hashes than here.
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path),
                "PYTHONHASHSEED": "random",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
        status, wrote = ended.returncode, ended.stdout
        how = f"the process ended with {status}"
    except subprocess.TimeoutExpired as error:
        status, wrote = 1, error.stdout or b""
        how = f"it gave no answer within {TIMEOUT_S:g} s"
    if status == _NOT_INSTALLED:
        return None
    if status != 0 or not (answer / "answer.npz").exists():
        fault = answer / "fault.json"
        at = json.loads(fault.read_text("utf-8")) if fault.exists() else {"kind": "tokenizer"}
        reason = at.get("reason", how)
        told = wrote.decode("utf-8", "replace")[-_TOLD:].strip()
        raise _refusal(
            at["kind"],
            manifest,
            f"cannot be used in a fresh process, though it can in the one that trained: {reason}",
            f"\n{told}" if told else "",
        )
    with np.load(answer / "answer.npz", allow_pickle=False) as stored:
        return dict(stored)


def _compare(
    bundle: Path,
    manifest: Manifest,
    tokenizer_part: TokenizerPart[Any],
    answer: Mapping[str, NDArray[Any]],
) -> None:
    """Tell whose fault it is when a fresh process says something else."""
    texts = [golden.text for golden in manifest.golden]
    with part_at_work(called("tokenizer", manifest.parts.tokenizer), "loading"):
        here = tokenizer_part.load(bundle / "tokenizer").encode(texts)
    if not (
        np.array_equal(here.ids, answer["ids"]) and np.array_equal(here.lengths, answer["lengths"])
    ):
        raise _refusal(
            "tokenizer",
            manifest,
            "gives other tokens in a fresh process than in the one that trained: something that "
            "`save` does not write decides, such as Python's hash(), which differs from process "
            "to process",
        )
    try:
        probabilities = calibrate(answer["probabilities"], manifest.calibration.temperature)
        check_golden(manifest.golden, probabilities, "a fresh process")
    except BundleError as error:
        raise _refusal(
            "model",
            manifest,
            f"gives other probabilities in a fresh process than in the one that trained ({error})",
        ) from error


def _load_here(bundle: Path, plugins: Plugins, manifest: Manifest) -> None:
    try:
        Classifier.load(bundle, plugins=plugins)
    except BundleError as error:
        raise _refusal(
            "model", manifest, f"gives other answers when asked again ({error})"
        ) from error


def _refusal(kind: str, manifest: Manifest, what: str, more: str = "") -> PluginError:
    record: PartRecord = getattr(manifest.parts, kind)
    return PluginError(
        f"{called(kind, record)} {what}. Nothing is published. Its author finds the same by "
        f"voxpop.testing.{_KITS[kind]} (docs/plugins.md).{more}"
    )


def _main(bundle: str, answer: str, *names: str) -> None:
    manifest = read_manifest(Path(bundle))
    try:
        plugins = Plugins.load(only=names)
    except PluginError:  # not installed where others find it
        sys.exit(_NOT_INSTALLED)
    texts = [golden.text for golden in manifest.golden]
    kind = "tokenizer"
    fault = Path(answer, "fault.json")
    try:
        fault.write_text(json.dumps({"kind": kind}), "utf-8")
        tokenizer = plugins.get(TokenizerPart, manifest.parts.tokenizer.name).load(
            Path(bundle, "tokenizer")
        )
        batch = tokenizer.encode(texts)
        kind = "model"
        fault.write_text(json.dumps({"kind": kind}), "utf-8")  # it may end the process
        model = plugins.get(ModelPart, manifest.parts.model.name).load(Path(bundle, "model"))
        probabilities = np.asarray(model.predict_proba(batch), dtype=np.float64)
        np.savez(
            Path(answer, "answer.npz"),
            ids=batch.ids,
            lengths=batch.lengths,
            probabilities=probabilities,
        )
    except BaseException as error:  # noqa: BLE001 - whatever the part's code raises
        fault.write_text(json.dumps({"kind": kind, "reason": _reason(error)}), "utf-8")
        sys.exit(1)


def _reason(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[1:][-2:]  # the first one is ours
    where = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__}: {error}" + (f" (at {where})" if where else "")


if __name__ == "__main__":
    _main(*sys.argv[1:])
