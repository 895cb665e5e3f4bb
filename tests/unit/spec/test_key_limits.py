"""The defaults and limits of the keys beside the ten parameters, said once more: a change of one is a change for users."""

from __future__ import annotations

from collections.abc import Iterator

from rft_cli.spec.document import DOCUMENT, Field

LIMITS = {
    "backend": (None, None, "local"),
    "evaluator.timeout_s": (0.001, None, 30),
    "evaluator.concurrency": (1, 1024, 1),
    "evaluator.on_error": (None, None, "fail"),
    "evaluation.max_tokens": (16, 16384, 2048),
    "evaluation.every": (0, None, 0),
    "experiment.seed": (0, 2**32 - 1, 0),
    "fireworks.kl_beta": (0, None, None),
    "fireworks.chunk_size": (1, 10_000, None),
    "fireworks.node_count": (1, None, None),
    "fireworks.max_concurrent_rollouts": (1, None, None),
    "fireworks.max_concurrent_evaluations": (1, None, None),
}
"""Path → lowest, highest, default."""

REQUIRED = {"version", "model", "dataset", "evaluator", "evaluator.entry", "tracking.wandb.project"}
"""What has to be there, a section's key where the section is."""


def keys(field: Field, prefix: str = "") -> Iterator[tuple[str, Field]]:
    for form in (field, *field.alternatives):
        for child in form.fields:
            yield f"{prefix}{child.name}", child
            yield from keys(child, f"{prefix}{child.name}.")


KEYS = [(path, field) for path, field in keys(DOCUMENT) if field.parameter is None]


def test_limits_and_defaults() -> None:
    limited = {
        path: (field.low, field.high, field.default)
        for path, field in KEYS
        if (field.low, field.high, field.default) != (None, None, None)
    }
    assert limited == LIMITS


def test_what_is_required() -> None:
    assert {path for path, field in KEYS if field.required} == REQUIRED
