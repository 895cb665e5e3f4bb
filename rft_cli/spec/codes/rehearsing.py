"""Codes 72x and 73x: what a rehearsal says of a data set and an evaluator, before anybody pays for a run. Data."""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

REHEARSING_CODES: tuple[Code, ...] = (
    Code(
        "RFT720",
        "evaluator-cannot-tell",
        Severity.ERROR,
        "The evaluator gives every answer that was tried the same score.",
        "Training learns from the difference between the scores of one prompt's answers. Where there is none, a whole run is "
        "paid for and nothing is learned.",
        "The rows hold no right answer that a rehearsal could try, and the evaluator is strict about the form: end some rows "
        "with an assistant's turn that shows one.",
        parameters=("evaluator",),
    ),
    Code(
        "RFT721",
        "evaluator-changes-its-mind",
        Severity.WARNING,
        "The evaluator scores the same answer differently when it is asked again.",
        "The difference between two answers is then partly chance, which training follows as if it were skill, and two runs "
        "differ by more than their change.",
        "The score comes from a judge model whose spread is small beside the differences that matter.",
        parameters=("evaluator",),
    ),
    Code(
        "RFT722",
        "score-out-of-range",
        Severity.ERROR,
        "A score lies outside the range that the config declares.",
        "Bounds that do not hold make every judgement of the reward curve wrong: what counts as solved, and what as no signal.",
        "Never: correct the range or the evaluator.",
        parameters=("evaluation.reward_range", "evaluator"),
    ),
    Code(
        "RFT723",
        "score-beyond-convention",
        Severity.WARNING,
        "A score lies outside 0 to 1 on the managed service, and no range is declared.",
        "The service's own curves and distributions are made for scores from 0 to 1; others may be cut or hard to read there.",
        "The evaluator means it: declare evaluation.reward_range.",
        parameters=("evaluation.reward_range", "evaluator"),
    ),
    Code(
        "RFT724",
        "evaluator-fails-on-answers",
        Severity.ERROR,
        "The evaluator fails on an answer that a model may give.",
        "A model gives empty answers, repeats the question and writes what nobody foresaw. With on_error: fail the first such "
        "answer ends the run; with on_error: zero it looks like a bad answer.",
        "Never: score such an answer, with 0 for example.",
        parameters=("evaluator",),
    ),
    Code(
        "RFT725",
        "right-answers-score-no-higher",
        Severity.WARNING,
        "The right answers that the rows hold score no higher than wrong ones.",
        "A reward that does not prefer what is right teaches something else, or nothing.",
        "The rows' answers are no answers in the form that the evaluator expects.",
        parameters=("evaluator",),
    ),
    Code(
        "RFT726",
        "evaluator-near-time-limit",
        Severity.WARNING,
        "A call of the evaluator took more than half of its time limit.",
        "Under load it will reach the limit, and then answers fail for the time that they took.",
        "The machine was busy with something else.",
        parameters=("evaluator.timeout_s",),
    ),
    Code(
        "RFT730",
        "repeated-prompts",
        Severity.WARNING,
        "Rows ask what another row asks already.",
        "They weigh that prompt more than others, make an epoch longer, and may stand on both sides of the evaluation.",
        "Some prompts are meant to weigh more.",
        parameters=("dataset",),
    ),
    Code(
        "RFT731",
        "near-empty-prompts",
        Severity.WARNING,
        "Rows ask next to nothing.",
        "Answers to an almost empty prompt cannot be right or wrong; they cost rollouts and add noise.",
        "A single character is the whole question, as in a lookup table.",
        parameters=("dataset",),
    ),
    Code(
        "RFT732",
        "rows-that-ask-nothing",
        Severity.WARNING,
        "Rows do not end with a turn that asks something.",
        "The managed service takes the file as it is and wants prompts, which end with the user's or a tool's turn: after an "
        "assistant's answer there is nothing left to sample, and a system turn asks nothing.",
        "The last turn is an instruction, and the model's template takes it as a question.",
        parameters=("dataset",),
    ),
    Code(
        "RFT733",
        "prompts-too-long",
        Severity.WARNING,
        "Prompts leave no room for the longest answer.",
        "Prompt and answer share the context: answers to such prompts are cut, score low, and teach the model to be brief.",
        "Answers to the long prompts are short.",
        parameters=("training.max_context_length", "rollout.max_tokens", "dataset"),
    ),
    Code(
        "RFT734",
        "rehearsal-failed",
        Severity.ERROR,
        "The few steps on the rehearsal engine did not come to their end.",
        "The same data and the same evaluator would be used by the run that is paid for.",
        "Never: the message says what happened.",
        parameters=("dataset", "evaluator"),
    ),
    Code(
        "RFT735",
        "held-out-rows-trained-on",
        Severity.WARNING,
        "Prompts of the held-out rows stand among the training rows.",
        "The evaluation then measures what was memorised, and overfitting stays unseen.",
        "Never: remove them from one of the two.",
        parameters=("evaluation.dataset", "dataset"),
    ),
)
