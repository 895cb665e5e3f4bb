"""What is to be said of a plan before it is launched: rules, reference, difference, cost, guards. Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.compare.difference import Difference, Side, difference
from rft_cli.config.settings import read_settings
from rft_cli.diagnostics import Finding, Severity, by_place
from rft_cli.estimate import Estimate, Price, estimate, prices
from rft_cli.guards import Situation, Verdict, check
from rft_cli.plan import Plan, as_baseline, tuned
from rft_cli.rules.engine import check_config
from rft_cli.rules.signal import DRAWN_BY, Solved, judge_signal, solved_by
from rft_cli.rules.suppression import unsuppressed
from rft_cli.runs.answers import early_rewards
from rft_cli.runs.record import Summary
from rft_cli.workflow.prepare import Prepared, plan_of
from rft_cli.workflow.reference import Reference, Unusable, find_reference, replicated

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.workflow.project import Project
    from rft_cli.workflow.request import Wishes


TO_COME = "the baseline"
"""How the baseline of a scope is called while it has not run."""


class Assessment(NamedTuple):
    """A plan, and all that is known of it before it is launched."""

    plan: Plan
    reference: Reference | None
    baseline: Summary | None
    """Of the scope."""
    known: Summary | None
    """A run of the same fingerprint that is live or has a result: nothing new would be started."""
    replicates: str
    """Run id of a run with the same values and another seed; empty: none."""
    difference: Difference | None
    """Against the reference."""
    estimate: Estimate
    situation: Situation
    verdicts: tuple[Verdict, ...]


def opinions(
    prepared: Prepared, reference: Reference | None = None, solved: Solved | None = None
) -> tuple[Finding, ...]:
    """Every finding about a config and its files, in reading order.

    Args:
        prepared: what has been read.
        reference: what rules compare with; None: the defaults.
        solved: how often the reference was right at its start, where that says something of this run.
    """
    if prepared.config is None:
        return prepared.findings
    against = reference.config if reference else None
    judged = check_config(prepared.config, prepared.facts, against)
    signal = judge_signal(prepared.config, solved) if solved else ()
    return unsuppressed(by_place([*prepared.findings, *judged, *signal]), prepared.config.documents)


def assess(
    project: Project, ledger: Ledger, prepared: Prepared, wishes: Wishes
) -> tuple[Assessment | None, tuple[Finding, ...]]:
    """Look at a plan with the eyes of the guards.

    Args:
        project: where it would be launched.
        ledger: open for reading.
        prepared: what has been read.
        wishes: what the user says about the guards.

    Returns:
        The assessment, or None when a finding is an error; and all findings in reading order.

    Raises:
        UsageError: the record that the config names as its reference cannot be read, or a price is none.
        FindingsError: a plan file is stale.
    """
    if not prepared.is_sound:
        return None, opinions(prepared)
    plan = plan_of(project, prepared)
    found = find_reference(ledger, project.root, plan)
    reference = found if isinstance(found, Reference) else None
    solved = _solved(project, plan, reference) if reference else None
    findings = opinions(prepared, reference, solved)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    return _assessed(project, ledger, plan, found, wishes), findings


def _solved(project: Project, plan: Plan, reference: Reference) -> Solved | None:
    """How often the reference was right at its start, by its stored answers; None where the new run draws its own otherwise."""
    if reference.is_record:
        return None  # no answers are exported
    if any(plan.config.get(path) != reference.config.get(path) for path in DRAWN_BY):
        return None
    return solved_by(early_rewards(project.place.run_folder(reference.id)), reference.id)


def _assessed(
    project: Project, ledger: Ledger, plan: Plan, found: Reference | Unusable | None, wishes: Wishes
) -> Assessment:
    config = plan.config
    backend = project.backend(config.get("backend"))
    reference = found if isinstance(found, Reference) else None
    unusable = found if isinstance(found, Unusable) else None
    baseline = ledger.baseline(plan.scope)
    side = Side(config.name, config.values, plan.digests.as_job(), plan.scope)
    compared = reference.side if reference else None
    if found is None and not plan.is_default and not wishes.as_baseline:
        # What the baseline will be is known before it has run, and so is how far this run is away from it.
        compared = Side(TO_COME, as_baseline(config).values)
    differs = difference(compared, side) if compared else None
    replicates = replicated(ledger, plan)
    cost = estimate(
        config.values,
        plan.schedule,
        reference=reference.values if reference else as_baseline(config).values,
        relative_to=reference.label if reference else "a run with the defaults",
        price=_price(project, config.get("model")),
    )
    situation = Situation(
        command=wishes.command,
        tuned=tuned(config.get),
        baseline=baseline or "",
        baseline_by_itself=backend.takes_seconds,
        reference=compared.label if compared else "",
        unusable=unusable.why if unusable else "",
        launch_first=unusable.launch_first if unusable else "",
        difference=differs,
        replicates=replicates,
        estimate=cost,
        model=config.get("model"),
        limit=wishes.max_cost,
        is_paid=backend.costs_money,
        is_confirmed=wishes.confirmed,
        record=reference.id if reference and reference.is_record else "",
        as_baseline=wishes.as_baseline,
        allow_multiple=wishes.allow_multiple,
    )
    return Assessment(
        plan=plan,
        reference=reference,
        baseline=ledger.run(baseline).summary if baseline else None,
        known=next(_known(ledger, plan), None),
        replicates=replicates,
        difference=differs,
        estimate=cost,
        situation=situation,
        verdicts=check(situation),
    )


def _known(ledger: Ledger, plan: Plan) -> Iterator[Summary]:
    """Runs of the same settings that make another one needless, the newest first."""
    for summary in reversed(ledger.by_fingerprint(plan.fingerprint)):
        if not summary.state.ended_without_result:
            yield summary


def _price(project: Project, model: str) -> Price | None:
    given = read_settings(str(project.root)).get("prices")
    return None if given is None else prices(given.value, given.origin).get(model)
