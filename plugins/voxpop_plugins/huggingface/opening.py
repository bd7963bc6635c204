"""Opens a data set by the library `datasets`, and says in one line what is in the way."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voxpop import (
    DataError,
    Listener,
    MissingExtraError,
    Notice,
    StoreAccessError,
    StoreUnavailableError,
    VoxpopError,
)
from voxpop_plugins.huggingface.config import HuggingFaceConfig

logger = logging.getLogger(__name__)

_SAVED = ("dataset_dict.json", "state.json")  # what `save_to_disk` leaves
_LONGEST = 400


def folder_of(config: HuggingFaceConfig) -> Path | None:
    """Give the folder that the path names; None when it names a data set of the Hub."""
    folder = Path(config.path).expanduser()
    with contextlib.suppress(OSError):
        if folder.is_dir():
            return folder
    if config.path.startswith((".", "/", "~")) or config.path.count("/") > 1:
        raise DataError(
            f"There is no folder {config.path!r} (`path` in [data]). Name a folder, or a data set "
            "of the Hub as owner/name"
        )
    return None


def open_splits(
    config: HuggingFaceConfig, revision: str | None, listen: Listener
) -> dict[str, Any]:
    """Give every split of the data set by its name, as `datasets` gives them.

    The library fetches the files of a data set of the Hub meanwhile, unless it streams them.

    Raises:
        DataError: there is no such data set or subset, or it cannot be read.
        StoreUnavailableError: the network failed.
        StoreAccessError: the data set is gated.
    """
    datasets = _datasets()
    folder = folder_of(config)
    if folder is None and not config.streaming:
        message = (
            f"the library datasets fetches all files of {config.path!r} that are not on this "
            "machine yet; that may take long, and no progress is shown meanwhile"
        )
        listen(Notice(message=message))
    with faults_told(config), _no_bars(datasets):
        if folder is not None and any((folder / name).exists() for name in _SAVED):
            opened = datasets.load_from_disk(str(folder))
            if isinstance(opened, datasets.Dataset):
                opened = {str(opened.split or "train"): opened}
        else:
            opened = datasets.load_dataset(
                config.path if folder is None else str(folder),
                config.subset,
                revision=revision,
                streaming=config.streaming,
            )
    return {str(name): split for name, split in opened.items()}


@contextlib.contextmanager
def _no_bars(datasets: Any) -> Iterator[None]:
    """Keep the library from drawing over our own progress."""
    if datasets.are_progress_bars_disabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()


def _datasets() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError(
            f"The data source huggingface needs the library datasets, which cannot be imported "
            f'({error}). Install it with: pip install "voxpop[train]"'
        ) from error
    return datasets


@contextlib.contextmanager
def faults_told(config: HuggingFaceConfig) -> Iterator[None]:
    """Turn what the libraries raise about the data set into one fault of ours.

    `datasets` wraps what went wrong in errors of its own: the causes tell.
    """
    try:
        yield
    except VoxpopError:
        raise
    except Exception as error:
        logger.debug("datasets failed", exc_info=True)
        raise _fault(config, error) from error


def _fault(config: HuggingFaceConfig, error: Exception) -> VoxpopError:
    from huggingface_hub import constants
    from huggingface_hub import errors as hub

    about = f"The data set {config.path!r}"
    causes = list(_causes(error))

    def is_any(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if is_any(hub.GatedRepoError):
        return StoreAccessError(
            f"{about} is gated: ask for access on its page {constants.ENDPOINT}/datasets/"
            f"{config.path}, then log in with `hf auth login` or set HF_TOKEN"
        )
    if is_any(hub.RevisionNotFoundError):
        return DataError(
            f"{about} has no revision {config.revision!r} (`revision` in [data]). Name a branch, "
            "a tag or a commit of it"
        )
    if is_any(hub.RepositoryNotFoundError):
        return DataError(
            f"There is no data set {config.path!r} on {constants.ENDPOINT} that you may see "
            "(`path` in [data]). See that owner and name are right; for a private one, log in "
            "with `hf auth login` or set HF_TOKEN"
        )
    if is_any(hub.OfflineModeIsEnabled):
        return StoreUnavailableError(
            f"{about} cannot be fetched: HF_HUB_OFFLINE is set, and no copy is on this machine. "
            "Unset it, or name a local folder as `path` in [data]"
        )
    if any(_is_network(cause) for cause in causes):
        return StoreUnavailableError(
            f"{about} cannot be fetched: {constants.ENDPOINT} does not answer "
            f"({_one_line(causes[-1])}). See that the network works, or name a local folder as "
            "`path` in [data]"
        )
    return DataError(f"{about} cannot be read: {_one_line(causes[-1])}")


def _is_network(error: BaseException) -> bool:
    from huggingface_hub import errors as hub

    if isinstance(error, hub.HfHubHTTPError):
        response = getattr(error, "response", None)
        return response is None or response.status_code >= 500 or response.status_code == 429
    # What its HTTP library raises, whichever it is: that has changed before.
    of_transport = hub.HfHubHTTPError.__bases__[0]
    return isinstance(error, (of_transport, ConnectionError, TimeoutError))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        seen.append(at)
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
