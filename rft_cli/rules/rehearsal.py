"""Opinions on the facts that a rehearsal gathers: of the rows, and of the answers that the evaluator scored. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.rules.rule import found
from rft_cli.spec.parameters import MAX_CONTEXT_LENGTH, MAX_TOKENS
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.probe import Kind, Outcome
from rft_cli.task.survey import CHARACTERS_PER_TOKEN, SHORTEST_PROMPT, tokens_of

if TYPE_CHECKING:
    from rft_cli.config import Config
    from rft_cli.task.survey import Counted, Survey

SERVICE = "fireworks"

CONVENTION = (0.0, 1.0)
"""Between which bounds the managed service expects scores."""

SAME_SCORE = 1e-9
"""Relative difference below which two scores are the same: what the order of a sum may change."""

MOSTLY_CHANCE = 0.5
"""Share of chance in what sets scores apart from which an evaluator that changes its mind is an error. Chosen: more of a
reward is noise than signal."""

NEAR_LIMIT = 0.5
"""Share of the time limit from which a call counts as near it. Chosen: a busy machine takes twice as long."""


class Case(NamedTuple):
    """What a probe is judged by."""

    config: Config
    outcomes: tuple[Outcome, ...]

    @property
    def scored(self) -> tuple[Outcome, ...]:
        """Those that have a score."""
        return tuple(outcome for outcome in self.outcomes if outcome.scores)

    @property
    def key(self) -> str:
        """The key of the config that names the evaluator's file."""
        return "evaluator" if isinstance(self.config.get("evaluator"), str) else "evaluator.entry"


def room_for_prompt(config: Config) -> int:
    """Tokens that the longest answer leaves to a prompt."""
    room: int = config.get(MAX_CONTEXT_LENGTH.path) - config.get(MAX_TOKENS.path)
    return max(room, 0)


def judge_rows(config: Config, survey: Survey) -> Iterator[Finding]:
    """What is to be said of the training rows; every finding points at the first row that it is about."""

    def at(code: str, rows: Counted, message: str, help_: str) -> Iterator[Finding]:
        if rows.rows:
            place = Location(config.get("dataset"), rows.line)
            yield found(code, config, "dataset", f"{_count(rows.rows)} {message}", help_)._replace(
                location=place
            )

    yield from at(
        "RFT730",
        survey.repeated,
        f"with the prompt of an earlier row (this is the first; it repeats line {survey.first_of_repeated})",
        "keep one row for each prompt, unless it is meant to weigh more",
    )
    yield from at(
        "RFT731",
        survey.near_empty,
        f"with fewer than {SHORTEST_PROMPT} characters to answer (this is the first)",
        "write the question, or remove the row",
    )
    yield from at(
        "RFT732",
        survey.unasked,
        "whose last turn asks nothing (this is the first)",
        "end each row with a turn of the role user",
    )
    if config.get("backend") == SERVICE:
        yield from at(
            "RFT732",
            survey.answered,
            "with an assistant's answer at the end, which the service does not leave out (this is the first)",
            "move the answer to a key of its own, such as ground_truth",
        )
    room = room_for_prompt(config)
    yield from at(
        "RFT733",
        survey.too_long,
        f"with a prompt of more than {room} tokens, which is what {MAX_TOKENS.path} {config.get(MAX_TOKENS.path)} leaves of "
        f"{MAX_CONTEXT_LENGTH.path} {config.get(MAX_CONTEXT_LENGTH.path)} (this is the first; the longest has about "
        f"{tokens_of(survey.longest)}, at {CHARACTERS_PER_TOKEN} characters a token)",
        "raise max_context_length, lower max_tokens, or remove the row",
    )


def judge_held_out(config: Config, survey: Survey, held_out: Survey) -> Iterator[Finding]:
    """What is to be said of the held-out rows beside the training rows; that they are the same file is another rule's."""
    both = held_out.also_in(survey)
    if both.rows and config.get("evaluation.dataset") != config.get("dataset"):
        place = Location(config.get("evaluation.dataset"), both.line)
        yield found(
            "RFT735",
            config,
            "evaluation.dataset",
            f"{_count(both.rows)} whose prompt stands in {config.get('dataset')} too (this is the first)",
            "remove it from one of the two",
        )._replace(location=place)


def judge_probe(config: Config, outcomes: Sequence[Outcome]) -> tuple[Finding, ...]:
    """What is to be said of the evaluator, the gravest first to be looked for."""
    case = Case(config, tuple(outcomes))
    return tuple(finding for opinion in _OPINIONS for finding in opinion(case))


def _fails(case: Case) -> Iterator[Finding]:
    failed = [outcome for outcome in case.outcomes if outcome.error]
    if failed:
        first = failed[0]
        on_error = EvaluatorSpec.from_config(case.config.get("evaluator")).on_error
        finding = found(
            "RFT724",
            case.config,
            case.key,
            f"the evaluator fails on {len(failed)} of {len(case.outcomes)} answers, first on {_quoted(first)}: {first.error}",
            first.help or "score such an answer, with 0 for example",
        )
        is_survived = on_error == "zero" and len(failed) < len(case.outcomes)
        yield finding._replace(severity=Severity.WARNING) if is_survived else finding


def _cannot_tell(case: Case) -> Iterator[Finding]:
    scored = case.scored
    scores = [score for outcome in scored for score in outcome.scores]
    if len(scored) < 2 or not _same(min(scores), max(scores)):
        return
    has_right = any(outcome.trial.kind is Kind.RIGHT for outcome in case.outcomes)
    rows = len({outcome.trial.line for outcome in scored})
    tried = f"{len(scored)} answers to {rows} {'row' if rows == 1 else 'rows'}"
    right = "right ones among them" if has_right else "and the rows hold no right one to try"
    yield found(
        "RFT720",
        case.config,
        case.key,
        f"the evaluator cannot tell answers apart: {tried}, {right}, all score {_number(scores[0])}",
        "give better answers more (partial credit helps)"
        if has_right
        else "end some rows with an assistant's turn that shows a right answer, and rehearse again",
    )


def _changes_its_mind(case: Case) -> Iterator[Finding]:
    twice = [outcome for outcome in case.scored if len(outcome.scores) == 2]
    changed = [outcome for outcome in twice if not _same(*outcome.scores)]
    if changed:
        first = max(changed, key=lambda outcome: abs(outcome.scores[0] - outcome.scores[1]))
        share = _share_of_chance([outcome.scores for outcome in twice])
        finding = found(
            "RFT721",
            case.config,
            case.key,
            f"{len(changed)} of {len(twice)} answers score differently when scored again, most {_quoted(first)}: "
            f"{' and '.join(map(_number, first.scores))}; {share:.0%} of what sets scores apart is chance",
            "take chance and the clock out of it; of a judge, use temperature 0",
        )
        yield finding._replace(severity=Severity.ERROR) if share > MOSTLY_CHANCE else finding


def _share_of_chance(pairs: Sequence[tuple[float, ...]]) -> float:
    """The variance between two scores of one answer, in that of all scores; 1 where the answer does not matter."""
    scores = [score for pair in pairs for score in pair]
    mean = sum(scores) / len(scores)
    whole = sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)
    within = sum((one - other) ** 2 / 2 for one, other in pairs) / len(pairs)
    return min(within / whole, 1.0) if whole else 0.0


def _out_of_range(case: Case) -> Iterator[Finding]:
    declared = case.config.get("evaluation.reward_range")
    if declared is None and case.config.get("backend") != SERVICE:
        return
    low, high = declared or CONVENTION
    outside = [outcome for outcome in case.scored if min(outcome.scores) < low or max(outcome.scores) > high]
    if outside:
        first = outside[0]
        score = next(score for score in first.scores if not low <= score <= high)
        said = "evaluation.reward_range says" if declared else "the service expects"
        yield found(
            "RFT722" if declared else "RFT723",
            case.config,
            "evaluation.reward_range" if declared else case.key,
            f"{_quoted(first)} scores {_number(score)}; {said} {_number(low)} to {_number(high)}",
            "correct the range or the evaluator" if declared else "scale the scores, or declare the range",
        )


def _prefers_wrong(case: Case) -> Iterator[Finding]:
    """Row by row, the best of the right answers against the best of the others."""
    best: dict[int, dict[bool, float]] = {}
    for outcome in case.scored:
        if outcome.trial.kind is Kind.SAMPLED:  # may be right
            continue
        row = best.setdefault(outcome.trial.line, {})
        right = outcome.trial.kind is Kind.RIGHT
        row[right] = max(row.get(right, outcome.scores[0]), outcome.scores[0])
    pairs = {line: row for line, row in best.items() if len(row) == 2}
    lost = [line for line, row in pairs.items() if row[True] <= row[False]]
    scores = {score for outcome in case.scored for score in outcome.scores}
    if len(scores) > 1 and 2 * len(lost) > len(pairs):
        row = pairs[lost[0]]
        yield found(
            "RFT725",
            case.config,
            case.key,
            f"in {len(lost)} of {len(pairs)} rows the right answer scores no higher than a wrong one; line {lost[0]} of the "
            f"data set: {_number(row[True])} and {_number(row[False])}",
            "look at what the evaluator compares; rft rehearse --json lists every answer and score",
        )


def _near_limit(case: Case) -> Iterator[Finding]:
    limit = EvaluatorSpec.from_config(case.config.get("evaluator")).timeout_s
    slowest = max(case.scored, key=lambda outcome: outcome.seconds, default=None)
    if slowest is not None and slowest.seconds > NEAR_LIMIT * limit:
        yield found(
            "RFT726",
            case.config,
            "evaluator.timeout_s",
            f"scoring {_quoted(slowest)} took {slowest.seconds:.2g} s of the {limit:g} s that a call may take",
            "raise evaluator.timeout_s, or make it faster",
        )


_OPINIONS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _fails,
    _cannot_tell,
    _changes_its_mind,
    _out_of_range,
    _prefers_wrong,
    _near_limit,
)

_LONGEST_SHOWN = 40
"""Characters of an answer in a message."""


def _quoted(outcome: Outcome) -> str:
    """An answer in a message: ``"42" (line 7)``, or what it is."""
    trial = outcome.trial
    if trial.kind is Kind.NOTHING:
        return f"an empty answer to line {trial.line}"
    text = " ".join(trial.answer.split())
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
    return f'"{short}" to line {trial.line}'


def _number(score: float) -> str:
    return f"{score:.4g}"


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_SCORE * max(abs(one), abs(other), 1.0)


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
