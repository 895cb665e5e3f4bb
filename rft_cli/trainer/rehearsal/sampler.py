"""Drawing answers: the filters of the next-token distribution, and decoding with a key-value cache.

Prompts are padded on the left, so that all rows of a batch stand at the same position; each prompt is read once for all its
answers. Rows whose answer has ended are dropped from the arrays once they are many.

Shapes: R rows, V outputs, and those of ``model``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rft_cli.trainer.rehearsal.model import (
    HEAD_WIDTH,
    HEADS,
    WIDTH,
    Array,
    Weights,
    as_complex,
    forward,
    normalise,
    output_logits,
    rotations,
)
from rft_cli.trainer.rehearsal.tokenizer import END, FIRST_OUTPUT, PAD

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOM = 48
"""Columns by which the cache grows. Chosen: most answers fit without growing, and little is reserved."""
_KEEP_SHARE = 0.75
"""Rows are dropped when no more than this share of them is still being written: dropping copies the cache."""


class Filter(NamedTuple):
    """How the next token is drawn."""

    temperature: float
    """Above 0."""
    top_k: int
    """How many of the likeliest tokens may be drawn; 0 is no limit."""
    top_p: float
    """Likeliest tokens are kept until their probability reaches this; 1 is no limit."""


class Samples(NamedTuple):
    """Answers to a batch of prompts, in the order prompt by prompt."""

    tokens: Array
    """[R, L], `PAD` behind the end of an answer."""
    lengths: Array
    """[R] tokens of each answer, its end token among them."""
    truncated: Array
    """[R] whether the limit came before the end token."""
    probabilities: Array | None
    """[L, R, V] the distribution that each token was drawn from, zero outside its support; None for greedy answers."""


def distribution(logits: Array, sampling: Filter) -> Array:
    """[R, V] probabilities that a token is drawn with: temperature, then top-k, softmax, top-p, and the rest made to sum to one.

    Tokens that tie with the k-th likeliest are kept. Top-p keeps the token that crosses the limit, so at least one remains.
    """
    scaled = logits - logits.max(axis=1, keepdims=True)
    scaled *= 1 / sampling.temperature
    probabilities: Array = np.exp(scaled)
    outputs = logits.shape[1]
    if 0 < sampling.top_k < outputs:
        kth = np.partition(logits, outputs - sampling.top_k, axis=1)[:, outputs - sampling.top_k, None]
        probabilities *= logits >= kth
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    if sampling.top_p < 1:
        order = np.argsort(-probabilities, axis=1, kind="stable")
        likeliest = np.take_along_axis(probabilities, order, axis=1)
        kept = np.cumsum(likeliest, axis=1) - likeliest < sampling.top_p
        kept[:, 0] = True
        np.put_along_axis(probabilities, order, likeliest * kept, axis=1)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities


def draw(probabilities: Array, uniform: Array) -> Array:
    """[R] indices by inversion: the first whose cumulative probability exceeds a number in [0, 1)."""
    cumulative = np.cumsum(probabilities, axis=1)
    index: Array = (cumulative > (uniform * cumulative[:, -1])[:, None]).argmax(axis=1)
    return index


def sample(
    weights: Weights,
    prompts: Sequence[Sequence[int]],
    limits: Sequence[int],
    *,
    copies: int = 1,
    sampling: Filter | None = None,
    rng: np.random.Generator | None = None,
) -> Samples:
    """Write answers.

    Args:
        weights: the model.
        prompts: token ids, one list a prompt.
        limits: the most tokens of an answer to each prompt; prompt and limit fit into `model.CONTEXT`.
        copies: answers to each prompt.
        sampling: how tokens are drawn; None takes the likeliest.
        rng: where the draws come from; needed with ``sampling``.
    """
    decoder = Decoder(weights, prompts, copies)
    most = np.repeat(np.asarray(limits), copies)
    total, longest = len(most), int(most.max())
    tokens = np.full((longest, total), PAD)
    lengths = np.zeros(total, np.int64)
    ended = np.zeros(total, bool)
    probabilities = None
    if sampling is not None:
        probabilities = np.zeros((longest, total, decoder.logits.shape[1]), np.float32)
    rows = np.arange(total)
    writing = np.ones(total, bool)
    for position in range(longest):
        if sampling is None or rng is None or probabilities is None:
            chosen = decoder.logits.argmax(axis=1)
        else:
            drawn_from = distribution(decoder.logits, sampling)
            probabilities[position, rows] = drawn_from
            chosen = draw(drawn_from, rng.random(len(rows)))
        chosen += FIRST_OUTPUT
        tokens[position, rows] = np.where(writing, chosen, PAD)
        stops = chosen == END
        stops |= most[rows] == position + 1
        stops &= writing
        if stops.any():
            done = rows[stops]
            lengths[done] = position + 1
            ended[done] = chosen[stops] == END
            writing &= ~stops
            remaining = int(writing.sum())
            if remaining == 0:
                break
            if remaining <= _KEEP_SHARE * len(rows):
                decoder.keep(writing)
                rows, chosen = rows[writing], chosen[writing]
                writing = np.ones(remaining, bool)
        decoder.advance(chosen)
    written = int(lengths.max())
    return Samples(
        tokens[:written].T, lengths, ~ended, None if probabilities is None else probabilities[:written]
    )


class Decoder:
    """The model at one position of every row, with what earlier positions left behind.

    ``logits`` are the scores of the next token. A column of ones beside the values sums the attention weights; it is zero for
    padding, which so counts for nothing.
    """

    def __init__(self, weights: Weights, prompts: Sequence[Sequence[int]], copies: int) -> None:
        longest = max(map(len, prompts))
        tokens = np.full((len(prompts), longest), PAD)
        real = np.zeros((len(prompts), longest), np.float32)
        for index, prompt in enumerate(prompts):
            tokens[index, longest - len(prompt) :] = prompt
            real[index, longest - len(prompt) :] = 1
        activations = forward(weights, tokens, real)
        self._weights = weights
        self._length = longest
        self._capacity = longest + _ROOM
        self._keys: list[Array] = []
        self._values: list[Array] = []
        first = longest - real.sum(axis=1).astype(int)
        for layer in activations.layers:
            keys = np.repeat(layer.qkv[:, :, 1].transpose(0, 2, 3, 1), copies, axis=0)
            for row, padding in enumerate(np.repeat(first, copies)):
                # The key of padding must not be larger than every real one, or the shift in softmax would be its.
                keys[row, :, :, :padding] = keys[row, :, :, padding, None]
            values = np.repeat(layer.value_and_one, copies, axis=0)
            self._keys.append(_grown(keys, 3, self._capacity))
            self._values.append(_grown(values, 2, self._capacity))
        self.logits = np.repeat(output_logits(weights, activations.hidden[:, -1]), copies, axis=0)

    def keep(self, rows: Array) -> None:
        """Drop all rows but these; ``rows`` is a mask."""
        self._keys = [keys[rows] for keys in self._keys]
        self._values = [values[rows] for values in self._values]

    def advance(self, tokens: Array) -> None:
        """Take one more token in every row."""
        at = self._length
        if at == self._capacity:
            self._capacity += _ROOM
            self._keys = [_grown(keys, 3, self._capacity) for keys in self._keys]
            self._values = [_grown(values, 2, self._capacity) for values in self._values]
        rotation = rotations(self._weights.embedding.dtype)[at]
        rows = len(tokens)
        x = self._weights.embedding[tokens]
        for layer, keys, values in zip(self._weights.layers, self._keys, self._values, strict=True):
            qkv = (normalise(x)[0] @ layer.qkv).reshape(rows, 3, HEADS, HEAD_WIDTH)
            as_complex(qkv)[:, :2] *= rotation
            keys[:, :, :, at] = qkv[:, 1]
            values[:, :, at, :-1] = qkv[:, 2]
            values[:, :, at, -1] = 1
            scores = qkv[:, 0, :, None, :] @ keys[..., : at + 1]
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            read = scores @ values[:, :, : at + 1]
            x += (read[..., :-1] / read[..., -1:]).reshape(rows, WIDTH) @ layer.out
            hidden = normalise(x)[0] @ layer.up
            np.maximum(hidden, 0, out=hidden)
            hidden *= hidden
            x += hidden @ layer.down
        self._length = at + 1
        self.logits = output_logits(self._weights, normalise(x)[0])


def _grown(array: Array, axis: int, size: int) -> Array:
    """A copy with room for ``size`` entries along one axis; the new entries are not set."""
    shape = list(array.shape)
    shape[axis] = size
    grown = np.empty(shape, array.dtype)
    grown[tuple(slice(0, n) for n in array.shape)] = array
    return grown
