"""MLServer with its own batching."""

from __future__ import annotations

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from benchmarks.servers.apps.text_model import ids_of, open_session, predict


class Judge(MLModel):  # type: ignore[misc]
    """Answers a batch at a time."""

    async def load(self) -> bool:
        """Open the network."""
        self.session = open_session()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Give the probability of the second label for each review."""
        texts = StringCodec.decode_input(payload.inputs[0])
        answers = np.array(predict(self.session, [ids_of(text) for text in texts]))
        output = NumpyCodec.encode_output("probability", answers)
        return InferenceResponse(model_name=self.name, outputs=[output])
