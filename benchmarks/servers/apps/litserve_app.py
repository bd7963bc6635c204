"""LitServe with its own batching."""

from __future__ import annotations

import sys
from typing import Any

import litserve

from benchmarks.servers.apps.text_model import ids_of, open_session, predict


class Judge(litserve.LitAPI):  # type: ignore[misc]
    """Tokenizes a request at a time and answers a batch at a time."""

    def setup(self, device: str) -> None:
        """Open the network."""
        self.session = open_session()

    def decode_request(self, request: dict[str, str]) -> list[int]:
        """Give the ids of a review."""
        return ids_of(request["content"])

    def batch(self, inputs: list[list[int]]) -> list[list[int]]:
        """Keep the rows apart: they are padded together later."""
        return inputs

    def predict(self, rows: list[list[int]]) -> list[float]:
        """Answer a batch."""
        return predict(self.session, rows)

    def unbatch(self, output: list[float]) -> list[float]:
        """Give one answer a request."""
        return output

    def encode_response(self, output: float) -> dict[str, Any]:
        """Name the answer."""
        return {"probability": output}


if __name__ == "__main__":
    server = litserve.LitServer(
        Judge(max_batch_size=32, batch_timeout=0.002),
        accelerator="cpu",
        workers_per_device=1,
        timeout=60,
    )
    server.run(
        port=int(sys.argv[1]),
        host="127.0.0.1",
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
