"""What a table of limits promises about files: one illegal value is one finding, at its own place, with its own code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import LARGEST, parameter_values

from rft_cli import config as configs
from rft_cli.diagnostics import Severity
from rft_cli.spec.parameter import Number, Parameter, show
from rft_cli.spec.parameters import PARAMETERS

each_parameter = pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


def written(values: dict[str, Number]) -> str:
    """A run config with one parameter a line."""
    lines = ["version: 1", "model: m", "dataset: d.jsonl", "evaluator: e.py:f"]
    for section in ("training", "rollout"):
        lines.append(f"{section}:")
        lines += [
            f"  {path.partition('.')[2]}: {show(value)}"
            for path, value in values.items()
            if path.startswith(section)
        ]
    return "\n".join(lines) + "\n"


def load(folder: Path, text: str) -> configs.Loaded:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return configs.load(path, root=folder, shown="run.yaml", fragment=False, environment={})


def illegal_numbers(entry: Parameter) -> st.SearchStrategy[Number]:
    numbers: st.SearchStrategy[Number] = st.one_of(
        st.integers(-LARGEST, LARGEST), st.floats(-LARGEST, LARGEST, allow_nan=False)
    )
    return numbers.filter(lambda value: not entry.accepts(value))


@each_parameter
@given(data=st.data())
def test_a_value_past_its_limits_is_one_error_at_its_own_line(
    folder: Path, entry: Parameter, data: st.DataObject
) -> None:
    values = {other.path: other.default for other in PARAMETERS} | {
        entry.path: data.draw(illegal_numbers(entry))
    }
    text = written(values)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith(f"  {entry.key}:"))
    loaded = load(folder, text)
    assert [
        (found.code, found.severity, found.location.line, found.parameter) for found in loaded.findings
    ] == [(entry.code, Severity.ERROR, line, entry.path)]
    assert loaded.config is None


@given(values=parameter_values())
def test_legal_values_are_read_back_as_they_were_meant(folder: Path, values: dict[str, Number]) -> None:
    loaded = load(folder, written(values))
    assert loaded.findings == ()
    assert loaded.config is not None
    assert {path: loaded.config.get(path) for path in values} == values
