"""What every evaluator test needs: a project folder, rows, and a process that looks as before afterwards."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.evaluator import Evaluator, load
from rft_cli.task.protocol import PACKAGES
from rft_cli.task.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def process_left_alone(tmp_path: Path) -> Iterator[None]:
    path, environment, folder = list(sys.path), dict(os.environ), Path.cwd()
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES or str(getattr(module, "__file__", "")).startswith(
            str(tmp_path)
        ):
            del sys.modules[name]
    os.environ.clear()
    os.environ.update(environment)
    assert Path.cwd() == folder


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Evaluator]:
    """Write ``evaluators/score.py`` and load it."""

    def make(source: str, *, on_hang: Callable[..., object] | None = None, **spec: Any) -> Evaluator:
        file = tmp_path / "evaluators" / "score.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(source, encoding="utf-8")
        return load(EvaluatorSpec("evaluators/score.py", **spec), tmp_path, on_hang=on_hang)

    return make


@pytest.fixture
def rows() -> list[Row]:
    def row(line: int) -> Row:
        messages = [{"role": "user", "content": f"{line}+{line}?"}]
        record = {
            "messages": messages,
            "answer": str(2 * line),
            "ground_truth": str(2 * line),
            "tags": ["sum"],
        }
        return Row(line, messages, record)

    return [row(line) for line in range(1, 9)]
