"""What a run takes: counts that follow from the config and the rows, and money only from the user's own prices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import legal_values

from rft_cli.errors import UsageError
from rft_cli.estimate import Estimate, Price, estimate, prices, relative_cost
from rft_cli.spec.parameters import (
    BATCH_SIZE,
    EPOCHS,
    LORA_RANK,
    MAX_CONTEXT_LENGTH,
    MAX_TOKENS,
    PARAMETERS,
    ROLLOUTS,
)
from rft_cli.worker import Schedule


def values(**changed: Any) -> dict[str, Any]:
    """The defaults, but for the keys given."""
    nested: dict[str, Any] = {"training": {}, "rollout": {}}
    for entry in PARAMETERS:
        nested[entry.section][entry.key] = changed.get(entry.key, entry.default)
    return nested


def taken(config: dict[str, Any], rows: int = 256, **more: Any) -> Estimate:
    schedule = Schedule(prompts_per_step=4, rollouts_per_step=16, steps=64, rows=rows, effective={}, notes=[])
    return estimate(config, schedule, reference=values(), relative_to="base.1", **more)


def test_the_defaults_cost_one() -> None:
    assert taken(values()) == Estimate(
        rows=256,
        prompts=256,
        steps=64,
        rollouts=1024,
        output_tokens=1024 * 2048,
        sequences_per_step=4,
        relative=1.0,
        relative_to="base.1",
        usd=None,
        words=(),
    )


@pytest.mark.covers("BS1")
@pytest.mark.parametrize(
    ("batch", "context", "sequences"),
    [(65536, 8192, 8), (32768, 8192, 4), (32768, 16384, 2), (8192, 8192, 1), (8191, 8192, 0)],
)
def test_sequences_a_step_are_the_batch_divided_by_the_longest_sequence(batch, context, sequences) -> None:
    config = values(batch_size=batch, max_context_length=context)
    assert taken(config).sequences_per_step == sequences


@pytest.mark.covers("NR3", "MT4", "EP6")
@given(
    n=legal_values(ROLLOUTS),
    length=legal_values(MAX_TOKENS),
    epochs=legal_values(EPOCHS),
    rows=st.integers(1, 10**6),
)
def test_cost_is_linear_in_rollouts_answer_length_epochs_and_rows(n, length, epochs, rows) -> None:
    cost = taken(values(n=n, max_tokens=length, epochs=epochs), rows)
    assert cost.prompts == rows * epochs
    assert cost.rollouts == rows * epochs * n
    assert cost.output_tokens == rows * epochs * n * length
    assert cost.relative == pytest.approx(n / 4 * length / 2048 * epochs)


@given(
    st.sampled_from([entry for entry in PARAMETERS if entry not in {ROLLOUTS, MAX_TOKENS, EPOCHS}]), st.data()
)
def test_nothing_else_changes_the_figures(entry, data) -> None:
    config = values(**{entry.key: data.draw(legal_values(entry))})
    cost, usual = taken(config), taken(values())
    assert (cost.rollouts, cost.output_tokens, cost.relative) == (
        usual.rollouts,
        usual.output_tokens,
        usual.relative,
    )


@given(
    st.lists(
        st.tuples(legal_values(ROLLOUTS), legal_values(MAX_TOKENS), legal_values(EPOCHS)),
        min_size=3,
        max_size=3,
    )
)
def test_relative_cost_is_a_quotient(settings) -> None:
    first, second, third = (values(n=n, max_tokens=length, epochs=epochs) for n, length, epochs in settings)
    assert relative_cost(first, second) * relative_cost(second, third) == pytest.approx(
        relative_cost(first, third)
    )
    assert relative_cost(first, first) == 1.0


@pytest.mark.covers("RK3", "RK7")
@pytest.mark.parametrize(
    ("rank", "said"),
    [
        (4, "lora_rank 4 is faster and takes less memory than 8, and may lack capacity"),
        (16, "lora_rank 16 needs more memory than 8; no figure above shows it"),
        (
            32,
            "lora_rank 32 needs significantly more GPUs and memory than 8 and overfits sooner; no figure above shows it",
        ),
        (
            128,
            "lora_rank 128 needs significantly more GPUs and memory than 8 and overfits sooner; no figure above shows it",
        ),
    ],
)
def test_what_a_rank_costs_is_said_in_words(rank, said) -> None:
    assert taken(values(lora_rank=rank)).words == (said,)
    assert rank in LORA_RANK.choices


def test_what_a_batch_costs_is_said_in_words() -> None:
    assert taken(values(batch_size=65536)).words == (
        "batch_size 65536 instead of 32768 means fewer steps and more memory for the same rollouts",
    )
    assert BATCH_SIZE.default == 32768
    assert MAX_CONTEXT_LENGTH.default == 8192


def test_money_comes_from_the_users_prices_only() -> None:
    assert taken(values()).usd is None
    price = Price(usd_per_million_output_tokens=2.0, usd_per_rollout=0.01)
    assert taken(values(), price=price).usd == pytest.approx(2.097152 * 2 + 10.24)
    assert taken(values(), price=Price(usd_per_rollout=0.5)).usd == pytest.approx(512.0)


def test_prices_are_read_by_model() -> None:
    table = {"m": {"usd_per_million_output_tokens": 1}, "accounts/f/models/q": {"usd_per_rollout": 0.5}}
    assert prices(table, "pyproject.toml:3") == {"m": Price(1.0, 0.0), "accounts/f/models/q": Price(0.0, 0.5)}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, 'pyproject.toml:3: prices."m" holds no price'),
        (2.0, 'pyproject.toml:3: prices."m" holds no price'),
        ({"usd_per_token": 1}, 'pyproject.toml:3: prices."m": unknown key usd_per_token'),
        ({"usd_per_rollout": -1}, 'pyproject.toml:3: prices."m".usd_per_rollout is -1'),
        ({"usd_per_rollout": "1"}, "pyproject.toml:3: prices.\"m\".usd_per_rollout is '1'"),
        ({"usd_per_rollout": True}, 'pyproject.toml:3: prices."m".usd_per_rollout is True'),
        ({"usd_per_rollout": float("inf")}, 'pyproject.toml:3: prices."m".usd_per_rollout is inf'),
    ],
)
def test_what_is_no_price_is_told_at_its_place(entry, message) -> None:
    with pytest.raises(UsageError) as caught:
        prices({"m": entry}, "pyproject.toml:3")
    assert caught.value.message == message
    assert caught.value.hint
