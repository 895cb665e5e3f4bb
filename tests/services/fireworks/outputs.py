"""What a job gives out: `outputMetrics` and `outputStats`, JSON inside of strings, and the rows of its rollout data sets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .chunks import METRICS, Answers, Chunk
from .names import name_of

BINS = 20


def rollout_dataset(job: str, chunk: Chunk) -> str:
    return f"rft-evalv3-{job}-epoch-{chunk.epoch}-chunk-{chunk.within}"


def _distribution(values: npt.NDArray[np.float64], bins: str, counts: str) -> dict[str, Any]:
    heights, edges = np.histogram(values, BINS, (0.0, 1.0))
    return {
        "average": round(float(values.mean()), 6),
        "median": float(np.median(values)),
        bins: [round(float(edge), 4) for edge in edges],
        counts: heights.tolist(),
        "success_count": int(values.size),
    }


def _measured(made: Answers) -> dict[str, Any]:
    parts = {name: getattr(made, name)[made.is_valid] for name in METRICS}
    failed = int(made.is_failed.sum())
    return {
        "total_count": int(made.score.size),
        "eval_error_count": failed,
        "eval_status_excluded_count": 0,
        "invalid_score_count": int((~made.is_valid).sum()) - failed,
        "rollup_distribution": _distribution(made.score[made.is_valid], "bins", "counts"),
        "metrics_distribution": {
            name: _distribution(values, "distribution_bins", "distribution_counts")
            for name, values in parts.items()
        },
        "correlation": {"metrics": list(METRICS), "matrix": [[1.0, 0.0], [0.0, 1.0]]},
    }


def chunk_entry(account: str, job: str, model: str, chunk: Chunk, made: Answers | None) -> dict[str, Any]:
    """One key of `outputMetrics`; without answers, what a job leaves that died before them."""
    return {
        "epoch_id": f"{job}-epoch-{chunk.epoch}-chunk-{chunk.within}",
        "end_of_epoch": chunk.ends_epoch if made else True,
        "output_dataset_name": name_of(account, "datasets", rollout_dataset(job, chunk)) if made else "",
        "output_model": model if made else "",
        "checkpoint_gcs_path": f"gs://double/{job}/{chunk.key}" if made else "",
        "epoch_streamlog_gcs_path": "",
        "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"] if made else [],
        "metrics": _measured(made) if made else None,
    }


def metrics_text(entries: Sequence[Mapping[str, Any]], curves: str) -> str:
    """`outputMetrics`: empty before the first chunk; for `curves` see `timeline.Script`."""
    if not entries:
        return ""
    whole: dict[str, Any] = {
        "epoch_to_evaluation_output": {str(key): entry for key, entry in enumerate(entries)}
    }
    measured = [entry["metrics"] for entry in entries if entry["metrics"]]
    if curves == "empty":
        whole["curves"] = {}
    elif curves == "full":
        average = {"Score": [each["rollup_distribution"]["average"] for each in measured]}
        for name in METRICS:
            average[name] = [each["metrics_distribution"][name]["average"] for each in measured]
        whole["curves"] = {"average": average}
    return json.dumps(whole)


def stats_text(done: Sequence[tuple[Chunk, Answers]], seed: int) -> str:
    """`outputStats`: a loss that is near zero and may be negative, as policy losses are."""
    if not done:
        return ""
    rng = np.random.default_rng([seed, len(done), 7])
    return json.dumps(
        {
            "steps": len(done),
            "tokens": int(sum(int(made.tokens.sum()) for _chunk, made in done)),
            "loss_ema": round(float(rng.normal(-0.02, 0.01)), 4),
            "adv_loss_ema": round(float(rng.normal(0.02, 0.005)), 4),
            "epochs": done[-1][0].epoch + int(done[-1][0].ends_epoch),
        }
    )


def rollout_rows(
    job: str, chunk: Chunk, made: Answers, prompts: Sequence[Mapping[str, Any]], when: str
) -> Iterator[dict[str, Any]]:
    """The rows of a chunk's rollout data set: one an answer that came to a score, in the form of evaluation rows."""
    for prompt in range(chunk.prompts):
        row = prompts[(chunk.first + prompt) % len(prompts)] if prompts else {}
        asked = list(row.get("messages") or [{"role": "user", "content": f"prompt {chunk.first + prompt}"}])
        for candidate in range(made.score.shape[1]):
            where = (prompt, candidate)
            if made.is_failed[where]:
                continue
            tokens, is_cut = int(made.tokens[where]), bool(made.is_cut[where])
            verdict = "right" if made.accuracy[where] else "wrong"
            said = f"({verdict} answer of {tokens} tokens)"
            yield {
                "messages": [*asked, {"role": "assistant", "content": said}],
                "tools": None,
                "input_metadata": {
                    "row_id": str(row.get("id", f"row-{chunk.first + prompt}")),
                    "dataset_info": {},
                    "completion_params": {},
                },
                "rollout_status": {"code": 100, "message": "Rollout finished", "details": []},
                "ground_truth": row.get("ground_truth"),
                "evaluation_result": {
                    "score": round(float(made.score[where]), 4),
                    "is_score_valid": bool(made.is_valid[where]),
                    "reason": verdict,
                    "metrics": {
                        name: {
                            "score": float(getattr(made, name)[where]),
                            "is_score_valid": True,
                            "reason": "",
                        }
                        for name in METRICS
                    },
                },
                "execution_metadata": {
                    "rollout_id": f"{job}-{chunk.key}-{prompt}-{candidate}",
                    "finish_reason": "length" if is_cut else "stop",
                    "usage": {
                        "prompt_tokens": 32,
                        "completion_tokens": tokens,
                        "total_tokens": 32 + tokens,
                    },
                },
                "created_at": when,
            }
