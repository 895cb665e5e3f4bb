"""The transformer's passes: gradients against finite differences, and the cache against the whole sequence."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rft_cli.trainer.rehearsal import checkpoint, grpo, pretrain, sampler, tokenizer
from rft_cli.trainer.rehearsal.lora import Adapter
from rft_cli.trainer.rehearsal.model import (
    CONTEXT,
    LAYERS,
    Layer,
    Weights,
    backward,
    forward,
    initial,
    output_logits,
)

STEP = 1e-6


def double(weights: Weights) -> Weights:
    return Weights(
        weights.embedding.astype(np.float64),
        tuple(Layer(*(w.astype(np.float64) for w in layer)) for layer in weights.layers),
    )


def random_weights(seed: int) -> Weights:
    """Weights in double precision, none of them zero."""
    weights = initial(np.random.default_rng(seed))
    flat = pretrain.flatten(weights) + 0.1 * np.random.default_rng(seed + 1).standard_normal(
        pretrain.flatten(weights).size
    )
    return pretrain.unflatten(flat, weights)


def slope(function, array: np.ndarray, index) -> float:
    before = array[index]
    array[index] = before + STEP
    high = function()
    array[index] = before - STEP
    low = function()
    array[index] = before
    return (high - low) / (2 * STEP)


def test_the_gradient_of_every_weight_is_the_slope_of_the_loss():
    weights = random_weights(3)
    flat = pretrain.flatten(weights)
    weights = pretrain.unflatten(flat, weights)
    examples = pretrain.batch(random.Random(1), 3, 0.0)
    _, gradient = pretrain.loss_and_gradient(weights, examples)
    measured = pretrain.flatten(gradient)
    picked = np.random.default_rng(0).integers(0, flat.size, 60)
    expected = [slope(lambda: pretrain.loss_and_gradient(weights, examples)[0], flat, i) for i in picked]
    np.testing.assert_allclose(measured[picked], expected, atol=1e-8, rtol=1e-5)


@pytest.mark.parametrize("map_name", Layer._fields)
@pytest.mark.parametrize("layer", range(LAYERS))
def test_the_gradient_of_each_map_is_the_slope_of_the_loss(layer: int, map_name: str):
    weights = random_weights(5)
    tokens = np.random.default_rng(2).integers(0, tokenizer.VOCABULARY, (2, 7))
    pull = np.random.default_rng(4).standard_normal((2, 7, weights.embedding.shape[1]))

    def loss() -> float:
        return float((forward(weights, tokens).hidden * pull).sum())

    gradients, _ = backward(weights, forward(weights, tokens), pull.copy())
    array, measured = getattr(weights.layers[layer], map_name), getattr(gradients[layer], map_name)
    for index in [(0, 0), (13, 21), (63, 50), (array.shape[0] - 1, array.shape[1] - 1)]:
        assert measured[index] == pytest.approx(slope(loss, array, index), rel=1e-5, abs=1e-7)


def test_large_scores_give_the_same_as_shifted_softmax():
    weights = random_weights(7)
    large = Weights(weights.embedding, tuple(layer._replace(qkv=layer.qkv * 12) for layer in weights.layers))
    tokens = np.random.default_rng(2).integers(0, tokenizer.VOCABULARY, (1, 9))
    whole = forward(large, tokens).hidden
    for length in range(1, 10):
        np.testing.assert_allclose(forward(large, tokens[:, :length]).hidden, whole[:, :length], atol=1e-9)


def test_padding_on_the_left_does_not_change_the_output():
    weights = random_weights(9)
    tokens = np.random.default_rng(2).integers(4, tokenizer.VOCABULARY, (1, 9))
    padded = np.concatenate([np.full((1, 5), tokenizer.PAD), tokens], axis=1)
    real = (np.arange(14) >= 5).astype(np.float64)[None]
    np.testing.assert_allclose(
        forward(weights, padded, real).hidden[:, 5:], forward(weights, tokens).hidden, atol=1e-10
    )


def test_answers_from_the_cache_are_those_of_the_whole_sequence():
    base = checkpoint.read_weights()
    questions = ["what is 48+37?", "sort the letters dcab", "x", "ada, 30, oslo: as json"]
    prompts = [tokenizer.prompt([{"role": "user", "content": text}]) for text in questions]
    samples = sampler.sample(base, prompts, [60] * len(prompts))
    for prompt, answer, length in zip(prompts, samples.tokens.tolist(), samples.lengths, strict=True):
        sequence = [*prompt, *answer[:length]]
        logits = output_logits(base, forward(base, np.array([sequence[:-1]])).hidden[0, len(prompt) - 1 :])
        assert (logits.argmax(axis=1) + tokenizer.FIRST_OUTPUT).tolist() == sequence[len(prompt) :]


def test_the_cache_grows_to_the_end_of_the_context():
    base = checkpoint.read_weights()
    never_ends = Weights(base.embedding.copy(), base.layers)
    never_ends.embedding[tokenizer.END] = 0
    prompts = [
        tokenizer.prompt([{"role": "user", "content": "a"}]),
        tokenizer.prompt([{"role": "user", "content": "b" * 100}]),
    ]
    limits = [CONTEXT - len(prompt) for prompt in prompts]
    samples = sampler.sample(never_ends, prompts, limits)
    cut = samples.lengths[samples.truncated]
    assert samples.truncated.any()
    assert set(cut.tolist()) <= set(limits)


def test_the_policy_gradient_is_the_slope_of_the_loss():
    """In double precision: the loss of fixed rollouts as a function of the adapter, with KL, duplicates and masked support."""
    rng = np.random.default_rng(0)
    base = double(checkpoint.read_weights())
    adapter = Adapter(4, np.zeros(Adapter.initial(4, rng).values.size))
    adapter.values[:] = 0.05 * rng.standard_normal(adapter.values.size)
    prompts = [tokenizer.prompt([{"role": "user", "content": "add 12 and 30"}])] * 6
    sampling = sampler.Filter(0.9, 5, 1.0)
    sampled_by = sampler.sample(adapter.merged(base), prompts[:1], [12], copies=6, sampling=sampling, rng=rng)
    assert sampled_by.probabilities is not None
    advantage = np.array([1.0, -0.5, 0.3, 0.0, 0.2, -1.0])
    support = sampled_by.probabilities > 0
    beta = 0.3

    def log_probabilities(weights: Weights) -> list[np.ndarray]:
        found = []
        for index, prompt in enumerate(prompts):
            length = sampled_by.lengths[index]
            answer = sampled_by.tokens[index, :length]
            sequence = np.array([[*prompt, *answer[:-1]]])
            logits = output_logits(weights, forward(weights, sequence).hidden[0, len(prompt) - 1 :]) / 0.9
            logits = np.where(support[:length, index], logits, -np.inf)
            logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
            found.append(logits[np.arange(length), answer - tokenizer.FIRST_OUTPUT])
        return found

    reference = log_probabilities(base)
    fixed = log_probabilities(adapter.merged(base))
    total = sampled_by.lengths.sum()

    def loss() -> float:
        value = 0.0
        for index, now in enumerate(log_probabilities(adapter.merged(base))):
            ratio = np.exp(now - fixed[index])
            difference = reference[index] - now
            value -= (advantage[index] * ratio).sum()
            value += beta * (np.exp(difference) - difference - 1).sum()
        return value / total

    exact = sampled_by._replace(probabilities=sampled_by.probabilities.astype(np.float64))
    learned = grpo.learn(
        adapter, adapter.merged(base), base,
        prompts=prompts, samples=exact, advantage=advantage, temperature=0.9, beta=beta,
    )  # fmt: skip
    for index in rng.integers(0, adapter.values.size, 25):
        assert learned.gradient[index] == pytest.approx(
            slope(loss, adapter.values, index), rel=2e-3, abs=2e-6
        )
    assert learned.loss == pytest.approx(loss(), abs=1e-5)
