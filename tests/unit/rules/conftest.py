from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rft_cli.config import Config, load

REQUIRED = "version: 1\nmodel: rehearsal\ndataset: data/train.jsonl\nevaluator: evaluators/judge.py\n"


@pytest.fixture
def resolved(tmp_path: Path) -> Callable[..., Config]:
    """Makes the config of a fragment of YAML."""

    def make(fragment: str = "", name: str = "run") -> Config:
        file = tmp_path / f"{name}.yaml"
        file.write_text(REQUIRED + fragment, encoding="utf-8")
        loaded = load(file, root=tmp_path, shown=file.name, environment={})
        assert loaded.findings == ()
        assert loaded.config is not None
        return loaded.config

    return make
