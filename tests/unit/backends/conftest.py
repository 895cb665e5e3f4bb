from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rft_cli.config import Config, load

REQUIRED = "version: 1\nname: sums\nmodel: rehearsal\ndataset: train.jsonl\nevaluator: sums.py\n"


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Config]:
    """Overrides → a resolved config."""

    def make(*overrides: str, text: str = REQUIRED) -> Config:
        path = tmp_path / "sums.yaml"
        path.write_text(text)
        loaded = load(path, root=tmp_path, overrides=overrides)
        assert loaded.config is not None, loaded.findings
        return loaded.config

    return make
