"""Full suite: files that TensorBoard's and W&B's own libraries write are read back with them.

Skipped by name where a library is not installed: `pip install 'rft-cli[tensorboard,wandb]'`.
"""

from __future__ import annotations

import pytest

from rft_cli.curves.read import read
from rft_cli.errors import UsageError

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore")]

REWARDS = [round(0.1 + 0.02 * step, 3) for step in range(1, 31)]


def test_tensorboard_events_are_read_from_the_file_and_its_folder(tmp_path) -> None:
    pytest.importorskip("tensorboard", reason="the extra [tensorboard] is not installed")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(tmp_path))
    for step, reward in enumerate(REWARDS, start=1):
        value = Summary.Value(tag="train/reward", simple_value=reward)
        writer.add_event(Event(step=step, summary=Summary(value=[value])))
    writer.close()
    file = next(tmp_path.glob("*tfevents*"))
    for path in (tmp_path, file):
        series = read(path)
        assert series.get("reward_mean").tolist() == pytest.approx(REWARDS)
        assert series.at("reward_mean").tolist() == list(range(1, 31))
        assert series.format == "TensorBoard events"


def test_an_empty_event_file_says_what_is_needed(tmp_path) -> None:
    pytest.importorskip("tensorboard", reason="the extra [tensorboard] is not installed")
    file = tmp_path / "events.out.tfevents.1.host"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match="no scalar"):
        read(file)


def test_a_wandb_offline_run_is_read_from_its_folder(tmp_path, monkeypatch) -> None:
    wandb = pytest.importorskip("wandb", reason="the extra [wandb] is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    run = wandb.init(project="rft-test")
    for step, reward in enumerate(REWARDS, start=1):
        run.log({"train/global_step": step, "train/reward": reward, "train/completions/clipped_ratio": 0.0})
    run.finish()
    wandb.teardown()  # the service that writes the file ends here
    for path in (tmp_path / "wandb", *tmp_path.glob("wandb/offline-run-*"), *tmp_path.rglob("*.wandb")):
        series = read(path)
        assert series.get("reward_mean").tolist() == REWARDS
        assert series.at("reward_mean").tolist() == list(range(1, 31))
        assert series.format == "a W&B offline run"


def test_a_damaged_wandb_file_says_what_is_needed(tmp_path) -> None:
    pytest.importorskip("wandb", reason="the extra [wandb] is not installed")
    path = tmp_path / "run.wandb"
    path.write_bytes(b":W&B\xe1\xbe\0" + b"\0" * 4 + (9).to_bytes(2, "little") + b"\x01" + b"\xff" * 9)
    with pytest.raises(UsageError, match="not what W&B writes"):
        read(path)
