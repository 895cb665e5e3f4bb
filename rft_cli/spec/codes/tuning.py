"""Codes 2xx–6xx: opinions on a config that is legal, and RFT099 for a rule that crashed. Data.

`bad` and `good` are executed: on a small legal config with a hypothesis, `bad` gives this code alone and `good` gives nothing.
"""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

ADVICE = Severity.ADVICE
WARNING = Severity.WARNING

CRASHED_RULE = Code(
    "RFT099",
    "crashed-rule",
    Severity.ERROR,
    "A rule crashed on this file; the other rules went on.",
    "The file was not fully checked. This is a bug in the rule and not in the file, so the command ends with exit code 70.",
    "Never: report it, together with the file. Until it is mended, --ignore with the rule's code leaves the rule out.",
)

OPTIMISATION_CODES: tuple[Code, ...] = (
    Code(
        "RFT201",
        "distant-learning-rate",
        ADVICE,
        "The learning rate is more than twice or less than half the default.",
        "The default suits most tasks. Far above it the reward spikes and collapses; far below it the curve crawls or levels off "
        "early, which looks like a task that cannot be learned.",
        "A run within twice the default has shown that the step was still too small, or too large.",
        "training:\n  learning_rate: 4e-4\n",
        "training:\n  learning_rate: 1.5e-4\n",
        ("LR4", "LR2", "LR3"),
        ("training.learning_rate",),
    ),
    Code(
        "RFT202",
        "many-epochs",
        ADVICE,
        "Training passes over the data more often than most tasks need.",
        "One pass is right for most tasks. Each further pass costs as much as the first, and brings the model closer to memorising "
        "the rows: training reward goes on rising while held-out reward falls.",
        "The reward still climbed steadily at the end of the pass before. Two or three epochs with that hypothesis, or with the "
        "goal faster-convergence, are not mentioned.",
        "training:\n  epochs: 5\n",
        "training:\n  epochs: 1\n",
        ("EP3", "EP7", "EP2"),
        ("training.epochs",),
    ),
    Code(
        "RFT203",
        "unusual-batch-size",
        ADVICE,
        "The batch is not the default.",
        "The default suits most users. A smaller batch gives noisier updates and slower training, a larger one needs more memory, "
        "and the default learning rate is tuned to the default batch.",
        "The run was out of memory (lower), or more than 30 % of GPU memory stayed free and training should be faster (raise).",
        "training:\n  batch_size: 49152\n",
        "training:\n  batch_size: 32768\n",
        ("BS5", "BS2", "BS3", "BS4"),
        ("training.batch_size",),
    ),
    Code(
        "RFT204",
        "rate-and-batch-apart",
        ADVICE,
        "Learning rate and batch size moved apart by a factor of two or more.",
        "A larger batch gives steadier gradients and may carry a slightly higher rate; the default rate fits the default batch. "
        "When only one of them moves, the step is too timid or too bold for the noise of its gradient.",
        "The training curve gave evidence for the move: a changed rate with a hypothesis is not mentioned, nor is a step of the "
        "declared goal.",
        "training:\n  batch_size: 65536\nexperiment:\n  goal: faster-convergence\n"
        "  hypothesis: half of the memory stays free\n",
        "training:\n  batch_size: 65536\n  learning_rate: 1.5e-4\nexperiment:\n  goal: faster-convergence\n"
        "  hypothesis: half of the memory stays free\n",
        ("IN2",),
        ("training.learning_rate", "training.batch_size"),
    ),
    Code(
        "RFT205",
        "repeated-data-at-high-rank",
        ADVICE,
        "Several epochs meet a LoRA rank above 16.",
        "Both give the model a way to memorise: room in the adapter, and the same rows again. Together they overfit soonest.",
        "Held-out reward is evaluated and still rises with training reward.",
        "training:\n  epochs: 2\n  lora_rank: 32\nexperiment:\n  goal: higher-capacity\n"
        "  hypothesis: levels off low at rank 16, still climbing at the end\n",
        "training:\n  epochs: 1\n  lora_rank: 32\nexperiment:\n  goal: higher-capacity\n"
        "  hypothesis: levels off low at rank 16\n",
        ("EP3", "GO7", "RK3"),
        ("training.epochs", "training.lora_rank"),
    ),
)

SAMPLING_CODES: tuple[Code, ...] = (
    Code(
        "RFT301",
        "unusual-temperature",
        ADVICE,
        "The temperature lies outside 0.5–1.0.",
        "Between 0.5 and 1.0 rollouts differ enough to be compared and still make sense. Below, the answers of a group grow alike; "
        "above, they lose coherence.",
        "The goal asks for it: 0.3–0.5 with safer, 1.0–1.2 with more-creative or better-quality.",
        "rollout:\n  temperature: 0.4\n",
        "rollout:\n  temperature: 0.8\n",
        ("TE3", "TE5", "TE6", "GO3", "GO4"),
        ("rollout.temperature",),
    ),
    Code(
        "RFT302",
        "near-greedy-temperature",
        WARNING,
        "The temperature is 0.1: sampling is nearly greedy.",
        "All answers to a prompt come out alike, so there is nothing to compare: no exploration, repetition, mode collapse.",
        "Never in training. Evaluation is greedy anyway, whatever this value is.",
        "rollout:\n  temperature: 0.1\n",
        "rollout:\n  temperature: 0.7\n",
        ("TE2",),
        ("rollout.temperature",),
    ),
    Code(
        "RFT303",
        "incoherent-temperature",
        WARNING,
        "The temperature is above 1.2.",
        "Answers become incoherent: the reward then measures luck, and rambling answers run into the token limit.",
        "Top-p or top-k cut the tail off and the rollouts, once read, still make sense.",
        "rollout:\n  temperature: 1.5\n",
        "rollout:\n  temperature: 0.9\n",
        ("TE4",),
        ("rollout.temperature",),
    ),
    Code(
        "RFT304",
        "unusual-top-p",
        ADVICE,
        "Top-p lies outside 0.9–1.0.",
        "0.9–1.0 keeps the diversity that exploration needs. A lower value drops improbable tokens, and with them answers that the "
        "policy might have learned from.",
        "The reward punishes hallucinations or factual errors: 0.2–0.5 with the goal safer.",
        "rollout:\n  top_p: 0.7\n",
        "rollout:\n  top_p: 0.9\n",
        ("TP2", "GO3", "GO4"),
        ("rollout.top_p",),
    ),
    Code(
        "RFT305",
        "greedy-top-p",
        WARNING,
        "Top-p is below 0.2: greedy sampling in disguise.",
        "The most probable token alone nearly always holds a fifth of the probability, so it is the only one left, whatever the "
        "temperature says. The answers of a group are then alike and teach nothing.",
        "Never in training.",
        "rollout:\n  top_p: 0.1\n",
        "rollout:\n  top_p: 0.95\n",
        ("TP2", "TE2"),
        ("rollout.top_p",),
    ),
    Code(
        "RFT306",
        "slow-top-k",
        ADVICE,
        "Top-k is above 50.",
        "Sampling grows slower with the number of candidates, and the candidates beyond the fiftieth are rarely drawn.",
        "The vocabulary of the task is wide and latency does not matter; top-p below 1 with top_k: 0 adapts better.",
        "rollout:\n  top_k: 80\n",
        "rollout:\n  top_k: 50\n",
        ("TK2",),
        ("rollout.top_k",),
    ),
    Code(
        "RFT307",
        "greedy-top-k",
        WARNING,
        "Top-k is 1: greedy sampling in disguise.",
        "One candidate is left for each token, so all answers to a prompt are the same and there is nothing to compare.",
        "Never in training.",
        "rollout:\n  top_k: 1\n",
        "rollout:\n  top_k: 20\n",
        ("TE2", "TK4"),
        ("rollout.top_k",),
    ),
    Code(
        "RFT308",
        "unlimited-tail",
        ADVICE,
        "Top-k is off while top-p is 1: nothing cuts off improbable tokens.",
        "Over thousands of tokens the long tail is drawn from again and again, and one nonsensical token can spoil an answer whose "
        "beginning was good.",
        "Rollouts must come from the unfiltered policy, as some recipes want at a temperature near 1.",
        "rollout:\n  top_k: 0\n",
        "rollout:\n  top_k: 0\n  top_p: 0.95\n",
        ("TK3", "TP3"),
        ("rollout.top_k", "rollout.top_p"),
    ),
    Code(
        "RFT309",
        "over-tight-sampling",
        WARNING,
        "Temperature, top-p and top-k are tight at once.",
        "The three work on each other: a low temperature gathers the probability on few tokens, top-p cuts what is left, top-k "
        "caps it. All three together leave hardly a choice, and the answers of a group grow alike.",
        "The rollouts, once read, still differ in reward; 0.8 with 0.9 and 40 is a balanced set.",
        "rollout:\n  temperature: 0.4\n  top_p: 0.5\n  top_k: 10\nexperiment:\n  goal: safer\n"
        "  hypothesis: hallucinations cost most of the reward\n",
        "rollout:\n  temperature: 0.4\n  top_p: 0.5\n  top_k: 20\nexperiment:\n  goal: safer\n"
        "  hypothesis: hallucinations cost most of the reward\n",
        ("IN1",),
        ("rollout.temperature", "rollout.top_p", "rollout.top_k"),
    ),
    Code(
        "RFT310",
        "two-tight-filters",
        ADVICE,
        "Top-p and top-k are both tight.",
        "Top-p adapts to how sure the model is, a fixed number of candidates cannot: where both are tight, top-k cuts exactly where "
        "top-p would have left room.",
        "A hard cap on candidates is wanted besides, for latency.",
        "rollout:\n  top_p: 0.5\n  top_k: 10\nexperiment:\n  goal: safer\n  hypothesis: hallucinations cost most of the reward\n",
        "rollout:\n  top_p: 0.5\nexperiment:\n  goal: safer\n  hypothesis: hallucinations cost most of the reward\n",
        ("TK3", "IN1"),
        ("rollout.top_p", "rollout.top_k"),
    ),
    Code(
        "RFT311",
        "few-rollouts",
        ADVICE,
        "Only two or three answers to a prompt are compared.",
        "It is the least that explores. Groups whose answers all score alike teach nothing, and with few answers that is frequent.",
        "Cost matters more than signal: with the goal lower-cost it is not mentioned.",
        "rollout:\n  n: 2\n",
        "rollout:\n  n: 4\n",
        ("NR4", "GO5"),
        ("rollout.n",),
    ),
)

CAPACITY_CODES: tuple[Code, ...] = (
    Code(
        "RFT401",
        "unusual-lora-rank",
        ADVICE,
        "The LoRA rank is neither 8 nor 16.",
        "8–16 balances capacity and cost for most tasks. Rank 4 may lack room; from 32 on the adapter needs significantly more GPUs "
        "and overfits sooner.",
        "The goal asks for it: 16–32 with higher-capacity, 4 with prevent-overfitting. Models of 70B and more may need more.",
        "training:\n  lora_rank: 32\n",
        "training:\n  lora_rank: 16\n",
        ("RK7", "RK2", "RK6", "GO6"),
        ("training.lora_rank",),
    ),
    Code(
        "RFT402",
        "rank-for-high-end-gpus",
        ADVICE,
        "The LoRA rank is above 64.",
        "Such an adapter needs high-end GPUs, and its room is filled by memorising before it is filled by learning.",
        "The hardware is there and a run at rank 64 levelled off low.",
        "training:\n  lora_rank: 128\n",
        "training:\n  lora_rank: 16\n",
        ("RK4", "RK3"),
        ("training.lora_rank",),
    ),
    Code(
        "RFT403",
        "high-rank-for-small-model",
        ADVICE,
        "A model below 13B is given a LoRA rank above 16.",
        "Rank 8–16 is usually enough for such a model; more costs memory and overfits. The size is read from the model's name.",
        "A run at rank 16 levelled off low at a sound learning rate; with the goal higher-capacity 32 is not mentioned.",
        "model: qwen3-8b\ntraining:\n  lora_rank: 32\n",
        "model: qwen3-8b\ntraining:\n  lora_rank: 16\n",
        ("RK5", "IN3"),
        ("model", "training.lora_rank"),
    ),
    Code(
        "RFT404",
        "low-rank-for-large-model",
        ADVICE,
        "A model of 70B or more is given a LoRA rank of 8 or less.",
        "Large models may need a higher rank to take up complex behaviour. The size is read from the model's name.",
        "For the baseline, which keeps the defaults; and as long as the curve does not level off low.",
        "model: llama-v3p3-70b-instruct\n",
        "model: llama-v3p3-70b-instruct\ntraining:\n  lora_rank: 16\n",
        ("RK5", "IN3"),
        ("model", "training.lora_rank"),
    ),
    Code(
        "RFT405",
        "answer-fills-context",
        WARNING,
        "The context length leaves no room for the prompt beside the longest answer.",
        "A prompt and its answer share the context. What does not fit is cut or dropped, and an answer that loses its end is scored "
        "as a bad one.",
        "Every prompt is so short and every answer ends so early that the two never meet.",
        "training:\n  max_context_length: 2048\n",
        "training:\n  max_context_length: 4096\n",
        ("MT1", "MT2"),
        ("training.max_context_length", "rollout.max_tokens"),
    ),
    Code(
        "RFT406",
        "sequence-larger-than-batch",
        WARNING,
        "The context length is above the batch size: not one full sequence fits into a step.",
        "The batch is counted in tokens, and a step holds batch ÷ longest sequence: 64k ÷ 8k is eight sequences, 4k ÷ 8k is none.",
        "No sequence comes near the context length; then a smaller context length says so.",
        "training:\n  max_context_length: 65536\n",
        "training:\n  max_context_length: 32768\n",
        ("BS1",),
        ("training.max_context_length", "training.batch_size"),
    ),
)

COST_CODES: tuple[Code, ...] = (
    Code(
        "RFT501",
        "multiplied-cost",
        ADVICE,
        "Rollouts, answer length and epochs together cost more than four times the default.",
        "Cost is linear in each of the three, so they multiply: twice the rollouts of four times the length are eight times the "
        "tokens. Above eight rollouts little is gained.",
        "The answers need the room and the baseline has shown that the run is worth it.",
        "rollout:\n  n: 8\n  max_tokens: 8192\n",
        "rollout:\n  n: 8\n",
        ("NR3", "MT4", "GO5"),
        ("rollout.n", "rollout.max_tokens", "training.epochs"),
    ),
)

EXPERIMENT_CODES: tuple[Code, ...] = (
    Code(
        "RFT601",
        "change-without-hypothesis",
        ADVICE,
        "A parameter is changed and no hypothesis says why.",
        "The defaults suit most tasks; a change is worth a run when a metric asks for it. Written down beforehand, the hypothesis "
        "tells afterwards whether the change did what it should.",
        "The values come from somewhere else, such as a recipe that is being reproduced; then write just that.",
        "training:\n  learning_rate: 1.5e-4\nexperiment:\n  goal: faster-convergence\n",
        "training:\n  learning_rate: 1.5e-4\nexperiment:\n  goal: faster-convergence\n"
        "  hypothesis: levels off at 0.6 after a third of the steps, a larger step should lift it\n",
        ("ST2",),
        ("experiment.hypothesis",),
    ),
    Code(
        "RFT602",
        "move-against-goal",
        WARNING,
        "A value moves away from the declared goal.",
        "Each goal is a list of moves with a direction. A value on the other side of the default works against it, and the run "
        "cannot tell whether the goal can be reached.",
        "A curve asked for it: a rate that was too high is lowered, whatever the goal is.",
        "rollout:\n  temperature: 0.9\nexperiment:\n  goal: safer\n  hypothesis: answers contain too much that is made up\n",
        "rollout:\n  temperature: 0.5\nexperiment:\n  goal: safer\n  hypothesis: answers contain too much that is made up\n",
        ("GO1", "GO2", "GO3", "GO4", "GO5", "GO6", "GO7"),
        ("experiment.goal",),
    ),
    Code(
        "RFT603",
        "evaluation-on-training-data",
        WARNING,
        "Runs are evaluated on the rows that they are trained on.",
        "Held-out reward is what tells learning from memorising. Measured on training rows it rises with overfitting, instead of "
        "showing it.",
        "Never: leave `evaluation.dataset` out, and rows that are never trained on are set aside.",
        "dataset: data/train.jsonl\nevaluation:\n  dataset: data/train.jsonl\n",
        "dataset: data/train.jsonl\nevaluation:\n  dataset: data/held-out.jsonl\n",
        ("EP3",),
        ("dataset", "evaluation.dataset"),
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
