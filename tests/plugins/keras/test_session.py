import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from voxpop import BundleError, MissingExtraError, TokenBatch, UsageError
from voxpop_plugins.keras.onnx_graph import BiLSTMWeights, DenseWeights, LSTMWeights, build_onnx
from voxpop_plugins.keras.session import OnnxSession

VOCABULARY = 50


def make_network(seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)

    def lstm(features: int, units: int) -> LSTMWeights:
        return LSTMWeights(
            kernel=rng.normal(size=(features, 4 * units)).astype(np.float32),
            recurrent_kernel=rng.normal(size=(units, 4 * units)).astype(np.float32),
            bias=rng.normal(size=4 * units).astype(np.float32),
        )

    def dense(features: int, units: int) -> DenseWeights:
        return DenseWeights(
            kernel=rng.normal(size=(features, units)).astype(np.float32),
            bias=rng.normal(size=units).astype(np.float32),
        )

    weights = BiLSTMWeights(
        embedding=rng.normal(size=(VOCABULARY, 8)).astype(np.float32),
        layers=((lstm(8, 8), lstm(8, 8)), (lstm(16, 4), lstm(16, 4))),
        dense=dense(16, 8),
        output=dense(8, 1),
    )
    return build_onnx(weights, "mean-max")


@pytest.fixture(scope="module")
def session() -> OnnxSession:
    return OnnxSession(make_network(), source="model.onnx")


def random_batch(n: int, width: int, seed: int = 0) -> TokenBatch:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, VOCABULARY, (n, width), dtype=np.int32)
    return TokenBatch(ids, rng.integers(0, width + 1, n, dtype=np.int32))


def test_the_network_says_its_own_shape(session: OnnxSession) -> None:
    assert session.classes == 2
    assert session.vocabulary_size == VOCABULARY


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 150), width=st.integers(0, 20), seed=st.integers(0, 99))
def test_a_row_gets_the_same_answer_alone_and_in_any_batch(n: int, width: int, seed: int) -> None:
    session = _shared_session()
    batch = random_batch(n, width, seed)
    together = session.predict_proba(batch)
    assert together.shape == (n, 2)
    for row in range(0, n, 17):
        length = batch.lengths[row]
        alone = TokenBatch(batch.ids[row : row + 1, :length], batch.lengths[row : row + 1])
        np.testing.assert_allclose(session.predict_proba(alone)[0], together[row], atol=1e-6)


_SESSIONS: list[OnnxSession] = []


def _shared_session() -> OnnxSession:
    if not _SESSIONS:
        _SESSIONS.append(OnnxSession(make_network(), source="model.onnx"))
    return _SESSIONS[0]


def test_rows_keep_their_order_in_large_batches(session: OnnxSession) -> None:
    batch = random_batch(1_000, 30)
    answer = session.predict_proba(batch)
    turned = session.predict_proba(TokenBatch(batch.ids[::-1], batch.lengths[::-1]))
    np.testing.assert_allclose(turned[::-1], answer, atol=1e-6)
    assert len(np.unique(answer[:, 1])) > 900


def test_other_integer_types_and_views_are_taken(session: OnnxSession) -> None:
    batch = random_batch(40, 9)
    expected = session.predict_proba(batch)
    wide = np.zeros((40, 18), np.int64)
    wide[:, ::2] = batch.ids
    views = TokenBatch(wide[:, ::2], batch.lengths.astype(np.int64))  # type: ignore[arg-type]
    np.testing.assert_array_equal(session.predict_proba(views), expected)


@pytest.mark.parametrize("wrong", [VOCABULARY, -1, 2**31 - 1])
def test_an_id_outside_of_the_vocabulary_is_refused(session: OnnxSession, wrong: int) -> None:
    batch = TokenBatch(np.array([[1, wrong]], np.int32), np.array([2], np.int32))
    with pytest.raises(UsageError, match=rf"ids 0 .. 49 and was given .*{wrong}"):
        session.predict_proba(batch)


def test_many_threads_may_ask_at_once(session: OnnxSession) -> None:
    batches = [random_batch(40, 12, seed) for seed in range(8)]
    expected = [session.predict_proba(batch) for batch in batches]
    wrong: list[int] = []

    def ask(number: int) -> None:
        answers = [session.predict_proba(batches[number]) for _ in range(20)]
        wrong.extend(number for one in answers if not np.array_equal(one, expected[number]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_more_threads_give_the_same_answers(session: OnnxSession) -> None:
    batch = random_batch(64, 20)
    both = OnnxSession(make_network(), source="model.onnx", threads=2)
    np.testing.assert_allclose(both.predict_proba(batch), session.predict_proba(batch), atol=1e-6)


@pytest.mark.parametrize(
    "content", [b"", b"no network at all", make_network()[:200], make_network()[:-40]]
)
def test_a_damaged_file_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"^some/model\.onnx is not a network"):
        OnnxSession(content, source="some/model.onnx")


def other_network(output: str, *, metadata: str | None) -> bytes:
    node = helper.make_node("Add", ["a", "a"], [output])
    a, b = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in ("a", output)
    )
    model = helper.make_model(
        helper.make_graph([node], "other", [a], [b]),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    if metadata is not None:
        helper.set_model_props(model, {"vocabulary_size": metadata})
    return bytes(model.SerializeToString())


def test_another_network_is_refused_by_name() -> None:
    for content in (
        other_network("b", metadata=None),
        other_network("probabilities", metadata="9"),
    ):
        with pytest.raises(BundleError, match=r"^some/model\.onnx is an ONNX file, but not one"):
            OnnxSession(content, source="some/model.onnx")


def test_a_network_without_its_vocabulary_size_is_refused() -> None:
    for value in ("", "many"):
        model = onnx.load_from_string(make_network())
        helper.set_model_props(model, {"vocabulary_size": value})
        with pytest.raises(BundleError, match="not one of Voxpop's"):
            OnnxSession(model.SerializeToString(), source="model.onnx")


def test_a_missing_onnxruntime_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r'pip install "voxpop\[serve\]"'):
        OnnxSession(make_network(), source="model.onnx")


def test_a_batch_of_ten_thousand_rows_stays_small(tmp_path: Path) -> None:
    """In a process of its own: a peak of memory is a process's for good."""
    (tmp_path / "model.onnx").write_bytes(make_network())
    script = """
import resource, sys
import numpy as np
from voxpop import TokenBatch
from voxpop_plugins.keras.session import OnnxSession
session = OnnxSession(open(sys.argv[1], "rb").read(), source="model.onnx")
ids = np.ones((10_000, 128), np.int32)
session.predict_proba(TokenBatch(ids[:32], np.full(32, 128, np.int32)))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
session.predict_proba(TokenBatch(ids, np.full(10_000, 128, np.int32)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "model.onnx")],
        capture_output=True,
        text=True,
        check=True,
    )
    # At once, the LSTM's outputs alone would take 10,000 x 128 x 16 floats = 82 MB a layer.
    assert int(told.stdout) < 16_000, "KiB more than for 32 rows"
