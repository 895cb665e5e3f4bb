"""The table of rules, in the order of their codes. Adding a rule means: a function in its topic, a row there, a code."""

from __future__ import annotations

from rft_cli.rules.capacity import CAPACITY_RULES
from rft_cli.rules.cost import COST_RULES
from rft_cli.rules.experiment import EXPERIMENT_RULES
from rft_cli.rules.optimisation import OPTIMISATION_RULES
from rft_cli.rules.rule import Rule
from rft_cli.rules.sampling import SAMPLING_RULES
from rft_cli.rules.secrets import SECRET_RULES
from rft_cli.rules.usual import USUAL_RULES

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *USUAL_RULES,
            *OPTIMISATION_RULES,
            *SAMPLING_RULES,
            *CAPACITY_RULES,
            *COST_RULES,
            *EXPERIMENT_RULES,
            *SECRET_RULES,
        ),
        key=lambda rule: rule.code,
    )
)
