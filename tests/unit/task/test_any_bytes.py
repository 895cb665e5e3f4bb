"""No file, whatever its bytes, makes the readers raise."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rft_cli.task.data import read_rows
from rft_cli.task.locate import find_function

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["messages", "role", "content", "text", "tool_calls", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
messages = st.fixed_dictionaries({"messages": json_values | st.lists(json_values, max_size=3)})


@given(
    st.binary(max_size=200)
    | st.lists(messages, max_size=4).map(lambda rows: "\n".join(map(json.dumps, rows)).encode())
)
def test_a_data_set_of_any_bytes_has_rows_or_findings(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.jsonl"
        path.write_bytes(content)
        dataset = read_rows(path, "data.jsonl")
    assert dataset.rows or dataset.findings
    assert all(isinstance(turn["content"], str) for row in dataset.rows for turn in row.messages)
    assert all(row.messages[-1]["role"] != "assistant" for row in dataset.rows)


@given(st.binary(max_size=80) | st.text("def evaluat(c, r):\n @=1'\"\\", max_size=60).map(str.encode))
def test_an_evaluator_of_any_bytes_is_looked_at_without_raising(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.py"
        path.write_bytes(content)
        find_function(path, "evaluate", "score.py")
