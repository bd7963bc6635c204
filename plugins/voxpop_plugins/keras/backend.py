"""Which library Keras computes with: chosen once a process, before Keras is first imported."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import Literal

from voxpop import MissingExtraError, PluginError

Backend = Literal["tensorflow", "jax"]

_EXTRAS: dict[Backend, str] = {"tensorflow": "train", "jax": "jax"}
# What TensorFlow logs while it is imported, before it heeds any setting: lines of the level "info".
_CHATTER = re.compile(rb"(?m)^(?:I\d{4} |WARNING: All log messages before absl).*\n?")


def choose_backend(backend: Backend) -> None:
    """Import Keras on `backend`, with float32 whatever the user's own Keras settings say.

    Raises:
        MissingExtraError: Keras or the backend is not installed.
        PluginError: this process already runs Keras on another backend.
    """
    if "keras" in sys.modules:
        _check_running(backend)
    os.environ["KERAS_BACKEND"] = backend
    # What goes wrong in TensorFlow arrives as an exception in any case.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _without_chatter():
            importlib.import_module(backend)
            if importlib.util.find_spec("tensorflow") is not None:
                # Keras imports it sooner or later wherever it is installed.
                importlib.import_module("tensorflow")
            keras = importlib.import_module("keras")
    except ImportError as error:
        raise MissingExtraError(
            f"The BiLSTM trains with Keras on {backend}, and that cannot be imported ({error}). "
            f'Install it with: pip install "voxpop[{_EXTRAS[backend]}]"'
        ) from error
    keras.config.set_floatx("float32")


def _check_running(backend: Backend) -> None:
    current = importlib.import_module("keras").config.backend()
    if current != backend:
        raise PluginError(
            f'The config asks for backend = "{backend}", but this process already runs Keras on '
            f'"{current}", and Keras cannot change it. Start a new process, or choose '
            f'model.backend = "{current}".'
        )


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back what is written to stderr, by C++ code too, and pass on all but the chatter."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held_back.seek(0)
            os.write(2, _CHATTER.sub(b"", held_back.read()))
