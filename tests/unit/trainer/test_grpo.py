"""Advantages, the loss, the adapter and the optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rft_cli.trainer.rehearsal import adam, checkpoint, grpo, lora, sampler, tokenizer
from rft_cli.trainer.rehearsal.adam import Adam

REWARDS = arrays.arrays(np.float64, (3, 4), elements=st.floats(-100, 100))


def test_an_advantage_is_the_distance_from_the_group_in_standard_deviations():
    found = grpo.advantages(np.array([[0.0, 0.0, 0.0, 1.0], [1.0, 2.0, 3.0, 4.0]]))
    np.testing.assert_allclose(found[0], [-0.5, -0.5, -0.5, 1.5], atol=1e-3)
    np.testing.assert_allclose(found[1], np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(5 / 3), atol=1e-3)


@pytest.mark.parametrize("reward", [0.0, 0.2, 1 / 3, 1e9])
@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_a_group_of_equal_rewards_teaches_exactly_nothing(reward: float, n: int):
    assert grpo.advantages(np.full((2, n), reward)).tolist() == [[0.0] * n] * 2


@given(REWARDS)
def test_advantages_of_a_group_sum_to_zero_and_keep_its_order(rewards):
    found = grpo.advantages(rewards)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-6)
    assert np.isfinite(found).all()
    for group, advantage in zip(rewards, found, strict=True):
        order = np.argsort(group, kind="stable")
        assert (np.diff(advantage[order]) >= 0).all()


@given(REWARDS, st.floats(-50, 50))
def test_advantages_do_not_depend_on_what_is_added_to_every_reward(rewards, shift):
    np.testing.assert_allclose(grpo.advantages(rewards + shift), grpo.advantages(rewards), atol=1e-3)


def rollouts(weights, rng, copies=6):
    prompts = [
        tokenizer.prompt([{"role": "user", "content": text}]) for text in ("add 21 and 33", "compute 5+5")
    ]
    samples = sampler.sample(
        weights, prompts, [60, 60], copies=copies, sampling=sampler.Filter(1.0, 40, 1.0), rng=rng
    )
    return [prompt for prompt in prompts for _ in range(copies)], samples


def test_an_untrained_adapter_is_the_base():
    base = checkpoint.read_weights()
    adapter = lora.Adapter.initial(8, np.random.default_rng(0))
    for before, after in zip(base.layers, adapter.merged(base).layers, strict=True):
        for name in before._fields:
            assert (getattr(before, name) == getattr(after, name)).all()
    prompts, samples = rollouts(base, np.random.default_rng(0))
    learned = grpo.learn(
        adapter,
        base,
        base,
        prompts=prompts,
        samples=samples,
        advantage=np.ones(12),
        temperature=1.0,
        beta=0.0,
    )
    assert learned.kl == pytest.approx(0, abs=1e-6)


def test_rollouts_without_advantage_give_no_gradient():
    base = checkpoint.read_weights()
    adapter = lora.Adapter.initial(8, np.random.default_rng(0))
    prompts, samples = rollouts(base, np.random.default_rng(0))
    learned = grpo.learn(
        adapter,
        base,
        base,
        prompts=prompts,
        samples=samples,
        advantage=np.zeros(12),
        temperature=1.0,
        beta=0.0,
    )
    assert not learned.gradient.any()
    assert learned.loss == 0


def test_a_step_makes_a_rewarded_answer_likelier():
    base = checkpoint.read_weights()
    adapter = lora.Adapter.initial(8, np.random.default_rng(0))
    optimiser = Adam(adapter.values.size)
    prompts, samples = rollouts(base, np.random.default_rng(3))
    advantage = np.array([1.0, -0.2, -0.2, -0.2, -0.2, -0.2, 0, 0, 0, 0, 0, 0])
    kls = []
    for _ in range(5):
        learned = grpo.learn(
            adapter, adapter.merged(base), base,
            prompts=prompts, samples=samples, advantage=advantage, temperature=1.0, beta=0.0,
        )  # fmt: skip
        kls.append(learned.kl)
        optimiser.update(adapter.values, learned.gradient, 1e-3)
    assert samples.probabilities is not None

    def likelihood(weights) -> float:
        decoder = sampler.Decoder(weights, prompts[:1], 1)
        total = 0.0
        for token in samples.tokens[0, : samples.lengths[0]]:
            total += float(
                np.log(sampler.distribution(decoder.logits, sampler.Filter(1.0, 0, 1.0)))[
                    0, token - tokenizer.FIRST_OUTPUT
                ]
            )
            decoder.advance(np.array([token]))
        return total

    assert likelihood(adapter.merged(base)) > likelihood(base)


@pytest.mark.parametrize("rank", [4, 8, 128])
def test_an_adapter_of_rank_r_has_r_numbers_for_each_row_and_column(rank: int):
    assert lora.size(rank) == 2 * rank * (4 * (64 + 64) + 2 * (64 + 256))
    adapter = lora.Adapter.initial(rank, np.random.default_rng(0))
    assert sum(pair.a.size + pair.b.size for pair in adapter.pairs) == adapter.values.size
    assert all(np.abs(pair.a).max() <= pair.site.inputs**-0.5 for pair in adapter.pairs)
    assert not any(pair.b.any() for pair in adapter.pairs)


def test_the_first_adam_step_is_the_learning_rate_in_every_direction():
    parameters = np.zeros(3, np.float32)
    Adam(3).update(parameters, np.array([2.0, -0.5, 0.0], np.float32), 0.1)
    np.testing.assert_allclose(parameters, [-0.1, 0.1, 0.0], atol=1e-6)


def test_adam_follows_its_definition():
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((6, 4))
    optimiser, parameters = Adam(4), np.zeros(4, np.float32)
    first = second = expected = np.zeros(4)
    for step, gradient in enumerate(gradients, start=1):
        optimiser.update(parameters, gradient.astype(np.float32), 0.01)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        expected = expected - 0.01 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    np.testing.assert_allclose(parameters, expected, rtol=1e-4)


def test_the_learning_rate_warms_up_and_stays():
    assert [round(adam.warmed_up(1.0, step), 3) for step in (1, 2, 5, 6, 100)] == [0.2, 0.4, 1.0, 1.0, 1.0]


def test_clipping_bounds_the_norm_and_keeps_the_direction():
    gradient = np.array([3.0, 4.0])
    assert adam.clip(gradient) == 5.0
    np.testing.assert_allclose(gradient, [0.6, 0.8])
    small = np.array([0.3, 0.4])
    assert adam.clip(small) == 0.5
    assert small.tolist() == [0.3, 0.4]
