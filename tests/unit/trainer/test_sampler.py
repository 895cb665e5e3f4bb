"""How tokens are drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rft_cli.trainer.rehearsal import checkpoint, tokenizer
from rft_cli.trainer.rehearsal.sampler import Filter, distribution, draw, sample

LOGITS = arrays.arrays(np.float32, (3, 12), elements=st.floats(-30, 30, width=32), unique=True)
FILTERS = st.builds(
    Filter,
    temperature=st.floats(0.1, 2.0),
    top_k=st.integers(0, 20),
    top_p=st.floats(0.0, 1.0),
)


@given(LOGITS, FILTERS)
@settings(deadline=None)
def test_a_distribution_sums_to_one_and_keeps_the_likeliest(logits, sampling):
    probabilities = distribution(logits, sampling)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities >= 0).all()
    best = np.take_along_axis(probabilities, logits.argmax(axis=1)[:, None], axis=1)[:, 0]
    assert (best == probabilities.max(axis=1)).all()


@given(LOGITS, FILTERS)
@settings(deadline=None)
def test_no_more_than_top_k_tokens_remain(logits, sampling):
    kept = (distribution(logits, sampling) > 0).sum(axis=1)
    assert (kept >= 1).all()
    assert (kept <= (sampling.top_k or logits.shape[1])).all()


@given(LOGITS, FILTERS)
@settings(deadline=None)
def test_top_p_keeps_the_fewest_tokens_that_reach_it(logits, sampling):
    whole = distribution(logits, sampling._replace(top_p=1.0))
    kept = distribution(logits, sampling) > 0
    for row, mask in zip(whole, kept, strict=True):
        mass = row[mask].sum()
        assert mass >= sampling.top_p - 1e-5
        smallest = row[mask].min()
        assert mask.sum() == 1 or mass - smallest < sampling.top_p + 1e-5


@given(LOGITS)
@settings(deadline=None)
def test_zero_top_k_is_no_limit(logits):
    unlimited = distribution(logits, Filter(1.0, 0, 1.0))
    assert (unlimited == distribution(logits, Filter(1.0, 12, 1.0))).all()


def test_filters_act_in_the_order_temperature_top_k_softmax_top_p():
    logits = np.log(np.array([[0.4, 0.3, 0.2, 0.1]], np.float32))
    # Of the two likeliest, the first has 4/7: it alone reaches a half, and of all four it would not.
    assert distribution(logits, Filter(1.0, 2, 0.5)).tolist() == [[1, 0, 0, 0]]
    assert (distribution(logits, Filter(1.0, 0, 0.5)) > 0).tolist() == [[True, True, False, False]]
    # At a higher temperature the first no longer reaches it.
    assert (distribution(logits, Filter(2.0, 2, 0.55)) > 0).tolist() == [[True, True, False, False]]


def test_draws_have_the_frequencies_of_the_distribution():
    probabilities = np.repeat(np.array([[0.0, 0.5, 0.0, 0.3, 0.2, 0.0]], np.float32), 40_000, axis=0)
    drawn = draw(probabilities, np.random.default_rng(0).random(40_000))
    shares = np.bincount(drawn, minlength=6) / 40_000
    np.testing.assert_allclose(shares, probabilities[0], atol=0.01)
    assert shares[[0, 2, 5]].tolist() == [0, 0, 0]


def test_the_ends_of_the_unit_interval_draw_possible_tokens():
    probabilities = np.array([[0.0, 0.5, 0.5, 0.0]] * 2, np.float32)
    assert draw(probabilities, np.array([0.0, np.nextafter(1.0, 0.0)])).tolist() == [1, 2]


def test_copies_of_a_prompt_stand_together_and_differ():
    base = checkpoint.read_weights()
    prompts = [
        tokenizer.prompt([{"role": "user", "content": text}])
        for text in ("add 21 and 33", "please sort hgab")
    ]
    samples = sample(
        base, prompts, [60, 3], copies=4, sampling=Filter(1.0, 0, 1.0), rng=np.random.default_rng(1)
    )
    assert samples.tokens.shape[0] == 8
    assert samples.lengths[4:].tolist() == [3] * 4
    assert samples.truncated.tolist() == [False] * 4 + [True] * 4
    assert len({tuple(row) for row in samples.tokens[:4].tolist()}) > 1


def test_the_recorded_distribution_is_the_one_that_was_drawn_from():
    base = checkpoint.read_weights()
    prompt = tokenizer.prompt([{"role": "user", "content": "add 21 and 33"}])
    samples = sample(
        base, [prompt], [40], copies=16, sampling=Filter(1.3, 3, 0.9), rng=np.random.default_rng(1)
    )
    assert samples.probabilities is not None
    for row, (answer, length) in enumerate(zip(samples.tokens, samples.lengths, strict=True)):
        for position in range(length):
            recorded = samples.probabilities[position, row]
            assert recorded[answer[position] - tokenizer.FIRST_OUTPUT] > 0
            assert (recorded > 0).sum() <= 3


def test_special_tokens_are_never_written():
    base = checkpoint.read_weights()
    prompt = tokenizer.prompt([{"role": "user", "content": "??"}])
    samples = sample(
        base, [prompt], [30], copies=64, sampling=Filter(2.0, 0, 1.0), rng=np.random.default_rng(1)
    )
    written = [answer[:length] for answer, length in zip(samples.tokens, samples.lengths, strict=True)]
    assert min(int(answer.min()) for answer in written) >= tokenizer.END
