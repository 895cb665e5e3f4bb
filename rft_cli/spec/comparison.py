"""What a difference between two run configs counts as, and which differences make their results incomparable. Data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from rft_cli.spec.document import USER_KEY_PREFIX
from rft_cli.spec.parameters import is_parameter

Standing = Literal["change", "other", "never"]
"""A change is one of the things that are changed one at a time; other is shown and not counted; never is no difference."""

STANDINGS: Mapping[str, Standing] = {
    "version": "never",
    "name": "never",
    "extends": "never",
    "tracking": "never",
    "experiment": "never",
    "experiment.seed": "other",
}
"""Dotted path → standing of it and of what lies below; the longest path decides, and what is not listed is other."""

THROUGHPUT: Mapping[str, frozenset[str]] = {
    "local": frozenset(),
    "fireworks": frozenset(
        {
            "node_count",
            "max_concurrent_rollouts",
            "max_concurrent_evaluations",
            "output_model",
            "region",
            "reservation_target",
        }
    ),
}
"""Backend → its settings that change how fast or where a run is and not what it learns; its other settings are changes."""

SECTIONS_OF_BACKENDS = frozenset({"local", "fireworks", "trl"})
"""Top-level keys that act on one backend only."""


class ScopeKey(NamedTuple):
    """One of the things that must be equal for two runs to be comparable."""

    path: str
    noun: str
    """Continues "the … differs"."""
    digest: str = ""
    """Name of the digest that decides where both are known; the value decides otherwise."""


SCOPE: tuple[ScopeKey, ...] = (
    ScopeKey("backend", "backend"),
    ScopeKey("model", "model"),
    ScopeKey("dataset", "training data", "dataset"),
    ScopeKey("evaluator.path", "evaluator", "evaluator"),
    ScopeKey("evaluator.function", "evaluator's function"),
    ScopeKey("evaluator.on_error", "score of an evaluator's error"),
    ScopeKey("evaluation.dataset", "evaluation data", "evaluation.dataset"),
    ScopeKey("evaluation.max_tokens", "longest held-out answer"),
)
"""In the order in which a reader wants to know."""


def standing(path: str, backends: frozenset[str]) -> Standing:
    """What a difference at a dotted path counts as.

    Args:
        path: of a value of a resolved config.
        backends: of the two runs: one name where they are the same.
    """
    if is_parameter(path):
        return "change"
    section, _, setting = path.partition(".")
    if section in backends:
        if not setting:
            return "never"
        same = len(backends) == 1
        return "change" if same and setting not in THROUGHPUT.get(section, frozenset()) else "other"
    if section in SECTIONS_OF_BACKENDS or section.startswith(USER_KEY_PREFIX):
        return "never"
    while path:
        if path in STANDINGS:
            return STANDINGS[path]
        path = path.rpartition(".")[0]
    return "other"
