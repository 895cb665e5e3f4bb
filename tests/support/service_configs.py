"""Configs for the managed service, drawn from the spec, and the request that each of them makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st
from support.strategies import legal_values

from rft_cli.backends.fireworks.shape.body import body_of, filled_in
from rft_cli.backends.fireworks.shape.wire import ACCOUNT, WANDB_KEY, is_unset
from rft_cli.config import Config
from rft_cli.spec.parameters import PARAMETERS

TASK = {
    "backend": "fireworks",
    "model": "accounts/fireworks/models/qwen3-4b",
    "dataset": "accounts/acme/datasets/sums",
    "evaluator": "accounts/acme/evaluators/exact",
}
PRINTED = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
"""Text that can stand on a command line."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SETTINGS = {
    "loss_method": st.sampled_from(["dapo", "gspo-token"]),
    "kl_beta": st.floats(1e-4, 1.0).map(lambda value: float(f"{value:.6g}")),
    "chunk_size": st.integers(1, 10_000) | st.just(-1),
    "node_count": st.integers(2, 8),
    "max_concurrent_rollouts": st.integers(1, 500),
    "max_concurrent_evaluations": st.integers(1, 500),
    "warm_start_from": st.just("accounts/acme/models/older"),
    "output_model": st.just("accounts/acme/models/mine"),
    "extra_body": st.dictionaries(st.text(), JSON, min_size=1, max_size=3),
    "region": st.just("US_IOWA_1"),
    "reservation_target": PRINTED,
}
"""Settings of the service; grpo is what nothing said means, so it is not drawn."""


@st.composite
def service_configs(draw: st.DrawFn) -> dict[str, Any]:
    """Values of a config for the service, nested; every parameter is set."""
    values: dict[str, Any] = dict(TASK)
    for entry in PARAMETERS:
        section, _, key = entry.path.partition(".")
        values.setdefault(section, {})[key] = _as_people_write(draw(legal_values(entry)))
    if values["rollout"]["top_p"] == 0:
        values["rollout"]["top_p"] = 1.0  # the service cannot tell 0 from nothing said
    if chosen := draw(st.fixed_dictionaries({}, optional=SETTINGS)):
        values["fireworks"] = chosen
    if draw(st.booleans()):
        values["evaluation"] = {"dataset": "accounts/acme/datasets/held-out"}
    if draw(st.booleans()):
        wandb = st.fixed_dictionaries({"project": PRINTED}, optional={"entity": PRINTED})
        values["tracking"] = {"wandb": draw(wandb)}
    return values


def _as_people_write(value: Any) -> Any:
    """Six digits: the service keeps some numbers in 32 bits, and more digits would not come back."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def sent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The body that a config makes."""
    config = Config("run.yaml", "run", dict(values), {})
    body: dict[str, Any] = filled_in(body_of(config, {}), {ACCOUNT: "acme", WANDB_KEY: "a-key"})
    return body


def plain(value: Any) -> Any:
    """A value without what is unset."""
    if isinstance(value, Mapping):
        children = {name: plain(child) for name, child in value.items()}
        return {name: child for name, child in children.items() if not is_unset(child)}
    return value


def leaves(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of everything in a body."""
    for name, child in value.items():
        path = f"{above}.{name}" if above else name
        if isinstance(child, Mapping):
            yield from leaves(child, path)
        else:
            yield path, child


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The way back of `leaves`."""
    body: dict[str, Any] = {}
    for path, value in flat.items():
        *sections, name = path.split(".")
        place = body
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return body
