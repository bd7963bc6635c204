"""MLflow's own scoring server: a pyfunc over onnxruntime. It has no batching.

    python mlflow_app.py FOLDER

saves the model there, for `mlflow models serve`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import mlflow

from benchmarks.servers.apps.text_model import ids_of, open_session, predict


class Judge(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Answers the reviews of a request together."""

    def load_context(self, context: Any) -> None:
        """Open the network."""
        self.session = open_session()

    def predict(self, context: Any, model_input: list[str], params: Any = None) -> list[float]:
        """Give the probability of the second label for each review."""
        return predict(self.session, [ids_of(text) for text in model_input])


if __name__ == "__main__":
    mlflow.pyfunc.save_model(sys.argv[1], python_model=str(Path(__file__)), pip_requirements=[])
else:
    mlflow.models.set_model(Judge())
