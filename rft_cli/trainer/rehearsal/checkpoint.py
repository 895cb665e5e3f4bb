"""Reading and writing ``.safetensors`` files with NumPy, and the base checkpoint that ships with the package.

Format: eight bytes with the header's length (little endian), a JSON header with the type, shape and byte range of every
tensor and free text under ``__metadata__``, then the tensors' bytes.
Source: https://huggingface.co/docs/safetensors, "Format".
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rft_cli.trainer.rehearsal.model import LAYERS, Array, Layer, Weights

BASE = Path(__file__).with_name("base.safetensors")
"""Made by ``python -m rft_cli.trainer.rehearsal.pretrain``."""

_TYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64}
_NAMES = {np.dtype(kind): name for name, kind in _TYPES.items()}


def write_tensors(
    path: Path, tensors: Mapping[str, Array], metadata: Mapping[str, str] | None = None
) -> None:
    """Replace a file atomically; tensors are little endian and in the order given."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    for name, tensor in tensors.items():
        end = offset + tensor.nbytes
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": tensor.shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.writelines(np.ascontiguousarray(tensor).tobytes() for tensor in tensors.values())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read_tensors(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """All tensors and the metadata of a file.

    Raises:
        ValueError: the file is cut short or is not of this format.
    """
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    if len(data) < 8 or start > len(data):
        raise ValueError(f"{path.name} is not a safetensors file")
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        count = math.prod(entry["shape"])
        kind = np.dtype(_TYPES[entry["dtype"]])
        if last - first != count * kind.itemsize or start + last > len(data):
            raise ValueError(f"{path.name} is cut short at {name}")
        tensors[name] = np.frombuffer(data, kind, count, start + first).reshape(entry["shape"]).copy()
    return tensors, metadata


def write_weights(path: Path, weights: Weights, metadata: Mapping[str, str]) -> None:
    """Store a model in half precision."""
    tensors = {"embedding": weights.embedding}
    for index, layer in enumerate(weights.layers):
        tensors |= {f"layers.{index}.{name}": weight for name, weight in layer._asdict().items()}
    write_tensors(path, {name: tensor.astype(np.float16) for name, tensor in tensors.items()}, metadata)


def read_weights(path: Path = BASE) -> Weights:
    """A model, in single precision."""
    tensors, _ = read_tensors(path)
    single = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
    layers = tuple(
        Layer(*(single[f"layers.{index}.{name}"] for name in Layer._fields)) for index in range(LAYERS)
    )
    return Weights(single["embedding"], layers)
