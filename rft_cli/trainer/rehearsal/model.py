"""The transformer: shapes, forward pass, and the backward pass written by hand.

Decoder of 2 layers with RMSNorm (no gain), rotary positions, 4 attention heads, a squared-ReLU MLP and one embedding table for
input and output. It knows nothing of LoRA, sampling or loss. Shapes: B sequences, T positions, D width, H heads, K = D / H.

All functions work in the precision of the weights: float32 in use, float64 where the gradients are checked.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rft_cli.trainer.rehearsal.tokenizer import FIRST_OUTPUT, VOCABULARY

Array = npt.NDArray[Any]

WIDTH = 64
LAYERS = 2
HEADS = 4
HEAD_WIDTH = WIDTH // HEADS
MLP_WIDTH = 4 * WIDTH
"""Chosen: the smallest shape that learned two-digit addition from a few minutes of pre-training on one core."""

CONTEXT = 256
"""Longest sequence in tokens, which are characters. Chosen: bounds what a policy that never ends its answers can cost."""

_NORM_EPSILON = 1e-5
_ROTARY_BASE = 10_000.0
"""Source: Su et al. 2021, RoFormer, section 3.2.2."""

_SAFE_EXPONENT = 60.0
"""exp(±60) and a sum of thousands of them stay inside float32, so that softmax needs no shift below it."""


class Layer(NamedTuple):
    """The linear maps of one layer; each is applied as ``x @ map``."""

    qkv: Array
    """[D, 3 D]: query, key and value side by side."""
    out: Array
    """[D, D]"""
    up: Array
    """[D, 4 D]"""
    down: Array
    """[4 D, D]"""


class Weights(NamedTuple):
    """Everything the model computes with."""

    embedding: Array
    """[vocabulary, D], input and output."""
    layers: tuple[Layer, ...]


class LayerActivations(NamedTuple):
    """What the backward pass of one layer, and a key-value cache, need of the forward pass."""

    attention_input: Array
    """[B, T, D], normalised."""
    attention_scale: Array
    """[B, T, 1]: the factor of that normalisation."""
    qkv: Array
    """[B, T, 3, H, K], query (already divided by √K) and key rotated."""
    value_and_one: Array
    """[B, H, T, K + 1]: the values and a column of ones; padding is all zeros."""
    exponentials: Array
    """[B, H, T, T]: softmax before its division, zero where a key is not visible."""
    normaliser: Array
    """[B, H, T, 1]: one over the sum of the visible exponentials."""
    heads: Array
    """[B, T, H, K]: what each head read."""
    mlp_input: Array
    """[B, T, D], normalised."""
    mlp_scale: Array
    """[B, T, 1]"""
    rectified: Array
    """[B, T, 4 D]: before squaring."""
    hidden: Array
    """[B, T, 4 D]: after squaring."""


class Activations(NamedTuple):
    """The result of `forward`."""

    layers: tuple[LayerActivations, ...]
    scale: Array
    """[B, T, 1]: the factor of the last normalisation."""
    hidden: Array
    """[B, T, D]: the last layer's output, normalised; `output_logits` of it are the predictions."""


def initial(rng: np.random.Generator) -> Weights:
    """Random weights to pre-train from; maps that write into the residual stream start at zero."""

    def normal(*shape: int, scale: float) -> Array:
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    layers = tuple(
        Layer(
            qkv=normal(WIDTH, 3 * WIDTH, scale=WIDTH**-0.5),
            out=np.zeros((WIDTH, WIDTH), np.float32),
            up=normal(WIDTH, MLP_WIDTH, scale=WIDTH**-0.5),
            down=np.zeros((MLP_WIDTH, WIDTH), np.float32),
        )
        for _ in range(LAYERS)
    )
    return Weights(normal(VOCABULARY, WIDTH, scale=0.1), layers)


def normalise(x: Array) -> tuple[Array, Array]:
    """RMSNorm without gain over the last axis, and the factor that was applied."""
    scale = np.einsum("...i,...i->...", x, x)[..., None]
    scale *= 1 / x.shape[-1]
    scale += _NORM_EPSILON
    np.sqrt(scale, out=scale)
    np.reciprocal(scale, out=scale)
    return x * scale, scale


@cache
def rotations(dtype: np.dtype[Any]) -> Array:
    """[2 CONTEXT, 2, 1, K / 2] complex: what turns query and key at each position; the query's holds the 1/√K of attention.

    Twice the context, because padding on the left moves a sequence to later positions.
    """
    frequencies = _ROTARY_BASE ** (-np.arange(0, HEAD_WIDTH, 2) / HEAD_WIDTH)
    turns = np.exp(1j * np.outer(np.arange(2 * CONTEXT), frequencies))
    table = np.stack([turns * HEAD_WIDTH**-0.5, turns], axis=1)[:, :, None, :]
    return table.astype(np.result_type(dtype, np.complex64))


@cache
def _visible(length: int, dtype: np.dtype[Any]) -> Array:
    """[T, T]: one where a query (row) may see a key (column)."""
    return np.tri(length, dtype=dtype)


def as_complex(x: Array) -> Array:
    """Neighbouring pairs of the last axis as complex numbers, in place."""
    return x.view(np.result_type(x.dtype, np.complex64))


def output_logits(weights: Weights, hidden: Array) -> Array:
    """Scores of the ids from `FIRST_OUTPUT` on."""
    logits: Array = hidden @ weights.embedding[FIRST_OUTPUT:].T
    return logits


def forward(weights: Weights, tokens: Array, real: Array | None = None) -> Activations:
    """Run the model over whole sequences.

    Args:
        weights: what to compute with.
        tokens: [B, T] ids, T ≤ `CONTEXT`. Padding on the right needs no mask: nothing before it sees it.
        real: [B, T] ones and zeros, for padding on the left.
    """
    x = weights.embedding[tokens]
    batch, length, width = x.shape
    layers = []
    for layer in weights.layers:
        attention_input, attention_scale = normalise(x)
        qkv = (attention_input @ layer.qkv).reshape(batch, length, 3, HEADS, HEAD_WIDTH)
        as_complex(qkv)[:, :, :2] *= rotations(x.dtype)[:length]
        query, key, value = (qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
        value_and_one = np.ones((batch, HEADS, length, HEAD_WIDTH + 1), x.dtype)
        value_and_one[..., :-1] = value
        if real is not None:
            value_and_one *= real[:, None, :, None]
        exponentials = _exponentials(query @ key.swapaxes(-1, -2))
        read = exponentials @ value_and_one
        # A position of padding may see no key at all; it then reads zeros.
        normaliser = 1 / np.maximum(read[..., -1:], np.finfo(x.dtype).tiny)
        heads = np.ascontiguousarray((read[..., :-1] * normaliser).transpose(0, 2, 1, 3))
        x = x + heads.reshape(batch, length, width) @ layer.out
        mlp_input, mlp_scale = normalise(x)
        rectified = mlp_input @ layer.up
        np.maximum(rectified, 0, out=rectified)
        hidden = rectified * rectified
        x = x + hidden @ layer.down
        layers.append(
            LayerActivations(
                attention_input, attention_scale, qkv, value_and_one, exponentials, normaliser, heads,
                mlp_input, mlp_scale, rectified, hidden,
            )
        )  # fmt: skip
    final, scale = normalise(x)
    return Activations(tuple(layers), scale, final)


def _exponentials(scores: Array) -> Array:
    """[…, T, T] exp of the scores where the key is visible, zero elsewhere; computed in place."""
    visible = _visible(scores.shape[-1], scores.dtype)
    if max(scores.max(), -scores.min()) > _SAFE_EXPONENT:
        scores += np.where(visible, 0, -np.inf)
        scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores *= visible
    return scores


def backward(weights: Weights, activations: Activations, gradient: Array) -> tuple[tuple[Layer, ...], Array]:
    """The gradients of a loss from its gradient with respect to ``activations.hidden``.

    Args:
        weights: those of the forward pass.
        activations: the forward pass's result, without padding on the left.
        gradient: [B, T, D]; zero at positions that have no part in the loss, right padding among them. Overwritten.

    Returns:
        The gradient of every linear map, and that of the embedded input, [B, T, D].
    """
    residual = _normalise_backward(gradient, activations.hidden, activations.scale)
    gradients: list[Layer] = []
    for layer, saved in zip(reversed(weights.layers), reversed(activations.layers), strict=True):
        d_hidden = residual @ layer.down.T
        down = _outer(saved.hidden, residual)
        d_hidden *= saved.rectified
        d_hidden *= 2
        up = _outer(saved.mlp_input, d_hidden)
        residual += _normalise_backward(d_hidden @ layer.up.T, saved.mlp_input, saved.mlp_scale)
        d_heads = (residual @ layer.out.T).reshape(saved.heads.shape)
        out = _outer(saved.heads.reshape(residual.shape), residual)
        d_qkv = _attention_backward(saved, d_heads).reshape(*residual.shape[:2], -1)
        qkv = _outer(saved.attention_input, d_qkv)
        residual += _normalise_backward(d_qkv @ layer.qkv.T, saved.attention_input, saved.attention_scale)
        gradients.append(Layer(qkv, out, up, down))
    return tuple(reversed(gradients)), residual


def _attention_backward(saved: LayerActivations, d_heads: Array) -> Array:
    """[B, T, 3, H, K]: the gradient of the unrotated query, key and value.

    With u the exponentials, z the normaliser and o what a head read: dS = u · (z dO Vᵀ - z dO·o).
    """
    query, key, value = (saved.qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
    scaled = d_heads.transpose(0, 2, 1, 3) * saved.normaliser
    d_qkv = np.empty_like(saved.qkv)
    d_scores = scaled @ value.swapaxes(-1, -2)
    d_scores -= np.einsum("bhtk,bthk->bht", scaled, saved.heads)[..., None]
    d_scores *= saved.exponentials
    d_qkv[:, :, 0] = (d_scores @ key).transpose(0, 2, 1, 3)
    d_qkv[:, :, 1] = (d_scores.swapaxes(-1, -2) @ query).transpose(0, 2, 1, 3)
    d_qkv[:, :, 2] = (saved.exponentials.swapaxes(-1, -2) @ scaled).transpose(0, 2, 1, 3)
    as_complex(d_qkv)[:, :, :2] *= rotations(d_qkv.dtype)[: d_qkv.shape[1]].conj()
    return d_qkv


def _normalise_backward(gradient: Array, normalised: Array, scale: Array) -> Array:
    """The gradient of the input of `normalise`; overwrites ``gradient``."""
    along = np.einsum("...i,...i->...", gradient, normalised)[..., None]
    along *= 1 / gradient.shape[-1]
    gradient -= normalised * along
    gradient *= scale
    return gradient


def _outer(inputs: Array, gradients: Array) -> Array:
    """The gradient of a map from its inputs and the gradients of its outputs, summed over all positions."""
    total: Array = inputs.reshape(-1, inputs.shape[-1]).T @ gradients.reshape(-1, gradients.shape[-1])
    return total
