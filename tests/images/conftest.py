"""Both images, built once a run, and a small version in a real S3 server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.images.containers import build, make_base_image, need_tools
from tests.s3_server import SeaweedFS, seaweedfs
from tests.serve_program import BUCKET, registry_variables, s3_client

_RUN_CONFIG = """
[data]
name = "files"
train = "reviews.csv"
content_column = "content"
label_column = "stars"
labels = { "1" = "negative", "5" = "positive" }
[tokenizer]
name = "keras"
[model]
name = "bilstm"
embedding_size = 8
lstm_units = [6, 4]
dense_units = 4
batch_size = 16
epochs = 3
learning_rate = 0.02
[promotion]
minimum = 0.0
"""


@pytest.fixture(scope="session")
def base_image() -> None:
    need_tools()
    make_base_image()


@pytest.fixture(scope="session")
def api_image(base_image: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    return build("api", tmp_path_factory.mktemp("api-image"))


@pytest.fixture(scope="session")
def frontend_image(base_image: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    return build("frontend", tmp_path_factory.mktemp("frontend-image"))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with seaweedfs(tmp_path_factory.mktemp("s3")) as server:
        s3_client(server.url).create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture(scope="session")
def champion(s3: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Train a small BiLSTM straight into the bucket; gives its version."""
    scratch = tmp_path_factory.mktemp("training")
    rows = [f"{stars},{word} {n}" for n in range(40) for stars, word in ((5, "lovely"), (1, "bad"))]
    (scratch / "reviews.csv").write_text("\n".join(["stars,content", *rows]), encoding="utf-8")
    table = f'[registry]\nname = "s3"\nbucket = "{BUCKET}"\nendpoint_url = "{s3.url}"\n'
    (scratch / "run.toml").write_text(_RUN_CONFIG + table, encoding="utf-8")
    trained = subprocess.run(
        [sys.executable, "-m", "voxpop_apps.cli", "train", "run.toml"],
        cwd=scratch,
        env=os.environ | registry_variables(s3.url) | {"VOXPOP_HOME": str(scratch / "home")},
        capture_output=True,
        encoding="utf-8",
    )
    assert trained.returncode == 0, trained.stderr
    return trained.stdout.strip()


@pytest.fixture
def tell(
    request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> Callable[[str], None]:
    """Give what shows a measured figure, whether the test passes or not."""

    def show(text: str) -> None:
        with capfd.disabled():
            request.config.get_terminal_writer().line(f"\n  {text}")

    return show
