"""Files: tensors, the base, and the state of a run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rft_cli.trainer.rehearsal import checkpoint, pretrain, state
from rft_cli.trainer.rehearsal.adam import Adam
from rft_cli.trainer.rehearsal.guard import Watch
from rft_cli.trainer.rehearsal.lora import Adapter

TENSORS = st.dictionaries(
    st.text("abc.01", min_size=1, max_size=8),
    arrays.arrays(st.sampled_from([np.float16, np.float32, np.int64]), arrays.array_shapes(min_side=0)),
    max_size=4,
)


@given(TENSORS, st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2))
def test_tensors_come_back_as_they_were_written(tmp_path_factory, tensors, metadata):
    path = tmp_path_factory.mktemp("tensors") / "a.safetensors"
    checkpoint.write_tensors(path, tensors, metadata)
    found, text = checkpoint.read_tensors(path)
    assert list(found) == list(tensors)
    assert text == metadata
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found[name], tensor)


def test_the_file_is_what_the_format_says(tmp_path: Path):
    path = tmp_path / "a.safetensors"
    checkpoint.write_tensors(path, {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}, {"k": "v"})
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    assert size % 8 == 0
    assert header == {
        "__metadata__": {"k": "v"},
        "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    }
    assert data[8 + size :] == np.arange(6, dtype="<f4").tobytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.parametrize("length", [0, 5, 20, 90])
def test_a_file_cut_short_is_refused(tmp_path: Path, length: int):
    path = tmp_path / "a.safetensors"
    checkpoint.write_tensors(path, {"w": np.zeros(100, np.float32)})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError):
        checkpoint.read_tensors(path)


def test_the_base_is_small_and_comes_from_the_committed_script():
    assert checkpoint.BASE.stat().st_size <= 300 * 1024
    _, metadata = checkpoint.read_tensors(checkpoint.BASE)
    assert metadata == pretrain.METADATA


def test_pretraining_is_deterministic_and_lowers_the_loss(capsys: pytest.CaptureFixture[str]):
    first, second = pretrain.train(3), pretrain.train(3)
    assert (pretrain.flatten(first) == pretrain.flatten(second)).all()


def trained_state() -> tuple[state.Progress, Adapter, Adam]:
    rng = np.random.default_rng(3)
    adapter = Adapter.initial(4, rng)
    optimiser = Adam(adapter.values.size)
    optimiser.update(adapter.values, rng.standard_normal(adapter.values.size).astype(np.float32), 0.01)
    return state.Progress(7, 99, dict(rng.bit_generator.state), Watch(0.1, 2, 1)), adapter, optimiser


def test_the_state_of_a_run_comes_back_as_it_was(tmp_path: Path):
    progress, adapter, optimiser = trained_state()
    path = state.write(tmp_path / "checkpoints", progress, adapter, optimiser)
    assert path.name == "000007.safetensors"
    found = state.newest(tmp_path / "checkpoints", 4)
    assert found is not None
    assert found[0] == progress
    assert (found[1].values == adapter.values).all()
    assert (found[2].first == optimiser.first).all()
    assert (found[2].second == optimiser.second).all()
    assert found[2].steps == 1
    rng = np.random.default_rng()
    rng.bit_generator.state = found[0].rng
    other = np.random.default_rng()
    other.bit_generator.state = progress.rng
    assert rng.random() == other.random()


def test_only_the_newest_checkpoints_are_kept(tmp_path: Path):
    progress, adapter, optimiser = trained_state()
    for step in (1, 2, 3):
        state.write(tmp_path, progress._replace(step=step), adapter, optimiser)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000002.safetensors", "000003.safetensors"]


def test_a_checkpoint_with_a_changed_byte_or_another_rank_is_not_used(tmp_path: Path):
    progress, adapter, optimiser = trained_state()
    path = state.write(tmp_path, progress, adapter, optimiser)
    assert state.newest(tmp_path, 8) is None
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    assert state.newest(tmp_path, 4) is None
