"""Low-rank adapters on all six linear maps of every layer, by the chain rule.

The model is run with merged weights W + (α / r) · A B. Its backward pass gives the gradient G of a merged map, from which
∂A = (α / r) · G Bᵀ and ∂B = (α / r) · Aᵀ G, so that the model itself knows nothing of adapters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rft_cli.trainer.rehearsal.model import LAYERS, MLP_WIDTH, WIDTH, Array, Layer, Weights

ALPHA = 16
"""Chosen: with 1/r scaling the usual choice at rank 8; effective step size is set by `grpo.LEARNING_RATE_SCALE`."""


class Site(NamedTuple):
    """One linear map that is adapted."""

    name: str
    """As PEFT would call the module."""
    field: str
    """The field of `Layer` that holds it."""
    columns: slice
    """Its columns there."""
    inputs: int
    outputs: int


SITES = (
    Site("self_attn.q_proj", "qkv", slice(0, WIDTH), WIDTH, WIDTH),
    Site("self_attn.k_proj", "qkv", slice(WIDTH, 2 * WIDTH), WIDTH, WIDTH),
    Site("self_attn.v_proj", "qkv", slice(2 * WIDTH, 3 * WIDTH), WIDTH, WIDTH),
    Site("self_attn.o_proj", "out", slice(0, WIDTH), WIDTH, WIDTH),
    Site("mlp.up_proj", "up", slice(0, MLP_WIDTH), WIDTH, MLP_WIDTH),
    Site("mlp.down_proj", "down", slice(0, WIDTH), MLP_WIDTH, WIDTH),
)


class Pair(NamedTuple):
    """The adapter of one map: views into `Adapter.values`."""

    layer: int
    site: Site
    a: Array
    """[inputs, r]"""
    b: Array
    """[r, outputs]"""


class Adapter:
    """All low-rank pairs of a model, kept in one flat vector so that the optimiser sees one array."""

    def __init__(self, rank: int, values: Array) -> None:
        self.rank = rank
        self.scale = ALPHA / rank
        self.values = values
        self.pairs = _pairs(rank, values)

    @classmethod
    def initial(cls, rank: int, rng: np.random.Generator) -> Adapter:
        """An adapter that changes nothing yet: A uniform within ±1/√inputs, B zero."""
        adapter = cls(rank, np.zeros(size(rank), np.float32))
        for pair in adapter.pairs:
            bound = pair.site.inputs**-0.5
            pair.a[...] = rng.uniform(-bound, bound, pair.a.shape)
        return adapter

    def merged(self, base: Weights) -> Weights:
        """The weights that the model computes with; ``base`` is left alone."""
        layers = tuple(Layer(*(weight.copy() for weight in layer)) for layer in base.layers)
        for pair in self.pairs:
            weight = getattr(layers[pair.layer], pair.site.field)
            weight[:, pair.site.columns] += self.scale * (pair.a @ pair.b)
        return Weights(base.embedding, layers)

    def gradient(self, maps: tuple[Layer, ...]) -> Array:
        """The flat gradient of `values`, from the gradients of the merged maps."""
        flat = np.empty_like(self.values)
        for pair, target in zip(self.pairs, _pairs(self.rank, flat), strict=True):
            merged = getattr(maps[pair.layer], pair.site.field)[:, pair.site.columns]
            np.matmul(merged, pair.b.T, out=target.a)
            np.matmul(pair.a.T, merged, out=target.b)
        flat *= self.scale
        return flat


def size(rank: int) -> int:
    """How many numbers an adapter of this rank holds."""
    return LAYERS * rank * sum(site.inputs + site.outputs for site in SITES)


def _pairs(rank: int, flat: Array) -> tuple[Pair, ...]:
    """The views of every A and B in a flat vector."""
    pairs = []
    start = 0
    for layer in range(LAYERS):
        for site in SITES:
            middle = start + site.inputs * rank
            end = middle + rank * site.outputs
            a = flat[start:middle].reshape(site.inputs, rank)
            b = flat[middle:end].reshape(rank, site.outputs)
            pairs.append(Pair(layer, site, a, b))
            start = end
    return tuple(pairs)
