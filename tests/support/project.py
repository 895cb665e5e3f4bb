"""A project with a ledger whose runs never ran: what commands that compare runs need, in milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rft_cli.backends.base import Poll
from rft_cli.backends.local.shape.job import ENGINE
from rft_cli.config import load
from rft_cli.plan import Digests, scope_of, tuned
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import place_of
from rft_cli.runs.record import Draft
from rft_cli.task.data import file_digest
from rft_cli.task.sources import digest
from rft_cli.worker import State

RUN = """\
version: 1
name: sums
model: rehearsal
dataset: data/sums.jsonl
evaluator: evaluators/sums.py:evaluate
"""
SCHEDULE = {
    "prompts_per_step": 4,
    "rollouts_per_step": 16,
    "steps": 64,
    "rows": 256,
    "effective": {"rollout.max_tokens": 256},
    "notes": [],
}


def write_project(root: Path) -> Path:
    """The files of a project: one run config, its data, its evaluator."""
    for name, content in {
        "run.yaml": RUN,
        "data/sums.jsonl": '{"messages": [{"role": "user", "content": "1+1="}]}\n',
        "evaluators/sums.py": "def evaluate(completion, record):\n    return 1.0\n",
        ".rft/.gitignore": "*\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def record_run(root: Path, path: str = "run.yaml", *overrides: str, rewards: int = 64, **more: Any) -> str:
    """Put a run of a config into the ledger as completed; its id.

    Args:
        root: the project root.
        path: the config.
        overrides: `path=value` entries.
        rewards: steps that it made.
        more: fields of the draft; its fingerprint where a test looks for one.
    """
    config = load(root / path, root=root, shown=path, overrides=overrides).config
    assert config is not None
    evaluator = root / "evaluators/sums.py"
    digests = Digests(file_digest(root / config.get("dataset")), digest(evaluator, root))
    scope = scope_of(config.get, ENGINE, digests)
    record = {
        "schedule": SCHEDULE,
        "config_path": path,
        "digests": digests.as_job(),
        "origins": {},
        "versions": {"rft": "0", "python": "3.11"},
    }
    fingerprint = more.pop("fingerprint", f"{config.name} {overrides}")
    draft = Draft(
        config.name, scope, fingerprint, "local", not tuned(config.get), 64, config.values, record, **more
    )
    with Ledger(place_of(root, {}), create=True) as ledger:
        run = ledger.admit(draft).run.id
        metrics = [
            {"event": "metrics", "step": step, "values": {"reward": step / 64, "kl": 0.01}}
            for step in range(1, rewards + 1)
        ]
        scores = [
            {"event": "evaluation", "step": step, "mean": mean, "standard_error": 0.05, "n": 64}
            for step, mean in ((0, 0.25), (rewards, 0.75))
        ]
        ledger.take_in(run, Poll(State.COMPLETED, "completed", 9, (*scores, *metrics)))
    return run
