"""The playbook's interpreter: symptoms, a goal and earlier runs → one change, or none with the reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rft_cli.advice.case import CONDITIONS, Case, Facts
from rft_cli.advice.change import Advice, Advised, Companion, Rejected
from rft_cli.advice.forecast import Forecast
from rft_cli.advice.history import Tried
from rft_cli.advice.moves import Move, Target, target
from rft_cli.advice.playbook import OPEN_ENDED, PLAYBOOK, Row
from rft_cli.advice.words import RELIABILITY, forecast_words
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.spec.goals import Step, goal
from rft_cli.spec.guide_text import usual_words
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import LEARNING_RATE, MAX_CONTEXT_LENGTH, MAX_TOKENS, parameter
from rft_cli.spec.symptoms import symptom_kind

OURS = "this rule is ours, not the guide's"


def advise(
    symptoms: Sequence[Symptom],
    context: Context,
    *,
    goal: str = "",
    history: Sequence[Tried] = (),
    forecast: Forecast | None = None,
    facts: Facts = Facts(),  # noqa: B008  an immutable value
) -> Advice:
    """The one change that the guide supports for a run.

    Args:
        symptoms: what the run shows, ordered by onset.
        context: what is known of its config.
        goal: one of the seven; empty: none.
        history: single changes against this run that other runs have made.
        forecast: of 50 % more steps.
        facts: what else is known.
    """
    case = Case(tuple(symptoms), context, goal, tuple(history), forecast, facts)
    rejected: dict[str, Rejected] = {}
    for index, row in enumerate(PLAYBOOK):
        symptom = case.find(*row.symptoms)
        if (symptom is None and row.symptoms) or case.has(*row.unless):
            continue
        moves = _goal_moves(case) if row.takes_goal else row.moves
        missing = next((name for name in row.when if not CONDITIONS[name].holds(case)), "")
        if missing:
            _reject(rejected, moves, CONDITIONS[missing].otherwise)
        elif not moves and not row.takes_goal:
            return _verdict(case, row, symptom, rejected)
        else:
            chosen = _first_legal(case, moves, rejected)
            if chosen is not None:
                _runners_up(case, index, row, chosen, rejected)
                return _change(case, row, symptom, chosen, rejected)
    return _nothing_left(case, rejected)


class _Chosen(NamedTuple):
    move: Move
    target: Target


def _goal_moves(case: Case) -> tuple[Move, ...]:
    """The steps of the goal that was asked for; what cannot be told from the present value is left out."""
    return (
        tuple(_goal_move(step, goal(case.goal).source) for step in goal(case.goal).steps) if case.goal else ()
    )


def _goal_move(step: Step, source: str) -> Move:
    needs = (
        ("shorter answers are enough",) if (step.path, step.direction) == (MAX_TOKENS.path, "down") else ()
    )
    return Move(step.path, step.direction, "step", step.why, sources=(source,), needs=needs, step=step)


def _first_legal(case: Case, moves: Sequence[Move], rejected: dict[str, Rejected]) -> _Chosen | None:
    for move in moves:
        why = _refusal(case, move)
        if isinstance(why, Target):
            return _Chosen(move, why)
        _reject(rejected, (move,), why)
    return None


def _refusal(case: Case, move: Move) -> Target | str:
    """Where a move leads, or why it is not taken."""
    missing = next((name for name in move.needs if not CONDITIONS[name].holds(case)), "")
    if missing:
        return CONDITIONS[missing].otherwise
    acting = case.facts.effective.get(move.path)
    if acting is not None and move.direction == "up":
        return f"this engine acts on {show(acting)} at most, whatever is configured"
    found = target(move, case.present(move.path))
    if isinstance(found, Target):
        failed = next(
            (one for one in case.history if one.outcome != "better" and _repeats(move, found, one)), None
        )
        return f"{failed.run} has tried it: {failed.outcome} ({failed.words})" if failed else found
    if case.rate_is_logged and move.path == LEARNING_RATE.path and move.direction == "down":
        # A rate that only a log tells may be one of full fine-tuning, whose usual band lies below the guide's.
        return Target(case.facts.logged_rate, None)
    return found.why


def _repeats(move: Move, found: Target, earlier: Tried) -> bool:
    """Whether a change goes at least as far as one that was made."""
    if (earlier.parameter, earlier.direction) != (move.path, move.direction):
        return False
    if found.new is None:
        return True
    order = parameter(move.path).order
    new, old = order(found.new), order(earlier.new)
    return new >= old if move.direction == "up" else new <= old


def _better(case: Case, change: Advised) -> Tried | None:
    """A run that went the same way and is better; one that made exactly this change before others."""
    same = [
        one
        for one in case.history
        if one.outcome == "better" and (one.parameter, one.direction) == (change.parameter, change.direction)
    ]
    return next((one for one in same if one.new == change.new), same[-1] if same else None)


def _reject(rejected: dict[str, Rejected], moves: Sequence[Move], why: str) -> None:
    """Note why changes are not advised; the first reason for a parameter stays."""
    for move in moves if why else ():
        rejected.setdefault(move.path, Rejected(move.path, why))


def _runners_up(case: Case, index: int, row: Row, chosen: _Chosen, rejected: dict[str, Rejected]) -> None:
    """What else would have fitted: the row's later moves, and rows further down."""
    rest = row.moves[row.moves.index(chosen.move) + 1 :] if chosen.move in row.moves else ()
    _reject(rejected, rest, f"comes after {chosen.move.path}: one change at a time (ST3)")
    for debris in case.symptoms:
        if debris.explained_by:
            followed = debris.explained_by.replace("_", " ")
            for other in PLAYBOOK:
                if debris.id in other.symptoms:
                    _reject(
                        rejected, other.moves, f"{debris.id.replace('_', ' ')} only follows the {followed}"
                    )
    for other in PLAYBOOK[index + 1 :]:
        symptom = case.find(*other.symptoms)
        if symptom is None:
            continue
        missing = next((name for name in other.when if not CONDITIONS[name].holds(case)), "")
        why = (
            CONDITIONS[missing].otherwise
            if missing
            else f"{row.id.replace('-', ' ')} comes first: one change at a time (ST3)"
        )
        _reject(rejected, other.moves, why)


def _change(
    case: Case, row: Row, symptom: Symptom | None, chosen: _Chosen, rejected: dict[str, Rejected]
) -> Advice:
    move, (old, new) = chosen
    rejected.pop(move.path, None)
    change = Advised(move.path, move.direction, old, new, _companion(case, move, new))
    sources = tuple(dict.fromkeys([*row.sources, *move.sources]))
    better = _better(case, change)
    return Advice(
        "change",
        change,
        " ".join(_sentences(case, row, change, sources)),
        sources,
        tuple(rejected.values()),
        row.id,
        symptom.id if symptom else "",
        _hypothesis(symptom, move),
        better.run if better is not None and better.new == new else "",
        _more_points(case) if row.id == "noise" else None,
    )


def _companion(case: Case, move: Move, new: float | None) -> Companion | None:
    """A longer context, where longer answers would not fit into the present one beside the prompt."""
    context = case.context.parameters.get(MAX_CONTEXT_LENGTH.path)
    if move.path != MAX_TOKENS.path or move.direction != "up" or new is None or context is None:
        return None
    if new + case.facts.longest_prompt <= context:
        return None
    old_answers = case.context.parameters.get(MAX_TOKENS.path, 0)
    # Prompts keep the room that they have, or get what they are known to need.
    room = max(context - old_answers, case.facts.longest_prompt)
    multiple = MAX_CONTEXT_LENGTH.multiple_of
    needed = -(-int(new + room) // multiple) * multiple
    return Companion(MAX_CONTEXT_LENGTH.path, int(context), needed)


def _sentences(case: Case, row: Row, change: Advised, sources: Sequence[str]) -> Iterator[str]:
    yield row.why
    if row.id in {"climbing", "slow-climb"} and case.forecast is not None:
        yield f"{forecast_words(case.forecast)}: {RELIABILITY}."
    if change.companion is not None:
        raised = change.companion
        yield f"{raised.parameter} must rise with it, {show(raised.old)} → {show(raised.new)}; the two count as one change."
    if change.new is None:
        yield _unknown_words(change)
    if (better := _better(case, change)) is not None:
        what = (
            "has made this change" if better.new == change.new else f"went this way, to {show(better.new)},"
        )
        yield f"{better.run} {what} and is better ({better.words}): go on from it."
    yield f"Source: {', '.join(sources)}." if sources else f"({OURS})"


def _unknown_words(change: Advised) -> str:
    entry = parameter(change.parameter)
    if change.old is None:
        return (
            f"The present {entry.title.lower()} is not known; --config FILE says it, and the value follows."
        )
    return (
        f"{show(change.old)} is not where the guide speaks ({usual_words(entry)}), so only the direction holds; "
        "a factor of two is the most for one step."
    )


def _hypothesis(symptom: Symptom | None, move: Move) -> str:
    if symptom is None:
        return move.expect
    seen = symptom_kind(symptom.id).summary.rstrip(".")
    return f"{seen[:1].lower()}{seen[1:]} (from step {symptom.onset_step}): {move.expect}"


def _verdict(case: Case, row: Row, symptom: Symptom | None, rejected: dict[str, Rejected]) -> Advice:
    """A row that is itself the answer."""
    more = _more_points(case) if row.verdict == "not_enough_evidence" else None
    parts = [row.why]
    parts += (
        [_moved(symptom)] if symptom is not None and "gain_in_standard_errors" in symptom.evidence else []
    )
    if more:
        parts.append(f"About {more} more would tell.")
    if row.verdict == "not_enough_evidence" and case.find("truncation"):
        parts.append(
            "What can be seen already: answers are cut off, so rollout.max_tokens may be too low (MT2)."
        )
    if row.verdict == "none":
        watched = [each.id for each in case.symptoms if each.id in _WATCH]
        parts += [f"Watch: {', '.join(watched).replace('_', ' ')}."] if watched else []
    parts.append(f"Source: {', '.join(row.sources)}." if row.sources else f"({OURS})")
    return Advice(
        row.verdict,
        None,
        " ".join(parts),
        row.sources,
        tuple(rejected.values()),
        row.id,
        symptom.id if symptom else "",
        more_points=more,
    )


def _moved(symptom: Symptom) -> str:
    gain, errors = (float(symptom.evidence[key]) for key in ("gain", "gain_in_standard_errors"))
    return f"From the first to the last the reward moved by {gain:+.2g}, {abs(errors):.1f} standard errors."


_WATCH = frozenset({"entropy_collapse", "kl_blowup", "length_blowup", "noisy_unstable"})


def _more_points(case: Case) -> int | None:
    """How many more points would tell, as the evidence says."""
    for symptom in case.symptoms:
        if symptom.id in {"too_short_to_tell", "noisy_unstable"} and "points_needed" in symptom.evidence:
            return int(symptom.evidence["points_needed"])
    return None


def _nothing_left(case: Case, rejected: dict[str, Rejected]) -> Advice:
    """No row had a legal change."""
    refused = tuple(rejected.values())
    stuck = case.find(*OPEN_ENDED)
    if stuck is not None:
        seen = symptom_kind(stuck.id).summary
        why = f"{seen} Every change that the guide supports here is used up, so look at the reward and the data. ({OURS})"
        return Advice("fix_reward_or_data", None, why, (), refused, "", stuck.id)
    if not case.symptoms:
        return Advice("none", None, f"The metrics show nothing that asks for a change. ({OURS})", (), refused)
    why = (
        f"Every change that the guide supports here is used up or refused. ({OURS})"
        if refused
        else (f"Nothing that the run shows asks for a change. ({OURS})")
    )
    return Advice("none", None, why, (), refused, "", case.symptoms[0].id)
