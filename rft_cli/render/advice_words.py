"""How advice is said, wherever it is shown. Pure."""

from __future__ import annotations

from rft_cli.advice.change import Advice, Advised
from rft_cli.curves.symptom import Symptom
from rft_cli.spec.parameter import show

_VERDICTS = {
    "none": "nothing needs to change",
    "not_enough_evidence": "not enough evidence",
    "fix_reward_or_data": "look at the reward and the data, not at a parameter",
}


def change_words(change: Advised) -> str:
    """``training.learning_rate 1e-4 → 2e-4``, or the direction where the value is not known."""
    if change.new is None:
        way = "raise" if change.direction == "up" else "lower"
        present = "" if change.old is None else f" (now {show(change.old)})"
        return f"{way} {change.parameter}{present}"
    old = "" if change.old is None else f"{show(change.old)} → "
    first = f"{change.parameter} {old}{show(change.new)}"
    if change.companion is None:
        return first
    also = change.companion
    return f"{first}, with {also.parameter} {show(also.old)} → {show(also.new)}"


def verdict_words(advice: Advice) -> str:
    """The answer in a few words."""
    return change_words(advice.change) if advice.change is not None else _VERDICTS[advice.verdict]


def verdict_lines(advice: Advice, run: str) -> tuple[tuple[str, str], ...]:
    """Label and text of what a run that has just ended is told: the verdict, and the command for the next step.

    Args:
        advice: on the run.
        run: its id.
    """
    reason = advice.why.partition(". ")[0].rstrip(".")
    lines = [("verdict", f"{verdict_words(advice)}: {reason[:1].lower()}{reason[1:]}")]
    if advice.follow:
        lines.append(("next", f"rft advise {advice.follow}"))
    elif advice.change is not None and advice.change.new is not None:
        lines.append(("next", write_command(run)))
    else:
        lines.append(("more", f"rft advise {run}"))
    return tuple(lines)


def symptom_words(symptom: Symptom) -> str:
    """A symptom with its onset, how sure it is, and the numbers that it rests on."""
    # NumPy comes with it, and who imports this page may have nothing to say of a symptom.
    from rft_cli.advice.words import evidence_words

    cause = symptom.explained_by.replace("_", " ")
    head = f"{symptom.id.replace('_', ' ')}, from step {symptom.onset_step}, {symptom.confidence:.0%} sure"
    evidence = evidence_words(symptom)
    return head + (f", follows the {cause}" if cause else "") + (f": {evidence}" if evidence else "")


def write_command(source: str) -> str:
    """The two commands that make an advised change."""
    return f"rft advise {source} --write next.yaml && rft launch next.yaml"
