"""Group relative policy optimisation: advantages, the loss with its KL term, and what one batch of rollouts teaches.

The policy that is updated is the policy that sampled, and each batch is used once. The ratio of the two is therefore exactly one:
clipping it has no effect, and the sampler's probabilities are the policy's. Both the policy and the reference are taken over the
sampled support, the tokens that the filters left: that is the distribution whose expected reward the gradient raises.

Source: Shao et al. 2024, DeepSeekMath, section 4 (GRPO); Yu et al. 2025, DAPO, section 3.3 (mean over tokens);
Schulman 2020, "Approximating KL Divergence" (k3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rft_cli.trainer.rehearsal.lora import Adapter
from rft_cli.trainer.rehearsal.model import Array, Weights, backward, forward, output_logits
from rft_cli.trainer.rehearsal.sampler import Samples
from rft_cli.trainer.rehearsal.tokenizer import FIRST_OUTPUT, PAD

ADVANTAGE_EPSILON = 1e-4
"""Keeps a group of almost equal rewards from being divided by nothing. Source: TRL's GRPOTrainer."""

LEARNING_RATE_SCALE = 12.0
"""The local step is the configured learning rate times this. Chosen: 768 / 64, the width of a small language model over
this one's, as widths transfer in Yang et al. 2022, Tensor Programs V; so that the usual range of rates spans slow, good and
unstable here too."""

_LARGEST_LOG_RATIO = 20.0
"""Bounds what one token adds to the KL estimate (exp(20) nats), so that no number overflows."""

_BLOCK_TOKENS = 256
"""Positions computed at once. Chosen by measuring: activations of a block stay in a core's cache, and the allocator reuses
their memory."""


class Learned(NamedTuple):
    """What one batch gives: the gradient and the numbers that are logged."""

    gradient: Array
    """Flat, of the adapter; zero when no rollout teaches anything."""
    loss: float
    kl: float
    """k3 estimate, nats per token."""
    entropy: float
    """Nats per token."""

    def metrics(self) -> dict[str, float]:
        """The logged numbers, under their names in the events."""
        return {"entropy": self.entropy, "kl": self.kl, "loss": self.loss}


def advantages(rewards: Array) -> Array:
    """[P, n] how much better each rollout did than its group: reward less the mean, over the standard deviation (n - 1)."""
    centred = rewards - rewards.mean(axis=1, keepdims=True)
    # The mean of equal numbers may be off by rounding; such a group must teach exactly nothing.
    centred[rewards.min(axis=1) == rewards.max(axis=1)] = 0
    return np.asarray(centred / (rewards.std(axis=1, ddof=1, keepdims=True) + ADVANTAGE_EPSILON))


def learn(
    adapter: Adapter,
    policy: Weights,
    reference: Weights,
    *,
    prompts: list[list[int]],
    samples: Samples,
    advantage: Array,
    temperature: float,
    beta: float,
) -> Learned:
    """Measure a batch against the reference and find the gradient of its loss.

    Args:
        adapter: whose gradient is wanted.
        policy: the merged weights that sampled.
        reference: the base.
        prompts: the prompt of every row.
        samples: the answers, with probabilities.
        advantage: [R], one for each answer.
        temperature: of the sampling.
        beta: weight of the KL term; at 0, rows whose advantage is 0 need no gradient.
    """
    batch = _distinct(prompts, samples, advantage)
    count = batch.copies[batch.row]
    total = float(count.sum())
    log_policy = _log(_taken(batch.probabilities, batch.chosen))
    log_reference = np.concatenate(
        [_log_reference(reference, batch, block, temperature) for block in _blocks(batch)]
    )
    difference = np.minimum(log_reference - log_policy, _LARGEST_LOG_RATIO).astype(np.float64)
    excess = np.expm1(difference)
    kl = float((count * np.maximum(excess - difference, 0)).sum()) / total
    surprise = np.einsum("nv,nv->n", batch.probabilities, _log(batch.probabilities))
    advantage_sum = batch.advantage[batch.row]
    toward_chosen = (advantage_sum + beta * count * excess) / (total * temperature)
    return Learned(
        gradient=_gradient(adapter, policy, batch, toward_chosen.astype(np.float32)),
        loss=beta * kl - float(advantage_sum.sum()) / total,
        kl=kl,
        entropy=-float((count * surprise).sum()) / total,
    )


class _Batch(NamedTuple):
    """The distinct answers of a batch, shortest sequence first: U rows with N sampled tokens, row by row.

    Equal answers to one prompt are computed once; their copies are counted and their advantages added up.
    """

    sequences: list[list[int]]
    """Prompt and answer without its last token: what the model reads."""
    copies: Array
    """[U] float: how many rollouts the row stands for."""
    advantage: Array
    """[U] the sum of their advantages."""
    row: Array
    """[N] the row of each sampled token."""
    position: Array
    """[N] the position whose output predicts it."""
    chosen: Array
    """[N] its index among the outputs."""
    probabilities: Array
    """[N, V] what it was drawn from."""


class _Block(NamedTuple):
    """Neighbouring rows of a `_Batch` that are computed together, and their tokens."""

    rows: slice
    tokens: slice


def _distinct(prompts: list[list[int]], samples: Samples, advantage: Array) -> _Batch:
    """The batch with equal rows joined."""
    assert samples.probabilities is not None
    lengths = samples.lengths.tolist()
    members: dict[tuple[int, ...], list[int]] = {}
    for index, (prompt, answer) in enumerate(zip(prompts, samples.tokens.tolist(), strict=True)):
        members.setdefault((*prompt, *answer[: lengths[index]]), []).append(index)
    sequences = sorted(members, key=lambda sequence: (len(sequence), members[sequence][0]))
    first = np.array([members[sequence][0] for sequence in sequences])
    length = samples.lengths[first]
    row = np.repeat(np.arange(len(sequences)), length)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    before = np.array([len(prompts[index]) for index in first])
    return _Batch(
        sequences=[list(sequence[:-1]) for sequence in sequences],
        copies=np.array([float(len(members[sequence])) for sequence in sequences]),
        advantage=np.array([float(advantage[members[sequence]].sum()) for sequence in sequences]),
        row=row,
        position=before[row] - 1 + offset,
        chosen=samples.tokens[first[row], offset] - FIRST_OUTPUT,
        probabilities=samples.probabilities[offset, first[row]],
    )


def _blocks(batch: _Batch) -> list[_Block]:
    """The whole batch, cut so that a block holds about `_BLOCK_TOKENS` positions."""
    blocks = []
    start = 0
    for end in range(1, len(batch.sequences) + 1):
        last = end == len(batch.sequences)
        if last or (end + 1 - start) * len(batch.sequences[end]) > _BLOCK_TOKENS:
            tokens = np.searchsorted(batch.row, [start, end])
            blocks.append(_Block(slice(start, end), slice(*tokens.tolist())))
            start = end
    return blocks


def _inputs(sequences: list[list[int]]) -> Array:
    """[B, T] ids, padded on the right."""
    ids = np.full((len(sequences), max(map(len, sequences))), PAD)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
    return ids


def _log_reference(reference: Weights, batch: _Batch, block: _Block, temperature: float) -> Array:
    """[tokens of the block] log-probability of each sampled token under the reference, over the sampled support."""
    hidden = forward(reference, _inputs(batch.sequences[block.rows])).hidden
    places = batch.row[block.tokens] - block.rows.start, batch.position[block.tokens]
    logits = output_logits(reference, hidden[places])
    logits *= 1 / temperature
    logits[batch.probabilities[block.tokens] == 0] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    chosen = _taken(logits, batch.chosen[block.tokens])
    return np.asarray(chosen - np.log(np.exp(logits).sum(axis=1)))


def _gradient(adapter: Adapter, policy: Weights, batch: _Batch, toward_chosen: Array) -> Array:
    """The flat gradient of the loss; ``toward_chosen`` [N] is how strongly each sampled token is made likelier."""
    taught = np.zeros(len(batch.sequences), bool)
    taught[batch.row[toward_chosen != 0]] = True
    total = np.zeros_like(adapter.values)
    for block in _blocks(batch):
        rows = np.flatnonzero(taught[block.rows])
        if len(rows) == 0:
            continue
        activations = forward(policy, _inputs([batch.sequences[block.rows.start + row] for row in rows]))
        tokens = np.flatnonzero(taught[batch.row[block.tokens]]) + block.tokens.start
        d_logits = batch.probabilities[tokens] * toward_chosen[tokens, None]
        d_logits[np.arange(len(tokens)), batch.chosen[tokens]] -= toward_chosen[tokens]
        d_hidden = np.zeros_like(activations.hidden)
        place = np.searchsorted(rows, batch.row[tokens] - block.rows.start)
        d_hidden[place, batch.position[tokens]] = d_logits @ policy.embedding[FIRST_OUTPUT:]
        maps, _ = backward(policy, activations, d_hidden)
        total += adapter.gradient(maps)
    return total


def _taken(values: Array, index: Array) -> Array:
    """One value of each row."""
    taken: Array = values[np.arange(len(index)), index]
    return taken


def _log(probabilities: Array) -> Array:
    """The logarithm, finite at zero."""
    logarithm: Array = np.log(np.maximum(probabilities, np.finfo(probabilities.dtype).tiny))
    return logarithm
