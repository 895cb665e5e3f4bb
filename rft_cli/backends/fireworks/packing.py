"""An evaluator as the service takes it: one archive with the user's files unchanged and a generated file that calls them."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from rft_cli.task.sources import REQUIREMENTS, local_sources, requirements_of

if TYPE_CHECKING:
    from rft_cli.task.entry import EvaluatorSpec

FOLDER = "evaluator"
"""The one folder of the archive; the service refuses loose files."""

ADAPTER_FILE = "rft_entry.py"
ENTRY_POINT = f"{ADAPTER_FILE}::rft_evaluate"

SAMPLE_FILE = "rft_sample.jsonl"
SAMPLE = b'{"messages": [{"role": "user", "content": "1 + 1 ="}]}\n'
"""One row for the decorator, which does not take none; the rows that are scored are those of the job."""

STAND_IN_MODEL = "accounts/fireworks/models/qwen3-0p6b"
"""A model for the decorator, which does not take none; the trainer puts the one that it trains in its place."""

SERVICE_PACKAGE = "eval-protocol"
"""What the service's own evaluators are written with; it has to be among the requirements."""

ADAPTER = '''\
"""Calls {path}:{function} the way the service calls its evaluators. Generated."""

import asyncio
import importlib.util
import inspect
import sys
from pathlib import Path

from eval_protocol.models import EvaluateResult, EvaluationRow, MetricResult
from eval_protocol.pytest import SingleTurnRolloutProcessor, evaluation_test

HERE = Path(__file__).parent
FILE = HERE / {path!r}
OWN = ("evaluation_result", "execution_metadata", "rollout_status", "input_metadata", "created_at", "eval_metadata", "pid")

for folder in (HERE, FILE.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
_spec = importlib.util.spec_from_file_location(FILE.stem, FILE)
_module = importlib.util.module_from_spec(_spec)
sys.modules.setdefault(FILE.stem, _module)
_spec.loader.exec_module(_module)
_function = getattr(_module, {function!r})
_function = getattr(_function, "_origin_func", _function)
_parameters = list(inspect.signature(_function).parameters.values())


def _plain(value):
    return value.model_dump(exclude_none=True) if hasattr(value, "model_dump") else value


def _call(row):
    """The user's function on one row, in the form that it is written in."""
    if _parameters[0].name == "row":
        return _function(row)
    record = {{name: value for name, value in dict(_plain(row)).items() if name not in OWN}}
    messages = [dict(_plain(message)) for message in record.get("messages") or []]
    answer = messages[-1].get("content") or ""
    if _parameters[0].name == "messages":
        del record["messages"]
        record["original_messages"] = messages[:-1]
        if not any(each.kind is each.VAR_KEYWORD for each in _parameters):
            names = {{each.name for each in _parameters}}
            record = {{name: value for name, value in record.items() if name in names}}
        return _function(messages, **record)
    record["messages"] = messages[:-1]
    return _function(answer, record)


def _result(value):
    """A score, or a mapping with one and named parts."""
    if not hasattr(value, "get"):
        return EvaluateResult(score=float(value), is_score_valid=True, reason="")
    own = ("score", "reason", "is_score_valid")
    parts = value.get("metrics") or {{name: part for name, part in value.items() if name not in own}}
    numbers = {{name: part.get("score") if hasattr(part, "get") else part for name, part in parts.items()}}
    metrics = {{
        name: MetricResult(score=float(number), is_score_valid=True, reason="")
        for name, number in numbers.items()
        if isinstance(number, (int, float))
    }}
    return EvaluateResult(
        score=float(value["score"]),
        is_score_valid=bool(value.get("is_score_valid", True)),
        reason=str(value.get("reason") or ""),
        metrics=metrics,
    )


@evaluation_test(
    input_dataset=[str(HERE / {sample!r})],
    completion_params=[{{"model": {model!r}}}],
    rollout_processor=SingleTurnRolloutProcessor(),
    mode="pointwise",
)
async def rft_evaluate(row: EvaluationRow) -> EvaluationRow:
    value = _call(row)
    if inspect.isawaitable(value):
        value = await asyncio.wait_for(value, {timeout!r})
    if isinstance(value, EvaluationRow):
        return value
    row.evaluation_result = value if isinstance(value, EvaluateResult) else _result(value)
    return row
'''


def pack(spec: EvaluatorSpec, root: Path) -> bytes:
    """The archive: the same bytes for the same files.

    Args:
        spec: which function.
        root: the project root.

    Raises:
        OSError: a file cannot be read.
    """
    root = root.resolve()
    files = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in local_sources(root / spec.path, root)
    }
    adapter = ADAPTER.format(
        path=spec.path,
        function=spec.function,
        timeout=spec.timeout_s,
        sample=SAMPLE_FILE,
        model=STAND_IN_MODEL,
    )
    files |= {ADAPTER_FILE: adapter.encode(), SAMPLE_FILE: SAMPLE}
    files[REQUIREMENTS] = _requirements(root / spec.path, root)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), mtime=0)


def _requirements(evaluator: Path, root: Path) -> bytes:
    """The requirements beside the evaluator, or at the project root, and what the generated file needs."""
    found = requirements_of(evaluator, root)
    text = found.read_text(encoding="utf-8") if found is not None else ""
    lines = [line for line in text.splitlines() if line.strip()]
    if not any(line.strip().lower().startswith(SERVICE_PACKAGE) for line in lines):
        lines.append(SERVICE_PACKAGE)
    return ("\n".join(lines) + "\n").encode()
