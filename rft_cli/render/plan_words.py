"""How a plan is said, in whatever form: its changes, its cost, what the guards say of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.render.diff_words import times, value_words
from rft_cli.render.run_words import interval, number

if TYPE_CHECKING:
    from rft_cli.compare.difference import Difference
    from rft_cli.estimate import Estimate
    from rft_cli.runs.record import Evaluation
    from rft_cli.workflow.assess import Assessment
    from rft_cli.workflow.reference import Reference


def change_lines(difference: Difference | None) -> Iterator[str]:
    """Each change in one line, as ``rollout.n 4 → 8  (× 2)``."""
    for change in difference.changes if difference else ():
        old, new = (value_words(change.path, value) for value in (change.old, change.new))
        ratio = f"  ({times(change.ratio)})" if change.ratio is not None else ""
        because = f"  needed by {change.because}" if change.because else ""
        yield f"{change.path} {old} → {new}{ratio}{because}"


def cost_lines(estimate: Estimate) -> Iterator[str]:
    """What a run takes, one figure a line."""
    if estimate.rows:
        yield f"{estimate.rollouts:,} rollouts of {estimate.prompts:,} prompt{'' if estimate.prompts == 1 else 's'}"
        yield f"at most {estimate.output_tokens:,} output tokens"
    yield f"at most {times(estimate.relative)} of {estimate.relative_to}"
    if estimate.usd is not None:
        yield f"at most {estimate.usd:,.2f} USD at your prices"
    yield f"{estimate.sequences_per_step} full sequences a step (batch_size ÷ max_context_length)"
    yield from estimate.words


def standing_words(assessment: Assessment) -> str:
    """What the run is to others that have run: a repeat, a replicate, or the first of its kind."""
    if assessment.known is not None:
        known = assessment.known
        what = "is running" if known.state.live else "has run"
        return f"a repeat: the same settings as {known.id}, which {what}"
    if assessment.replicates:
        return f"a replicate: the same as {assessment.replicates} but for the seed"
    return ""


def standing_of_plan(assessment: Assessment) -> str:
    """`standing_words`, with what it would mean for a launch."""
    standing = standing_words(assessment)
    return f"{standing}; launch starts nothing new without --new-attempt" if assessment.known else standing


def reference_words(reference: Reference | None) -> str:
    """What the reference came to, to be read beside a run's own: its held-out score, else its training reward."""
    if reference is None:
        return ""
    before, after = reference.before, reference.after
    if before is None and after is None:
        if reference.rewards is None:
            return f"{reference.label}: no evaluation yet"
        first, last = reference.rewards
        return f"training reward {number(first)} → {number(last)}  {reference.label}"
    return f"{_scores(before, after)}  {reference.label}"


def _scores(before: Evaluation | None, after: Evaluation | None) -> str:
    newest = after or before
    assert newest is not None
    start = number(before.mean) if before else "?"
    end = f" → {number(after.mean)}" if after else ""
    return f"{start}{end}  ({interval(newest)})"
