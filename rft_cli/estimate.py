"""What a run costs: rollouts, generated tokens, and money by the user's own prices only. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.errors import UsageError
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import (
    BATCH_SIZE,
    EPOCHS,
    LORA_RANK,
    MAX_CONTEXT_LENGTH,
    MAX_TOKENS,
    ROLLOUTS,
)

if TYPE_CHECKING:
    from rft_cli.worker import Schedule

LINEAR_FACTORS = (EPOCHS, ROLLOUTS, MAX_TOKENS)
"""Parameters that the cost of a run on given rows is proportional to, at most: answers may be shorter than max_tokens.
Source: statements EP6, NR3 and MT4 of the guide."""

MILLION = 1_000_000

PRICES_TABLE = "tool.rft.prices"
"""Where prices stand in `pyproject.toml`; in `.rft.toml` it is `prices`."""

ENOUGH_RANK = 16
"""The largest rank that suits most tasks. Source: RK7."""


class Price(NamedTuple):
    """What a user pays for a model, in US dollars; the keys of `PRICES_TABLE` have the same names."""

    usd_per_million_output_tokens: float = 0.0
    usd_per_rollout: float = 0.0


class Estimate(NamedTuple):
    """What a run takes, before it is started. Counts of training only; what an evaluation answers comes in addition."""

    rows: int
    """Rows trained on."""
    prompts: int
    """Asked over all epochs: every epoch asks each row once."""
    steps: int
    rollouts: int
    output_tokens: int
    """Upper bound: every answer as long as `rollout.max_tokens` allows."""
    sequences_per_step: int
    """The guide's own figure: batch ÷ longest sequence, both in tokens. 0: the batch holds no full sequence."""
    relative: float
    """Upper bound of the cost in units of the run that it is compared with."""
    relative_to: str
    """That run as people call it."""
    usd: float | None
    """Upper bound of the price; None where the user has given no price for the model, or rows are not known."""
    words: tuple[str, ...]
    """What the figures leave out, one sentence each."""


def estimate(
    values: Mapping[str, Any],
    schedule: Schedule,
    *,
    reference: Mapping[str, Any],
    relative_to: str,
    price: Price | None = None,
) -> Estimate:
    """What a run takes.

    Args:
        values: resolved, nested as in YAML.
        schedule: the backend's step arithmetic for it.
        reference: values of the run that counts as 1, on the same rows.
        relative_to: how that run is called.
        price: of the model.
    """
    prompts = schedule["rows"] * _value(values, EPOCHS)
    rollouts = prompts * _value(values, ROLLOUTS)
    tokens = rollouts * _value(values, MAX_TOKENS)
    return Estimate(
        rows=schedule["rows"],
        prompts=prompts,
        steps=schedule["steps"],
        rollouts=rollouts,
        output_tokens=tokens,
        sequences_per_step=_value(values, BATCH_SIZE) // _value(values, MAX_CONTEXT_LENGTH),
        relative=relative_cost(reference, values),
        relative_to=relative_to,
        usd=None if price is None or not schedule["rows"] else _usd(price, rollouts, tokens),
        words=(*_unknown(schedule), *_words(values, reference)),
    )


def relative_cost(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Upper bound of the cost of one run in units of another on the same rows.

    Args:
        old: resolved values, nested as in YAML, of the run that counts as 1.
        new: those of the run in question.
    """
    ratio = 1.0
    for entry in LINEAR_FACTORS:
        ratio *= _value(new, entry) / _value(old, entry)
    return float(f"{ratio:.12g}")


def prices(table: Mapping[str, Any], place: str) -> dict[str, Price]:
    """Model → price, from the user's table.

    Args:
        table: model → its price, as TOML holds it.
        place: where the table stands, for messages.

    Raises:
        UsageError: an entry is no price, or a key is unknown.
    """
    return {model: _price(model, entry, place) for model, entry in table.items()}


def _price(model: str, entry: object, place: str) -> Price:
    at = f'{place}: prices."{model}"'
    if not isinstance(entry, Mapping) or not entry:
        raise UsageError(f"{at} holds no price", hint=price_sample(model))
    for key, value in entry.items():
        if key not in Price._fields:
            raise UsageError(f"{at}: unknown key {key}", hint=f"known are {', '.join(Price._fields)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise UsageError(f"{at}.{key} is {value!r}", hint="write an amount of US dollars, such as 0.9")
    return Price(**{key: float(value) for key, value in entry.items()})


def price_sample(model: str) -> str:
    """How a price is written into the settings."""
    return f'write [{PRICES_TABLE}."{model}"] into pyproject.toml, with {" = 0.9 or ".join(Price._fields)} = 0.001'


def _usd(price: Price, rollouts: int, tokens: int) -> float:
    return tokens / MILLION * price.usd_per_million_output_tokens + rollouts * price.usd_per_rollout


def _value(values: Mapping[str, Any], entry: Any) -> Any:
    return values.get(entry.section, {}).get(entry.key, entry.default)


def _unknown(schedule: Schedule) -> Iterator[str]:
    if not schedule["rows"]:
        yield "how many rows there are is known to the backend only, so nothing is counted"


def _words(values: Mapping[str, Any], reference: Mapping[str, Any]) -> Iterator[str]:
    """What the guide says of cost that no count shows. Source: RK3, RK7, BS4."""
    rank, before = (_value(side, LORA_RANK) for side in (values, reference))
    if rank > max(before, ENOUGH_RANK):
        yield (
            f"lora_rank {rank} needs significantly more GPUs and memory than {before} and overfits sooner; "
            "no figure above shows it"
        )
    elif rank > before:
        yield f"lora_rank {rank} needs more memory than {before}; no figure above shows it"
    elif rank < before:
        yield f"lora_rank {rank} is faster and takes less memory than {before}, and may lack capacity"
    batch, usual = (_value(side, BATCH_SIZE) for side in (values, reference))
    if batch != usual:
        more = "fewer steps and more memory" if batch > usual else "more steps and less memory"
        yield f"batch_size {show(batch)} instead of {show(usual)} means {more} for the same rollouts"
