"""The playbook: which symptom asks for which change. One table, read from the top; the first legal change wins.

Rows without a statement of the guide are ours, and say so.
"""

from __future__ import annotations

from typing import NamedTuple

from rft_cli.advice.change import Verdict
from rft_cli.advice.moves import Move
from rft_cli.spec.parameters import (
    BATCH_SIZE,
    EPOCHS,
    LEARNING_RATE,
    LORA_RANK,
    MAX_CONTEXT_LENGTH,
    MAX_TOKENS,
    ROLLOUTS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
)


class Row(NamedTuple):
    """One rule of the playbook."""

    id: str
    symptoms: tuple[str, ...]
    """Any one of them, unless it is another symptom's debris; empty: the row needs none."""
    why: str
    """What the symptom says, one sentence."""
    moves: tuple[Move, ...] = ()
    """In order of preference; the first legal one is advised."""
    verdict: Verdict = "change"
    """For a row without moves, the answer itself."""
    when: tuple[str, ...] = ()
    """Names of conditions that must hold besides."""
    unless: tuple[str, ...] = ()
    """Symptoms with which the row is passed over."""
    sources: tuple[str, ...] = ()
    """Ids of the guide's statements; empty: the row is ours."""
    takes_goal: bool = False
    """Whether the moves are those of the goal that was asked for."""


RATE_DOWN = Move(
    LEARNING_RATE.path,
    "down",
    "band",
    "smaller steps should keep what the run gains",
    sources=("LR2", "LR4"),
)
RATE_UP = Move(LEARNING_RATE.path, "up", "band", "a larger step should lift it", sources=("LR3", "LR4"))
EPOCHS_DOWN = Move(
    EPOCHS.path, "down", "halve", "a shorter run should end before the reward falls", sources=("EP3",)
)
ONE_EPOCH_MORE = Move(
    EPOCHS.path, "up", "add", "one more pass should carry the climb on", amount=1, sources=("EP2",)
)
TWO_EPOCHS_MORE = ONE_EPOCH_MORE._replace(
    expect="two more passes should carry the climb on", amount=2, needs=("second epoch pays",)
)
RANK_UP = Move(
    LORA_RANK.path, "up", "neighbour", "a wider adapter can hold what this one cannot", sources=("RK2",)
)
RANK_DOWN = Move(
    LORA_RANK.path, "down", "neighbour", "a narrower adapter has less room to memorise", sources=("GO7",)
)
MORE_ROLLOUTS = Move(
    ROLLOUTS.path,
    "up",
    "ladder",
    "more answers to compare give a clearer signal",
    rungs=(6, 8),
    sources=("NR2",),
)
HOTTER = Move(
    TEMPERATURE.path,
    "up",
    "ladder",
    "more diverse answers let some of a group succeed",
    rungs=(1.0,),
    sources=("TE6",),
)
COOLER = Move(
    TEMPERATURE.path, "down", "default", "answers that hold together can be told apart", sources=("TE4",)
)
LONGER_ANSWERS = Move(
    MAX_TOKENS.path, "up", "times", "answers that are not cut can be scored whole", amount=2, sources=("MT2",)
)
LONGER_CONTEXT = Move(
    MAX_CONTEXT_LENGTH.path,
    "up",
    "times",
    "answers that fit beside the prompt need not be cut",
    amount=2,
    needs=("context cuts answers",),
)
SHORTER_ANSWERS = Move(
    MAX_TOKENS.path,
    "down",
    "times",
    "no answer needs the room, and a lower limit costs less",
    amount=0.5,
    sources=("MT3",),
    needs=("shorter answers are enough",),
)
SMALLER_BATCH = Move(
    BATCH_SIZE.path, "down", "times", "half the batch needs less memory", amount=0.5, sources=("BS2",)
)
LARGER_BATCH = Move(
    BATCH_SIZE.path,
    "up",
    "times",
    "a larger batch is smoother and faster",
    amount=2,
    sources=("BS3", "BS4"),
    needs=("room for a larger batch",),
)
TROUBLES = (
    "too_short_to_tell",
    "spike_then_collapse",
    "out_of_memory",
    "truncation",
    "flat_no_signal",
    "overfitting",
    "entropy_collapse",
    "kl_blowup",
    "length_blowup",
    "still_climbing_at_end",
    "plateaued_early_low",
    "noisy_unstable",
)
"""Symptoms that ask for a change of their own: where there is none left, a goal is not what helps."""
_LOOSER = "the default gives a group answers that differ"

PLAYBOOK: tuple[Row, ...] = (
    Row(
        "too-short",
        ("too_short_to_tell",),
        "There are too few points, with too few answers behind them, to tell anything from their order.",
        verdict="not_enough_evidence",
        unless=("out_of_memory",),
    ),
    Row(
        "collapse",
        ("spike_then_collapse",),
        "The reward rose and then collapsed: the steps overshoot.",
        (RATE_DOWN, EPOCHS_DOWN),
        when=("collapse came first",),
        sources=("LR2",),
    ),
    Row(
        "out-of-memory",
        ("out_of_memory",),
        "The run ran out of memory.",
        (SMALLER_BATCH,),
        sources=("BS2",),
    ),
    Row(
        "truncation",
        ("truncation",),
        "Answers are cut off before they end.",
        (LONGER_CONTEXT, LONGER_ANSWERS),
        sources=("MT2",),
    ),
    Row(
        "tight-sampler",
        ("flat_no_signal",),
        "The answers of a group are alike, and sampling is too tight to make them differ.",
        (
            Move(
                TEMPERATURE.path,
                "up",
                "default",
                _LOOSER,
                sources=("TE2",),
                needs=("temperature is tight",),
            ),
            Move(TOP_P.path, "up", "default", _LOOSER, sources=("TP2",), needs=("top_p is tight",)),
            Move(TOP_K.path, "up", "default", _LOOSER, sources=("TK4",), needs=("top_k is tight",)),
        ),
        when=("sampling is tight",),
        sources=("TE2",),
    ),
    Row(
        "evaluator-alike",
        ("flat_no_signal",),
        "Every answer to every prompt scores the same, so no parameter can help.",
        verdict="fix_reward_or_data",
        when=("no answer differs",),
    ),
    Row(
        "no-signal",
        ("flat_no_signal",),
        "The answers of a group score the same, so there is nothing to compare. Check the evaluator first (`rft rollouts`): "
        "if it is right, explore more.",
        (HOTTER, MORE_ROLLOUTS),
        sources=("TE6", "NR2"),
    ),
    Row(
        "overfitting",
        ("overfitting",),
        "Training reward holds or rises while held-out reward falls: the run memorises.",
        (EPOCHS_DOWN._replace(expect="fewer passes have less time to memorise"), RANK_DOWN),
        sources=("EP3", "GO7"),
    ),
    Row(
        "drift",
        ("entropy_collapse", "kl_blowup", "length_blowup"),
        "The policy drifts while the reward does not rise: the steps are too large.",
        (RATE_DOWN._replace(expect="smaller steps should keep the policy near what works"), EPOCHS_DOWN),
        when=("reward does not rise",),
        sources=("LR2",),
    ),
    Row(
        "hot-slow-climb",
        ("still_climbing_at_end",),
        "The reward climbs slowly, and sampling is so hot that answers fall apart.",
        (COOLER,),
        when=("climb is slow", "sampling is hot"),
        sources=("TE4",),
    ),
    Row(
        "slow-climb",
        ("still_climbing_at_end",),
        "The reward climbs, but so slowly that two more epochs would miss half of the way.",
        (RATE_UP._replace(expect="a larger step should climb faster", sources=("LR6", "LR4")),),
        when=("climb is slow",),
        sources=("LR6",),
    ),
    Row(
        "climbing",
        ("still_climbing_at_end",),
        "The reward still climbs at the end.",
        (TWO_EPOCHS_MORE, ONE_EPOCH_MORE),
        sources=("EP2",),
    ),
    Row(
        "hot-sampler",
        ("plateaued_early_low", "noisy_unstable"),
        "The reward does not rise, and sampling is so hot that answers fall apart.",
        (COOLER,),
        when=("reward does not rise", "sampling is hot"),
        sources=("TE4",),
    ),
    Row(
        "shortened",
        ("plateaued_early_low",),
        "The reward levels off early and low, and answers were cut at first: the limit taught the policy to be short.",
        (LONGER_CONTEXT, LONGER_ANSWERS),
        when=("answers were cut at first",),
        sources=("MT2",),
    ),
    Row(
        "low-plateau",
        ("plateaued_early_low",),
        "The reward levels off early and low: the policy hardly moves.",
        (RATE_UP, RANK_UP, MORE_ROLLOUTS),
        sources=("LR3", "RK2"),
    ),
    Row(
        "shorter-answers",
        ("short_outputs",),
        "The longest answers stay far below the limit, and cost counts.",
        (SHORTER_ANSWERS,),
        when=("goal is lower-cost",),
        sources=("MT3",),
    ),
    Row(
        "solved-from-the-start",
        ("saturated_at_max",),
        "Nearly every answer succeeds from the start, so there is little to learn: harder prompts would teach more.",
        verdict="none",
        when=("level from the start",),
    ),
    Row(
        "goal",
        ("saturated_at_max", "healthy_rising_then_plateau"),
        "The run is sound; the goal's next step is what remains.",
        when=("goal is set",),
        takes_goal=True,
        sources=("LR5", "EP5"),
    ),
    Row(
        "free-memory",
        ("memory_headroom",),
        "More than 30 % of GPU memory stays free, and training should be faster.",
        (LARGER_BATCH,),
        when=("goal is faster-convergence",),
        sources=("BS3",),
    ),
    Row(
        "sound",
        ("saturated_at_max", "healthy_rising_then_plateau"),
        "The reward rose and levelled off.",
        verdict="none",
        sources=("LR5", "EP5"),
    ),
    Row(
        "noise",
        ("noisy_unstable",),
        "The reward is too noisy to read.",
        (MORE_ROLLOUTS, LARGER_BATCH, RATE_DOWN._replace(expect="smaller steps should swing less")),
        sources=("NR2", "BS4"),
    ),
    Row(
        "goal-alone",
        (),
        "Nothing in the curve asks for a change; the goal's next step is what remains.",
        when=("goal is set",),
        unless=TROUBLES,
        takes_goal=True,
    ),
)
"""In the order in which rows are tried."""

OPEN_ENDED = frozenset({"spike_then_collapse", "plateaued_early_low", "flat_no_signal"})
"""Symptoms for which, once every change is used up, the reward or the data is left to look at."""
