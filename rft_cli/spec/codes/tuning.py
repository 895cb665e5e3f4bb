"""Codes 2xx–6xx: what is said of a config that is legal, and RFT099 for a rule that crashed. Data.

`bad` and `good` are executed: on a small legal config with a hypothesis, `bad` gives this code alone and `good` gives nothing.
"""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

ADVICE = Severity.ADVICE
WARNING = Severity.WARNING

CRASHED_RULE = Code(
    code="RFT099",
    name="crashed-rule",
    severity=Severity.ERROR,
    summary="A rule crashed on this file; the other rules went on.",
    why=(
        "The file was not fully checked. This is a bug in the rule and not in the file, so the command ends"
        " with exit code 70."
    ),
    fine_when=(
        "Never: report it, together with the file. Until it is mended, --ignore with the rule's code leaves"
        " the rule out."
    ),
)

OPTIMISATION_CODES: tuple[Code, ...] = (
    Code(
        code="RFT201",
        name="distant-learning-rate",
        severity=ADVICE,
        summary="The learning rate is more than twice or less than half the default.",
        why=(
            "The default suits most tasks. Far above it the reward spikes and collapses; far below it the curve"
            " crawls or levels off early, which looks like a task that cannot be learned."
        ),
        fine_when=(
            "A run within twice the default has shown that the step was still too small, or too large."
        ),
        bad="training:\n  learning_rate: 4e-4\n",
        good="training:\n  learning_rate: 1.5e-4\n",
        sources=("LR4", "LR2", "LR3"),
        parameters=("training.learning_rate",),
    ),
    Code(
        code="RFT202",
        name="many-epochs",
        severity=ADVICE,
        summary="Training passes over the data more often than most tasks need.",
        why=(
            "One pass is right for most tasks. Each further pass costs as much as the first, and brings the "
            "model closer to memorising the rows: training reward goes on rising while held-out reward falls."
        ),
        fine_when=(
            "The reward still climbed steadily at the end of the pass before. Two or three epochs with that "
            "hypothesis, or with the goal faster-convergence, are not mentioned."
        ),
        bad="training:\n  epochs: 5\n",
        good="training:\n  epochs: 1\n",
        sources=("EP3", "EP7", "EP2"),
        parameters=("training.epochs",),
    ),
    Code(
        code="RFT203",
        name="unusual-batch-size",
        severity=ADVICE,
        summary="The batch is not the default.",
        why=(
            "The default suits most users. A smaller batch gives noisier updates and slower training, a larger "
            "one needs more memory, and the default learning rate is tuned to the default batch."
        ),
        fine_when=(
            "The run was out of memory (lower), or more than 30 % of GPU memory stayed free and training should"
            " be faster (raise)."
        ),
        bad="training:\n  batch_size: 49152\n",
        good="training:\n  batch_size: 32768\n",
        sources=("BS5", "BS2", "BS3", "BS4"),
        parameters=("training.batch_size",),
    ),
    Code(
        code="RFT204",
        name="rate-and-batch-apart",
        severity=ADVICE,
        summary="Learning rate and batch size moved apart by a factor of two or more.",
        why=(
            "A larger batch gives steadier gradients and may carry a slightly higher rate; the default rate "
            "fits the default batch. When only one of them moves, the step is too timid or too bold for the "
            "noise of its gradient."
        ),
        fine_when=(
            "The training curve gave evidence for the move: a changed rate with a hypothesis is not mentioned, "
            "nor is a step of the declared goal."
        ),
        bad=(
            "training:\n"
            "  batch_size: 65536\n"
            "experiment:\n"
            "  goal: faster-convergence\n"
            "  hypothesis: half of the memory stays free\n"
        ),
        good=(
            "training:\n"
            "  batch_size: 65536\n"
            "  learning_rate: 1.5e-4\n"
            "experiment:\n"
            "  goal: faster-convergence\n"
            "  hypothesis: half of the memory stays free\n"
        ),
        sources=("IN2",),
        parameters=("training.learning_rate", "training.batch_size"),
    ),
    Code(
        code="RFT205",
        name="repeated-data-at-high-rank",
        severity=ADVICE,
        summary="Several epochs meet a LoRA rank above 16.",
        why=(
            "Both give the model a way to memorise: room in the adapter, and the same rows again. Together they"
            " overfit soonest."
        ),
        fine_when="Held-out reward is evaluated and still rises with training reward.",
        bad=(
            "training:\n"
            "  epochs: 2\n"
            "  lora_rank: 32\n"
            "experiment:\n"
            "  goal: higher-capacity\n"
            "  hypothesis: levels off low at rank 16, still climbing at the end\n"
        ),
        good=(
            "training:\n"
            "  epochs: 1\n"
            "  lora_rank: 32\n"
            "experiment:\n"
            "  goal: higher-capacity\n"
            "  hypothesis: levels off low at rank 16\n"
        ),
        sources=("EP3", "GO7", "RK3"),
        parameters=("training.epochs", "training.lora_rank"),
    ),
)

SAMPLING_CODES: tuple[Code, ...] = (
    Code(
        code="RFT301",
        name="unusual-temperature",
        severity=ADVICE,
        summary="The temperature lies outside 0.5–1.0.",
        why=(
            "Between 0.5 and 1.0 rollouts differ enough to be compared and still make sense. Below, the answers"
            " of a group grow alike; above, they lose coherence."
        ),
        fine_when="The goal asks for it: 0.3–0.5 with safer, 1.0–1.2 with more-creative or better-quality.",
        bad="rollout:\n  temperature: 0.4\n",
        good="rollout:\n  temperature: 0.8\n",
        sources=("TE3", "TE5", "TE6", "GO3", "GO4"),
        parameters=("rollout.temperature",),
    ),
    Code(
        code="RFT302",
        name="near-greedy-temperature",
        severity=WARNING,
        summary="The temperature is 0.1: sampling is nearly greedy.",
        why=(
            "All answers to a prompt come out alike, so there is nothing to compare: no exploration, "
            "repetition, mode collapse."
        ),
        fine_when="Never in training. Evaluation is greedy anyway, whatever this value is.",
        bad="rollout:\n  temperature: 0.1\n",
        good="rollout:\n  temperature: 0.7\n",
        sources=("TE2",),
        parameters=("rollout.temperature",),
    ),
    Code(
        code="RFT303",
        name="incoherent-temperature",
        severity=WARNING,
        summary="The temperature is above 1.2.",
        why=(
            "Answers become incoherent: the reward then measures luck, and rambling answers run into the token "
            "limit."
        ),
        fine_when="Top-p or top-k cut the tail off and the rollouts, once read, still make sense.",
        bad="rollout:\n  temperature: 1.5\n",
        good="rollout:\n  temperature: 0.9\n",
        sources=("TE4",),
        parameters=("rollout.temperature",),
    ),
    Code(
        code="RFT304",
        name="unusual-top-p",
        severity=ADVICE,
        summary="Top-p lies outside 0.9–1.0.",
        why=(
            "0.9–1.0 keeps the diversity that exploration needs. A lower value drops improbable tokens, and "
            "with them answers that the policy might have learned from."
        ),
        fine_when="The reward punishes hallucinations or factual errors: 0.2–0.5 with the goal safer.",
        bad="rollout:\n  top_p: 0.7\n",
        good="rollout:\n  top_p: 0.9\n",
        sources=("TP2", "GO3", "GO4"),
        parameters=("rollout.top_p",),
    ),
    Code(
        code="RFT305",
        name="greedy-top-p",
        severity=WARNING,
        summary="Top-p is below 0.2: greedy sampling in disguise.",
        why=(
            "The most probable token alone nearly always holds a fifth of the probability, so it is the only "
            "one left, whatever the temperature says. The answers of a group are then alike and teach nothing."
        ),
        fine_when="Never in training.",
        bad="rollout:\n  top_p: 0.1\n",
        good="rollout:\n  top_p: 0.95\n",
        sources=("TP2", "TE2"),
        parameters=("rollout.top_p",),
    ),
    Code(
        code="RFT306",
        name="slow-top-k",
        severity=ADVICE,
        summary="Top-k is above 50.",
        why=(
            "Sampling grows slower with the number of candidates, and the candidates beyond the fiftieth are "
            "rarely drawn."
        ),
        fine_when=(
            "The vocabulary of the task is wide and latency does not matter; top-p below 1 with top_k: 0 adapts"
            " better."
        ),
        bad="rollout:\n  top_k: 80\n",
        good="rollout:\n  top_k: 50\n",
        sources=("TK2",),
        parameters=("rollout.top_k",),
    ),
    Code(
        code="RFT307",
        name="greedy-top-k",
        severity=WARNING,
        summary="Top-k is 1: greedy sampling in disguise.",
        why=(
            "One candidate is left for each token, so all answers to a prompt are the same and there is nothing"
            " to compare."
        ),
        fine_when="Never in training.",
        bad="rollout:\n  top_k: 1\n",
        good="rollout:\n  top_k: 20\n",
        sources=("TE2", "TK4"),
        parameters=("rollout.top_k",),
    ),
    Code(
        code="RFT308",
        name="unlimited-tail",
        severity=ADVICE,
        summary="Top-k is off while top-p is 1: nothing cuts off improbable tokens.",
        why=(
            "Over thousands of tokens the long tail is drawn from again and again, and one nonsensical token "
            "can spoil an answer whose beginning was good."
        ),
        fine_when=(
            "Rollouts must come from the unfiltered policy, as some recipes want at a temperature near 1."
        ),
        bad="rollout:\n  top_k: 0\n",
        good="rollout:\n  top_k: 0\n  top_p: 0.95\n",
        sources=("TK3", "TP3"),
        parameters=("rollout.top_k", "rollout.top_p"),
    ),
    Code(
        code="RFT309",
        name="over-tight-sampling",
        severity=WARNING,
        summary="Temperature, top-p and top-k are tight at once.",
        why=(
            "The three work on each other: a low temperature gathers the probability on few tokens, top-p cuts "
            "what is left, top-k caps it. All three together leave hardly a choice, and the answers of a group "
            "grow alike."
        ),
        fine_when="The rollouts, once read, still differ in reward; 0.8 with 0.9 and 40 is a balanced set.",
        bad=(
            "rollout:\n"
            "  temperature: 0.4\n"
            "  top_p: 0.5\n"
            "  top_k: 10\n"
            "experiment:\n"
            "  goal: safer\n"
            "  hypothesis: hallucinations cost most of the reward\n"
        ),
        good=(
            "rollout:\n"
            "  temperature: 0.4\n"
            "  top_p: 0.5\n"
            "  top_k: 20\n"
            "experiment:\n"
            "  goal: safer\n"
            "  hypothesis: hallucinations cost most of the reward\n"
        ),
        sources=("IN1",),
        parameters=("rollout.temperature", "rollout.top_p", "rollout.top_k"),
    ),
    Code(
        code="RFT310",
        name="two-tight-filters",
        severity=ADVICE,
        summary="Top-p and top-k are both tight.",
        why=(
            "Top-p adapts to how sure the model is, a fixed number of candidates cannot: where both are tight, "
            "top-k cuts exactly where top-p would have left room."
        ),
        fine_when="A hard cap on candidates is wanted besides, for latency.",
        bad=(
            "rollout:\n"
            "  top_p: 0.5\n"
            "  top_k: 10\n"
            "experiment:\n"
            "  goal: safer\n"
            "  hypothesis: hallucinations cost most of the reward\n"
        ),
        good=(
            "rollout:\n"
            "  top_p: 0.5\n"
            "experiment:\n"
            "  goal: safer\n"
            "  hypothesis: hallucinations cost most of the reward\n"
        ),
        sources=("TK3", "IN1"),
        parameters=("rollout.top_p", "rollout.top_k"),
    ),
    Code(
        code="RFT311",
        name="few-rollouts",
        severity=ADVICE,
        summary="Only two or three answers to a prompt are compared.",
        why=(
            "It is the least that explores. Groups whose answers all score alike teach nothing, and with few "
            "answers that is frequent."
        ),
        fine_when="Cost matters more than signal: with the goal lower-cost it is not mentioned.",
        bad="rollout:\n  n: 2\n",
        good="rollout:\n  n: 4\n",
        sources=("NR4", "GO5"),
        parameters=("rollout.n",),
    ),
)

CAPACITY_CODES: tuple[Code, ...] = (
    Code(
        code="RFT401",
        name="unusual-lora-rank",
        severity=ADVICE,
        summary="The LoRA rank is neither 8 nor 16.",
        why=(
            "8–16 balances capacity and cost for most tasks. Rank 4 may lack room; from 32 on the adapter needs"
            " significantly more GPUs and overfits sooner."
        ),
        fine_when=(
            "The goal asks for it: 16–32 with higher-capacity, 4 with prevent-overfitting. Models of 70B and "
            "more may need more."
        ),
        bad="training:\n  lora_rank: 32\n",
        good="training:\n  lora_rank: 16\n",
        sources=("RK7", "RK2", "RK6", "GO6"),
        parameters=("training.lora_rank",),
    ),
    Code(
        code="RFT402",
        name="rank-for-high-end-gpus",
        severity=ADVICE,
        summary="The LoRA rank is above 64.",
        why=(
            "Such an adapter needs high-end GPUs, and its room is filled by memorising before it is filled by "
            "learning."
        ),
        fine_when="The hardware is there and a run at rank 64 levelled off low.",
        bad="training:\n  lora_rank: 128\n",
        good="training:\n  lora_rank: 16\n",
        sources=("RK4", "RK3"),
        parameters=("training.lora_rank",),
    ),
    Code(
        code="RFT403",
        name="high-rank-for-small-model",
        severity=ADVICE,
        summary="A model below 13B is given a LoRA rank above 16.",
        why=(
            "Rank 8–16 is usually enough for such a model; more costs memory and overfits. The size is read "
            "from the model's name."
        ),
        fine_when=(
            "A run at rank 16 levelled off low at a sound learning rate; with the goal higher-capacity 32 is "
            "not mentioned."
        ),
        bad="model: qwen3-8b\ntraining:\n  lora_rank: 32\n",
        good="model: qwen3-8b\ntraining:\n  lora_rank: 16\n",
        sources=("RK5", "IN3"),
        parameters=("model", "training.lora_rank"),
    ),
    Code(
        code="RFT404",
        name="low-rank-for-large-model",
        severity=ADVICE,
        summary="A model of 70B or more is given a LoRA rank of 8 or less.",
        why=(
            "Large models may need a higher rank to take up complex behaviour. The size is read from the "
            "model's name."
        ),
        fine_when=(
            "For the baseline, which keeps the defaults; and as long as the curve does not level off low."
        ),
        bad="model: llama-v3p3-70b-instruct\n",
        good="model: llama-v3p3-70b-instruct\ntraining:\n  lora_rank: 16\n",
        sources=("RK5", "IN3"),
        parameters=("model", "training.lora_rank"),
    ),
    Code(
        code="RFT405",
        name="answer-fills-context",
        severity=WARNING,
        summary="The context length leaves no room for the prompt beside the longest answer.",
        why=(
            "A prompt and its answer share the context. What does not fit is cut or dropped, and an answer that"
            " loses its end is scored as a bad one."
        ),
        fine_when="Every prompt is so short and every answer ends so early that the two never meet.",
        bad="training:\n  max_context_length: 2048\n",
        good="training:\n  max_context_length: 4096\n",
        sources=("MT1", "MT2"),
        parameters=("training.max_context_length", "rollout.max_tokens"),
    ),
    Code(
        code="RFT406",
        name="sequence-larger-than-batch",
        severity=WARNING,
        summary="The context length is above the batch size: not one full sequence fits into a step.",
        why=(
            "The batch is counted in tokens, and a step holds batch ÷ longest sequence: 64k ÷ 8k is eight "
            "sequences, 4k ÷ 8k is none."
        ),
        fine_when="No sequence comes near the context length; then a smaller context length says so.",
        bad="training:\n  max_context_length: 65536\n",
        good="training:\n  max_context_length: 32768\n",
        sources=("BS1",),
        parameters=("training.max_context_length", "training.batch_size"),
    ),
)

COST_CODES: tuple[Code, ...] = (
    Code(
        code="RFT501",
        name="multiplied-cost",
        severity=ADVICE,
        summary="Rollouts, answer length and epochs together cost more than four times the default.",
        why=(
            "Cost is linear in each of the three, so they multiply: twice the rollouts of four times the length"
            " are eight times the tokens. Above eight rollouts little is gained."
        ),
        fine_when="The answers need the room and the baseline has shown that the run is worth it.",
        bad="training:\n  max_context_length: 16384\nrollout:\n  n: 8\n  max_tokens: 8192\n",
        good="rollout:\n  n: 8\n",
        sources=("NR3", "MT4", "GO5"),
        parameters=("rollout.n", "rollout.max_tokens", "training.epochs"),
    ),
)

EXPERIMENT_CODES: tuple[Code, ...] = (
    Code(
        code="RFT601",
        name="change-without-hypothesis",
        severity=ADVICE,
        summary="A parameter is changed and no hypothesis says why.",
        why=(
            "The defaults suit most tasks; a change is worth a run when a metric asks for it. Written down "
            "beforehand, the hypothesis tells afterwards whether the change did what it should."
        ),
        fine_when=(
            "The values come from somewhere else, such as a recipe that is being reproduced; then write just "
            "that."
        ),
        bad="training:\n  learning_rate: 1.5e-4\nexperiment:\n  goal: faster-convergence\n",
        good=(
            "training:\n"
            "  learning_rate: 1.5e-4\n"
            "experiment:\n"
            "  goal: faster-convergence\n"
            "  hypothesis: levels off at 0.6 after a third of the steps, a larger step should lift it\n"
        ),
        sources=("ST2",),
        parameters=("experiment.hypothesis",),
    ),
    Code(
        code="RFT602",
        name="move-against-goal",
        severity=WARNING,
        summary="A value moves away from the declared goal.",
        why=(
            "Each goal is a list of moves with a direction. A value on the other side of the default works "
            "against it, and the run cannot tell whether the goal can be reached."
        ),
        fine_when="A curve asked for it: a rate that was too high is lowered, whatever the goal is.",
        bad=(
            "rollout:\n"
            "  temperature: 0.9\n"
            "experiment:\n"
            "  goal: safer\n"
            "  hypothesis: answers contain too much that is made up\n"
        ),
        good=(
            "rollout:\n"
            "  temperature: 0.5\n"
            "experiment:\n"
            "  goal: safer\n"
            "  hypothesis: answers contain too much that is made up\n"
        ),
        sources=("GO1", "GO2", "GO3", "GO4", "GO5", "GO6", "GO7"),
        parameters=("experiment.goal",),
    ),
    Code(
        code="RFT603",
        name="evaluation-on-training-data",
        severity=WARNING,
        summary="Runs are evaluated on the rows that they are trained on.",
        why=(
            "Held-out reward is what tells learning from memorising. Measured on training rows it rises with "
            "overfitting, instead of showing it."
        ),
        fine_when="Never: leave `evaluation.dataset` out, and rows that are never trained on are set aside.",
        bad="dataset: data/train.jsonl\nevaluation:\n  dataset: data/train.jsonl\n",
        good="dataset: data/train.jsonl\nevaluation:\n  dataset: data/held-out.jsonl\n",
        sources=("EP3",),
        parameters=("dataset", "evaluation.dataset"),
    ),
    Code(
        code="RFT604",
        name="secret-in-config",
        severity=Severity.ERROR,
        summary="A key, a token or a password stands in the file.",
        why=(
            "A run config is kept in git, and its values go into records, plans and reports. Whoever may read one of"
            " them may then use the account, for as long as the history lasts. Comments and x- keys are no safer."
        ),
        fine_when=(
            "Never for a secret. A long number that everybody may read is not mentioned when commit, sha256, digest"
            " or revision stands before it."
        ),
        bad="x-judge:\n  api_key: not-a-real-key-1\n",
        good="x-judge:\n  api_key: $JUDGE_API_KEY\n",
        parameters=("evaluator.env",),
    ),
    Code(
        code="RFT605",
        name="inverted-reward-range",
        severity=Severity.ERROR,
        summary="The lower bound of the reward is not below the upper one.",
        why=(
            "The upper bound tells how much a run can still gain. Turned round, a run that has hardly begun looks as if"
            " it had reached the best score."
        ),
        fine_when="Never: an evaluator whose best score is the lowest has to be turned round in the evaluator.",
        bad="evaluation:\n  reward_range: [1, 0]\n",
        good="evaluation:\n  reward_range: [0, 1]\n",
        parameters=("evaluation.reward_range",),
    ),
)

TUNING_CODES: tuple[Code, ...] = (
    CRASHED_RULE,
    *OPTIMISATION_CODES,
    *SAMPLING_CODES,
    *CAPACITY_CODES,
    *COST_CODES,
    *EXPERIMENT_CODES,
)
