"""Scoring without learning: the held-out evaluation, and the question whether the evaluator tells answers apart."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rft_cli.errors import FindingsError
from rft_cli.trainer.rehearsal import tokenizer
from rft_cli.trainer.rehearsal.examples import limits
from rft_cli.trainer.rehearsal.sampler import Filter, Samples, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rft_cli.task.evaluator import Score
    from rft_cli.task.row import Row
    from rft_cli.trainer.rehearsal.examples import Example
    from rft_cli.trainer.rehearsal.model import Weights

    Scorer = Callable[[Sequence[str], Sequence[Row]], list[Score]]

ROWS_AT_ONCE = 32
"""Held-out rows answered together. Chosen: larger batches are hardly faster, and their cache is larger."""

PROBES = ((4, 4), *((15, 4),) * 4)
"""Base answers scored before step 1, as prompts and answers to each; a stage only if all before it scored alike.
Chosen: 256 answers show a reward that one answer in fifty earns with probability 0.99."""
PROBE_SAMPLING = Filter(temperature=1.0, top_k=0, top_p=1.0)
"""Independent of the run's, like the length of the answers: a run that hardly explores or cuts its answers is another
mistake than an evaluator that cannot tell."""
PROBE_SECONDS = 10.0
"""No further stage is begun after this. Chosen: a slow judge is not asked 256 times."""


class Evaluation(NamedTuple):
    """The mean score of greedy answers to the held-out rows."""

    mean: float
    standard_error: float
    n: int


class EvaluatorCannotTellError(FindingsError):
    """All answers of the base score alike, so no group would have anything to learn from."""


def texts(samples: Samples) -> list[str]:
    """The answers of a batch."""
    rows = zip(samples.tokens.tolist(), samples.lengths.tolist(), strict=True)
    return [tokenizer.decode(answer[:length]) for answer, length in rows]


def evaluate(
    weights: Weights, held_out: Sequence[Example], scorer: Scorer, *, max_tokens: int, context: int
) -> Evaluation:
    """Answer every held-out row greedily and score the answers."""
    # Neighbours in length share a batch, so that little is spent on padding; no answer depends on its neighbours.
    ordered = sorted(held_out, key=lambda example: len(example.prompt))
    values: list[float] = []
    for start in range(0, len(ordered), ROWS_AT_ONCE):
        part = ordered[start : start + ROWS_AT_ONCE]
        answers = texts(
            sample(weights, [example.prompt for example in part], limits(part, max_tokens, context))
        )
        values += [score.value for score in scorer(answers, [example.row for example in part])]
    # Equal values have none; computed, they would have one of rounding.
    differ = min(values) < max(values)
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if differ else 0.0
    return Evaluation(float(np.mean(values)), error, len(values))


def probe(weights: Weights, train: Sequence[Example], scorer: Scorer, *, context: int, seed: int) -> float:
    """Score answers of the base until two differ; returns the lowest score.

    Raises:
        EvaluatorCannotTellError: all of them scored alike.
    """
    rng = np.random.default_rng([seed, len(train)])
    began = time.monotonic()
    answers: list[str] = []
    values: list[float] = []
    for prompts, copies in PROBES:
        if values and time.monotonic() - began > PROBE_SECONDS:
            break
        asked = [train[index] for index in rng.permutation(len(train))[:prompts]]
        made = texts(
            sample(
                weights,
                [example.prompt for example in asked],
                limits(asked, context, context),
                copies=copies,
                sampling=PROBE_SAMPLING,
                rng=rng,
            )
        )
        answers += made
        rows = [example.row for example in asked for _ in range(copies)]
        values += [score.value for score in scorer(made, rows)]
        if min(values) < max(values):
            return min(values)
    raise EvaluatorCannotTellError(
        f"the evaluator cannot tell answers apart: {len(answers)} answers of the base model, {len(set(answers))} of them "
        f"different, all scored {values[0]:g}",
        hint="score answers so that better ones get more (partial credit helps); --force trains all the same",
    )
