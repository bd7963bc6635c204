"""What a body asks: its texts, whether in JSON or behind it, and the outputs that are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voxpop_apps.api.bodies import parse
from voxpop_apps.api.errors import InvalidRequestError
from voxpop_apps.api.messages import Review, text_of
from voxpop_apps.api.open_inference.messages import InferRequest
from voxpop_apps.api.open_inference.tensors import check_shape, texts_of_bytes, texts_of_json

if TYPE_CHECKING:
    from voxpop_apps.api.settings import ApiSettings

JSON_LENGTH = "Inference-Header-Content-Length"
OUTPUTS = ("label", "confidence", "probabilities")


def read_body(
    settings: ApiSettings, length: str | None, body: bytes
) -> tuple[InferRequest, list[str]]:
    """Read what is asked, and the texts that it is asked of.

    Args:
        settings: what is allowed.
        length: how many bytes of the body are its JSON, as its header says; None: all.
        body: the JSON, and perhaps a raw tensor.

    Raises:
        ApiError: a subclass that says what is wrong with it.
    """
    most = settings.max_batch_reviews
    if length is None:
        asked, raw = parse(InferRequest, body, most), b""
    elif length.isascii() and length.isdigit() and len(length) <= 12 and int(length) <= len(body):
        asked, raw = parse(InferRequest, body[: int(length)], most), body[int(length) :]
    else:
        raise InvalidRequestError(
            f"The header {JSON_LENGTH} is no number of bytes up to {len(body):,}, the whole body"
        )
    texts = _texts(asked, raw, most)
    for text in texts:
        text_of(Review.model_construct(content=text), settings.max_text_characters)
    return asked, texts


def _texts(asked: InferRequest, raw: bytes, most: int) -> list[str]:
    """Give the texts of the one input."""
    if len(asked.inputs) != 1 or asked.inputs[0].name != "text":
        raise InvalidRequestError("The model takes one input, the tensor `text`")
    tensor = asked.inputs[0]
    if tensor.datatype != "BYTES":
        raise InvalidRequestError("The tensor `text` has the datatype BYTES and no other")
    size = tensor.parameters.get("binary_data_size")
    if size is None:
        if raw or tensor.data is None:
            raise InvalidRequestError(
                "The tensor `text` has its elements in `data`, or says by the parameter "
                "`binary_data_size` how many bytes after the JSON are its own"
            )
        texts = texts_of_json(tensor.data, most)
    elif tensor.data is not None or size != len(raw) or isinstance(size, bool):
        raise InvalidRequestError(
            "The tensor `text` says by `binary_data_size` how many bytes are its own, and "
            f"{len(raw):,} follow the JSON; beside them it has no `data`"
        )
    else:
        texts = texts_of_bytes(raw, most)
    check_shape(tensor.shape, len(texts), most)
    return texts


def wanted_outputs(asked: InferRequest) -> dict[str, bool]:
    """Give the outputs that are asked for, and whether each is to be binary.

    Raises:
        InvalidRequestError: the model has no such output.
    """
    all_binary = asked.parameters.get("binary_data_output") is True
    if not asked.outputs:
        return dict.fromkeys(OUTPUTS, all_binary)
    wanted = {}
    for output in asked.outputs:
        if output.name not in OUTPUTS:
            raise InvalidRequestError(
                "The model has no such output; it has label, confidence and probabilities"
            )
        if "classification" in output.parameters:
            raise InvalidRequestError(
                "The parameter `classification` is not known here: ask for the output "
                "`probabilities`, which has one number for each label"
            )
        wanted[output.name] = output.parameters.get("binary_data", all_binary) is True
    return wanted
