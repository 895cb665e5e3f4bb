"""Writes the trained adapter in the layout of PEFT: ``adapter_model.safetensors`` and ``adapter_config.json``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from rft_cli.trainer.rehearsal.checkpoint import write_tensors
from rft_cli.trainer.rehearsal.lora import ALPHA, SITES, Adapter
from rft_cli.worker import write_atomic


def write_adapter(folder: Path, adapter: Adapter) -> None:
    """Store A and B of every map, transposed as PEFT keeps them: [r, inputs] and [outputs, r]."""
    folder.mkdir(exist_ok=True)
    tensors = {}
    for pair in adapter.pairs:
        prefix = f"base_model.model.layers.{pair.layer}.{pair.site.name}"
        tensors[f"{prefix}.lora_A.weight"] = np.ascontiguousarray(pair.a.T)
        tensors[f"{prefix}.lora_B.weight"] = np.ascontiguousarray(pair.b.T)
    write_tensors(folder / "adapter_model.safetensors", tensors)
    config = {
        "peft_type": "LORA",
        "base_model_name_or_path": "rehearsal",
        "r": adapter.rank,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": [site.name.rpartition(".")[2] for site in SITES],
    }
    write_atomic(folder / "adapter_config.json", json.dumps(config, indent=2) + "\n")
