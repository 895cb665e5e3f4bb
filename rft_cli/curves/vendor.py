"""Metrics in the binary files of TensorBoard and W&B, read with the vendors' own libraries, which are extras."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from rft_cli.curves.wandb_file import records
from rft_cli.errors import SetupError, UsageError

EVENT_FILES = "*tfevents*"
WANDB_FILES = "*.wandb"

ALL_POINTS = 0
"""TensorBoard's word for: keep every point of a tag instead of a sample."""


def tensorboard_rows(path: Path) -> Iterator[dict[str, object]]:
    """One row a step of an event file, or of all event files in a folder.

    Raises:
        SetupError: the library is not installed.
        UsageError: no scalar is inside.
    """
    module = _library("tensorboard.backend.event_processing.event_accumulator", "tensorboard")
    accumulator: Any = module.EventAccumulator(
        str(path), size_guidance={"scalars": ALL_POINTS, "tensors": ALL_POINTS}
    )
    accumulator.Reload()
    steps: dict[int, dict[str, object]] = {}
    tags = accumulator.Tags()
    for tag in tags["scalars"]:
        for event in accumulator.Scalars(tag):
            steps.setdefault(event.step, {"step": event.step})[tag] = event.value
    if not steps:
        raise UsageError(
            f"{path}: no scalar in these TensorBoard events", hint="needed: a tag such as train/reward"
        )
    yield from (steps[step] for step in sorted(steps))


def wandb_rows(path: Path) -> Iterator[dict[str, object]]:
    """The history rows of an offline run's ``.wandb`` file.

    Raises:
        SetupError: the library that knows its records is not installed.
        UsageError: it is another kind of file.
    """
    module = _library("wandb.proto.wandb_internal_pb2", "wandb")
    damaged: type[Exception] = _library("google.protobuf.message", "wandb").DecodeError
    try:
        for data in records(path):
            record: Any = module.Record()
            record.ParseFromString(data)
            if record.WhichOneof("record_type") == "history":
                yield {_key(item): _value(item.value_json) for item in record.history.item}
    except (ValueError, damaged) as error:
        raise UsageError(
            f"{path}: not what W&B writes ({error})", hint="needed: an offline run's folder"
        ) from error


def _key(item: Any) -> str:
    return item.key or "/".join(item.nested_key)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _library(name: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SetupError(
            f"reading these files takes {extra}'s own library, which is not installed here ({error})",
            hint=f"pip install 'rft-cli[{extra}]'",
        ) from error
