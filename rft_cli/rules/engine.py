"""Runs every rule over a config. A rule that crashes becomes a finding of its own and the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding, Location, by_place
from rft_cli.rules.registry import RULES
from rft_cli.rules.rule import DataFacts, Rule
from rft_cli.spec.codes.tuning import CRASHED_RULE

if TYPE_CHECKING:
    from rft_cli.config import Config


def check_config(
    config: Config,
    facts: DataFacts | None = None,
    against: Config | None = None,
    *,
    rules: Sequence[Rule] = RULES,
) -> tuple[Finding, ...]:
    """What the rules say of a resolved config.

    Args:
        config: every value legal.
        facts: what is known of the training data; None: nobody has read it.
        against: the reference; None: compare with the defaults.
        rules: the rules to run.

    Returns:
        Findings in reading order.
    """
    findings: list[Finding] = []
    for rule in rules:
        try:
            findings.extend(rule.check(config, facts, against))
        except Exception as error:  # noqa: BLE001  one broken rule must not hide what the others found
            findings.append(_crashed(rule, config, error))
    return by_place(findings)


def _crashed(rule: Rule, config: Config, error: Exception) -> Finding:
    return Finding(
        CRASHED_RULE.code,
        CRASHED_RULE.severity,
        Location(config.path),
        f"rule {rule.code} crashed: {type(error).__name__}: {' '.join(str(error).split())}",
        f"please report it with this file; --ignore {rule.code} leaves the rule out",
    )
