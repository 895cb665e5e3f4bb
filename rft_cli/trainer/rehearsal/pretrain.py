"""Makes the base checkpoint: ``python -m rft_cli.trainer.rehearsal.pretrain [FILE]``, a few minutes on one core.

Next-character prediction on the answers of ``corpus``, with Adam and a cosine learning rate. The seed is fixed, so the file is
the same whenever it is made on the same machine.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rft_cli.trainer.rehearsal import checkpoint, corpus, tokenizer
from rft_cli.trainer.rehearsal.adam import Adam, clip
from rft_cli.trainer.rehearsal.model import Array, Layer, Weights, backward, forward, initial, output_logits

SEED = 20
STEPS = 5_000
PRACTICE_STEPS = 3_000
PRACTICE = 0.7
SEQUENCES = 64
PEAK_LEARNING_RATE = 4e-3
FINAL_SHARE = 0.05
"""Of the peak learning rate, at the last step. All of these are chosen: skills first, so that the minority style
is good at what it does, then the mixture alone, so that habits are as frequent as it says."""
_REPORT_EVERY = 100

METADATA = {"made_by": "rft_cli.trainer.rehearsal.pretrain", "seed": str(SEED), "steps": str(STEPS)}
"""Stands in the file, so that a reader of it finds the script."""


class Batch(NamedTuple):
    """Sequences padded on the right; ``counts`` says which positions predict a character of an answer."""

    inputs: Array
    targets: Array
    counts: Array


def batch(rng: random.Random, sequences: int, practice: float) -> Batch:
    """Examples of the corpus as arrays, each [sequences, T]."""
    rows = []
    for _ in range(sequences):
        question, text = corpus.example(rng, practice)
        before = tokenizer.prompt([{"role": "user", "content": question}])
        rows.append((before, [*tokenizer.encode(text), tokenizer.END]))
    length = max(len(before) + len(answer) for before, answer in rows) - 1
    inputs = np.full((sequences, length), tokenizer.PAD)
    targets = np.full((sequences, length), tokenizer.FIRST_OUTPUT)
    counts = np.zeros((sequences, length), np.float32)
    for index, (before, answer) in enumerate(rows):
        ids = before + answer
        answered = slice(len(before) - 1, len(ids) - 1)
        inputs[index, : len(ids) - 1] = ids[:-1]
        targets[index, answered] = answer
        counts[index, answered] = 1
    return Batch(inputs, targets, counts)


def loss_and_gradient(weights: Weights, examples: Batch) -> tuple[float, Weights]:
    """Mean cross-entropy of the counted positions, in nats, and its gradient."""
    activations = forward(weights, examples.inputs)
    logits = output_logits(weights, activations.hidden)
    logits -= logits.max(axis=-1, keepdims=True)
    probabilities = np.exp(logits)
    sums = probabilities.sum(axis=-1, keepdims=True)
    probabilities /= sums
    chosen = (examples.targets - tokenizer.FIRST_OUTPUT)[..., None]
    log_likelihood = np.take_along_axis(logits, chosen, axis=-1) - np.log(sums)
    share = (examples.counts / examples.counts.sum())[..., None]
    d_logits = probabilities
    np.put_along_axis(d_logits, chosen, np.take_along_axis(d_logits, chosen, axis=-1) - 1, axis=-1)
    d_logits *= share
    d_embedding = np.zeros_like(weights.embedding)
    width = weights.embedding.shape[1]
    flat = d_logits.reshape(-1, d_logits.shape[-1])
    d_embedding[tokenizer.FIRST_OUTPUT :] = flat.T @ activations.hidden.reshape(-1, width)
    layers, d_input = backward(weights, activations, d_logits @ weights.embedding[tokenizer.FIRST_OUTPUT :])
    np.add.at(d_embedding, examples.inputs.ravel(), d_input.reshape(-1, width))
    return -float((log_likelihood * share).sum()), Weights(d_embedding, layers)


def learning_rate(step: int) -> float:
    """Cosine from the peak to its final share, after a short rise; ``step`` counts from 1."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * step / STEPS)
    return PEAK_LEARNING_RATE * (FINAL_SHARE + (1 - FINAL_SHARE) * cosine) * min(1.0, step / 50)


def flatten(weights: Weights) -> Array:
    """All numbers of a model in one vector."""
    return np.concatenate(
        [weights.embedding.ravel(), *(w.ravel() for layer in weights.layers for w in layer)]
    )


def unflatten(flat: Array, like: Weights) -> Weights:
    """The model whose numbers are views of a vector made by `flatten`."""
    position = 0

    def take(weight: Array) -> Array:
        nonlocal position
        view = flat[position : position + weight.size].reshape(weight.shape)
        position += weight.size
        return view

    embedding = take(like.embedding)
    return Weights(embedding, tuple(Layer(*(take(weight) for weight in layer)) for layer in like.layers))


def train(steps: int) -> Weights:
    """A model trained for some steps from the fixed seed; reports its loss on standard output."""
    examples = random.Random(SEED)  # noqa: S311 - a reproducible corpus, not a secret
    template = initial(np.random.default_rng(SEED))
    flat = flatten(template)
    weights = unflatten(flat, template)
    optimiser = Adam(flat.size)
    for step in range(1, steps + 1):
        practice = PRACTICE if step <= PRACTICE_STEPS else 0.0
        loss, gradient = loss_and_gradient(weights, batch(examples, SEQUENCES, practice))
        flat_gradient = flatten(gradient)
        clip(flat_gradient)
        optimiser.update(flat, flat_gradient, learning_rate(step))
        if step % _REPORT_EVERY == 0:
            sys.stdout.write(f"step {step:5} of {steps}: loss {loss:.4f}\n")
            sys.stdout.flush()
    return weights


def main(arguments: list[str]) -> int:
    """Pre-train and write the checkpoint."""
    path = Path(arguments[0]) if arguments else checkpoint.BASE
    checkpoint.write_weights(path, train(STEPS), METADATA)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
