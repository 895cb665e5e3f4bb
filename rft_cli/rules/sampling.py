"""Rules 3xx on how rollouts are drawn: what leaves nothing to compare, and what leaves only noise. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding
from rft_cli.rules.rule import DataFacts, Rule, changed_one, found, said
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import TEMPERATURE, TOP_K, TOP_P

if TYPE_CHECKING:
    from rft_cli.config import Config

NEAR_GREEDY = 0.1
"""Highest temperature at which the answers to a prompt are all alike. Source: TE2."""

INCOHERENT = 1.2
"""Temperature above which answers fall apart. Source: TE4."""

GREEDY_TOP_P = 0.2
"""Top-p below which the most probable token is nearly always alone. Chosen: the low end of what TP2 recommends."""

TIGHT_TEMPERATURE = 0.5
"""Source: the end of the sweet spot, TE3, where the goal safer begins."""

TIGHT_TOP_P = 0.9
"""Below it top-p filters. Source: TP2."""

TIGHT_TOP_K = 20
"""Below it top-k filters more than any step of a goal asks for. Chosen: half the default, the step of GO3."""


def near_greedy_temperature(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A temperature at which all answers of a group are the same one."""
    if config.get(TEMPERATURE.path) <= NEAR_GREEDY:
        yield found(
            "RFT302",
            config,
            TEMPERATURE.path,
            f"{said(config, TEMPERATURE.path)} is nearly greedy: the answers to a prompt are all alike and "
            "nothing can be learned from comparing them",
            "set temperature: 0.7; for precise answers 0.3 is the lowest that still explores",
        )


def incoherent_temperature(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A temperature at which answers are noise."""
    if config.get(TEMPERATURE.path) > INCOHERENT:
        yield found(
            "RFT303",
            config,
            TEMPERATURE.path,
            f"{said(config, TEMPERATURE.path)} is above {INCOHERENT}: answers become incoherent",
            "set temperature: 1.0; creative tasks go up to 1.2",
        )


def greedy_top_p(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A nucleus that holds one token."""
    if config.get(TOP_P.path) < GREEDY_TOP_P:
        yield found(
            "RFT305",
            config,
            TOP_P.path,
            f"{said(config, TOP_P.path)} nearly always leaves one token to choose from: greedy in disguise",
            "set top_p: 0.9; where facts matter most 0.5 is low enough",
        )


def greedy_top_k(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A cap of one candidate."""
    if config.get(TOP_K.path) == 1:
        yield found(
            "RFT307",
            config,
            TOP_K.path,
            f"{said(config, TOP_K.path)} leaves one token to choose from: greedy in disguise",
            "set top_k: 40, or 0 to switch it off and use top_p",
        )


def unlimited_tail(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """No filter at all."""
    if config.get(TOP_K.path) == 0 and config.get(TOP_P.path) == 1:
        yield found(
            "RFT308",
            config,
            TOP_K.path,
            "top_k is off while top_p is 1: nothing keeps improbable tokens out of the answers",
            "set top_p: 0.95, or top_k: 40",
        )


def _tight_filters(config: Config) -> bool:
    """Whether both filters are tight, and neither is so tight that sampling is greedy anyway."""
    top_p, top_k = config.get(TOP_P.path), config.get(TOP_K.path)
    greedy = top_p < GREEDY_TOP_P or top_k == 1 or config.get(TEMPERATURE.path) <= NEAR_GREEDY
    return not greedy and top_p < TIGHT_TOP_P and TOP_K.order(top_k) < TIGHT_TOP_K


def over_tight_sampling(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A low temperature under two tight filters."""
    if _tight_filters(config) and config.get(TEMPERATURE.path) <= TIGHT_TEMPERATURE:
        paths = (TEMPERATURE.path, TOP_P.path, TOP_K.path)
        yield found(
            "RFT309",
            config,
            changed_one(config, *paths),
            f"{said(config, *paths)} are tight at once: hardly a choice is left",
            f"loosen one: top_k: {show(TOP_K.default)} first, since top_p adapts better",
        )


def two_tight_filters(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """Two filters where one would do."""
    if _tight_filters(config) and config.get(TEMPERATURE.path) > TIGHT_TEMPERATURE:
        yield found(
            "RFT310",
            config,
            TOP_K.path,
            f"{said(config, TOP_P.path, TOP_K.path)} are both tight: top_k cuts where top_p would adapt",
            f"set top_k: {show(TOP_K.default)} and let top_p filter",
        )


SAMPLING_RULES: tuple[Rule, ...] = (
    Rule("RFT302", near_greedy_temperature),
    Rule("RFT303", incoherent_temperature),
    Rule("RFT305", greedy_top_p),
    Rule("RFT307", greedy_top_k),
    Rule("RFT308", unlimited_tail),
    Rule("RFT309", over_tight_sampling),
    Rule("RFT310", two_tight_filters),
)
