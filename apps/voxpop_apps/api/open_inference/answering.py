"""What is answered: tensors in JSON, or as raw bytes behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from starlette.responses import Response

from voxpop_apps.api.messages import prediction_of
from voxpop_apps.api.open_inference.reading import JSON_LENGTH
from voxpop_apps.api.open_inference.tensors import raw_floats, raw_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voxpop_apps.api.served import Served


def answer_of(
    served: Served, answers: list[list[float]], wanted: Mapping[str, bool], head: dict[str, Any]
) -> Response:
    """Give the outputs that are wanted.

    Args:
        served: the version that answered.
        answers: the probabilities of its k labels for each of n texts.
        wanted: the outputs, and whether each is to be binary.
        head: what else the answer's JSON holds.
    """
    told = [prediction_of(served, answer) for answer in answers]
    tensors: dict[str, tuple[str, list[int], list[Any]]] = {
        "label": ("BYTES", [len(told)], [one["label"] for one in told]),
        "confidence": ("FP64", [len(told)], [one["confidence"] for one in told]),
        "probabilities": (
            "FP64",
            [len(told), len(served.classifier.labels)],
            [number for answer in answers for number in answer],
        ),
    }
    outputs = []
    binary = []
    for output, is_binary in wanted.items():
        datatype, shape, data = tensors[output]
        record: dict[str, Any] = {"name": output, "datatype": datatype, "shape": shape}
        if is_binary:
            bytes_ = raw_texts(data) if datatype == "BYTES" else raw_floats(data)
            record["parameters"] = {"binary_data_size": len(bytes_)}
            binary.append(bytes_)
        else:
            record["data"] = data
        outputs.append(record)
    json = to_json({**head, "outputs": outputs})
    headers = {"x-model-version": served.version}
    if not binary:
        return Response(json, media_type="application/json", headers=headers)
    headers[JSON_LENGTH.lower()] = str(len(json))
    return Response(json + b"".join(binary), media_type="application/octet-stream", headers=headers)
