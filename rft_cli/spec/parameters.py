"""The table of the ten parameters: nine from the tuning guide and one, the context length, from the managed service.

Everything that shows, checks, documents or tests a parameter derives from this table. Ids such as LR1 name statements of
`rft_cli.spec.coverage`.
"""

from __future__ import annotations

from rft_cli.spec.parameter import Band, Effect, Move, Parameter

LEARNING_RATE = Parameter(
    path="training.learning_rate",
    code="RFT101",
    title="Learning rate",
    short="size of each step",
    integral=False,
    default=1e-4,
    unit="",
    low=1e-5,
    high=5e-4,
    summary="How far each step moves the weights.",
    effects=(
        Effect("too high", "the reward jumps up for a while and then collapses: the steps overshoot", "up"),
        Effect(
            "too low",
            "the reward climbs painfully slowly, or levels off early below what is possible",
            "down",
        ),
        Effect("right", "the reward improves steadily"),
    ),
    raise_when=(
        Move("the reward levels off early and low, with little KL to the reference", "LR3"),
        Move("the reward climbs, but so slowly that two more epochs would not be enough", "LR6"),
    ),
    lower_when=(Move("the reward spikes and then collapses", "LR2"),),
    keep_when="the reward improves steadily; stay between half and twice the default",
    interactions=(
        "batch_size: a larger batch gives steadier gradients and may carry a slightly higher rate; "
        "the default rate fits the default batch (IN2)",
    ),
    usual=(Band(5e-5, 2e-4),),
    sources=("LR1", "LR2", "LR3", "LR4", "LR5", "LR6", "IN2"),
    why_limits="below it nothing is learned in a run's time, above it training is unstable",
    other_names=("lr", "learningRate", "learning_rate_multiplier", "optim.lr", "max_lr", "peak_lr"),
)

EPOCHS = Parameter(
    path="training.epochs",
    code="RFT102",
    title="Epochs",
    short="passes over the data set",
    integral=True,
    default=1,
    unit="",
    low=1,
    high=10,
    summary="How many times training passes over the data set; one epoch is every example once.",
    effects=(
        Effect("too few", "the model has not seen enough of the data", "down"),
        Effect(
            "too many",
            "the model memorises the training rows: training reward rises, held-out reward falls",
            "up",
        ),
        Effect("right", "the reward rises steadily and levels off near the end of training"),
    ),
    raise_when=(Move("the reward still climbs steadily at the end: add one or two epochs", "EP2"),),
    lower_when=(Move("training reward rises while held-out reward falls", "EP3"),),
    keep_when="the reward levels off near the end of one pass, as it does for most tasks",
    interactions=("lora_rank: many epochs with a high rank memorise soonest",),
    usual=(Band(1, 1), Band(2, 3, "faster-convergence")),
    sources=("EP1", "EP2", "EP3", "EP4", "EP5", "EP6", "EP7"),
    why_limits="an epoch is a whole pass over the data set",
    other_names=("n_epochs", "num_train_epochs", "num_epochs", "epoch", "total_epochs"),
)

LORA_RANK = Parameter(
    path="training.lora_rank",
    code="RFT103",
    title="LoRA rank",
    short="width of the adapter",
    integral=True,
    default=8,
    unit="",
    low=4,
    high=128,
    choices=(4, 8, 16, 32, 64, 128),
    summary="The width of the trainable adapter, and with it how much new behaviour it can hold.",
    effects=(
        Effect("4–8", "faster and cheaper, and may lack capacity for a complex task", span=(4, 8)),
        Effect("8–16", "the balance that suits most tasks", span=(8, 16)),
        Effect(
            "32–128",
            "much more capacity, significantly more GPUs and memory, and a risk of overfitting",
            span=(32, 128),
        ),
    ),
    raise_when=(
        Move(
            "the task is complex reasoning, or the model struggles to learn the behaviour at a sound rate",
            "RK2",
        ),
    ),
    lower_when=(
        Move("the model overfits at one epoch", "GO7"),
        Move("the task is a simple change of style", "RK6"),
    ),
    keep_when="the model learns: 8–16 is enough below 13B, and 64 is the most without high-end GPUs",
    interactions=(
        "model size: models of 70B and more may need a higher rank, below 13B 8–16 is enough (IN3)",
        "epochs: a high rank memorises sooner",
    ),
    usual=(Band(8, 16), Band(16, 32, "higher-capacity"), Band(4, 4, "prevent-overfitting")),
    sources=("RK1", "RK2", "RK3", "RK4", "RK5", "RK6", "RK7", "IN3"),
    why_limits="adapters are trained with a rank that is a power of two, from 4 to 128",
    other_names=("lora_r", "r", "loraRank", "rank", "lora_dim", "peft_config.r"),
)

BATCH_SIZE = Parameter(
    path="training.batch_size",
    code="RFT104",
    title="Batch size",
    short="tokens in each step",
    integral=True,
    default=32768,
    unit="tokens",
    low=1,
    high=None,
    summary="How much data a step processes before the weights move, in tokens and not in sequences.",
    effects=(
        Effect("smaller", "noisier updates that may help exploration, and slower training", "down"),
        Effect("larger", "smoother and faster training that needs more GPU memory", "up"),
        Effect("right", "the GPU is full without running out of memory"),
    ),
    raise_when=(
        Move("more than 30 % of GPU memory stays free and training should be faster", "BS3"),
        Move("the reward is too noisy to read and GPU memory allows it", "BS4"),
    ),
    lower_when=(Move("the run is out of memory", "BS2"),),
    keep_when="nothing speaks against it: the default is right for most runs",
    interactions=(
        "learning_rate: the default rate is tuned for the default batch (IN2)",
        "max_context_length: sequences per step = batch ÷ longest sequence, so 64k ÷ 8k = 8 (BS1)",
    ),
    usual=(Band(32768, 32768), Band(8192, 32768, "lower-cost"), Band(32768, 131072, "faster-convergence")),
    sources=("BS1", "BS2", "BS3", "BS4", "BS5", "IN2"),
    why_limits="the upper end depends on the hardware; a batch is counted in whole tokens",
    other_names=(
        "per_device_train_batch_size",
        "train_batch_size",
        "batchSize",
        "batch_tokens",
        "generation_batch_size",
    ),
)

MAX_CONTEXT_LENGTH = Parameter(
    path="training.max_context_length",
    code="RFT105",
    title="Maximum context length",
    short="longest prompt and answer together, in tokens",
    integral=True,
    default=8192,
    unit="tokens",
    low=16,
    high=None,
    multiple_of=16,
    summary="The longest prompt and answer together that training keeps, in tokens.",
    effects=(
        Effect("too small", "long prompts or answers do not fit and are cut or dropped", "down"),
        Effect(
            "too large", "memory is reserved that no sequence uses, and fewer sequences share a step", "up"
        ),
        Effect("right", "the longest prompt plus max_tokens fits"),
    ),
    raise_when=(Move("the longest prompt plus rollout.max_tokens does not fit"),),
    lower_when=(Move("no sequence comes near the limit and memory is short"),),
    keep_when="the longest prompt plus rollout.max_tokens fits, and one sequence fits into the batch",
    interactions=(
        "rollout.max_tokens: must leave room for the prompt",
        "batch_size: must hold at least one sequence",
    ),
    usual=(),
    usual_note="the longest prompt plus max_tokens, and not more than the batch",
    sources=(),
    why_limits="the managed service pads sequences to blocks of 16 tokens",
    other_names=(
        "max_seq_length",
        "max_length",
        "maxContextLength",
        "max_seq_len",
        "context_length",
        "seq_len",
    ),
)

TEMPERATURE = Parameter(
    path="rollout.temperature",
    code="RFT106",
    title="Temperature",
    short="randomness of sampling",
    integral=False,
    default=0.7,
    unit="",
    low=0.1,
    high=2.0,
    summary="How random the choice of each token is while rollouts are sampled.",
    effects=(
        Effect(
            "up to 0.1",
            "nearly greedy and repetitive, so the rollouts of a prompt are alike and there is nothing to compare",
            "down",
        ),
        Effect("0.5–1.0", "a good balance of exploration and coherence", span=(0.5, 1.0)),
        Effect("above 1.2", "very diverse and increasingly incoherent", "up"),
    ),
    raise_when=(
        Move("answers to one prompt are all alike and all bad: more diverse exploration is needed", "TE6"),
        Move("the task is creative", "TE6"),
    ),
    lower_when=(Move("the task needs precision, facts or safety: 0.3–0.5", "TE5"),),
    keep_when="groups differ in reward and answers read well",
    interactions=(
        "top_p and top_k: the three together shape sampling; 0.8 with 0.9 and 40 is a balanced set (IN1)",
    ),
    usual=(
        Band(0.5, 1.0),
        Band(0.3, 0.5, "safer"),
        Band(1.0, 1.2, "more-creative"),
        Band(1.0, 1.2, "better-quality"),
    ),
    sources=("TE1", "TE2", "TE3", "TE4", "TE5", "TE6", "TE7", "IN1"),
    why_limits="at 0 every rollout of a prompt is the same answer and nothing is learned, above 2 answers are noise",
    other_names=("temp", "sampling_temperature", "rollout_temperature"),
)

TOP_P = Parameter(
    path="rollout.top_p",
    code="RFT107",
    title="Top-p",
    short="share of probability to sample from, 1 is all",
    integral=False,
    default=1.0,
    unit="",
    low=0,
    high=1,
    summary="Sampling keeps the smallest set of tokens whose probabilities add up to this share; 1 keeps all.",
    effects=(
        Effect(
            "0.2–0.5",
            "drops the long tail of improbable tokens that hallucinations are made of",
            span=(0.2, 0.5),
        ),
        Effect("0.9–1.0", "keeps the diversity of the vocabulary", span=(0.9, 1.0)),
    ),
    raise_when=(Move("answers lack variety and groups do not differ", "TP2"),),
    lower_when=(Move("the reward penalises hallucinations or factual errors: 0.2–0.5", "TP2"),),
    keep_when="variety is wanted; just below 1 it already keeps the sampler from nonsensical tokens",
    interactions=(
        "temperature: the pair gives fine control (TP3)",
        "temperature and top_k: filters add up; tight values of all three leave nothing to explore (IN1)",
    ),
    usual=(Band(0.9, 1.0), Band(0.2, 0.5, "safer")),
    sources=("TP1", "TP2", "TP3", "IN1"),
    why_limits="it is a share of the probability",
    other_names=("topP", "nucleus", "nucleus_p", "nucleus_sampling"),
)

TOP_K = Parameter(
    path="rollout.top_k",
    code="RFT108",
    title="Top-k",
    short="tokens to choose from, 0 is all",
    integral=True,
    default=40,
    unit="",
    low=0,
    high=100,
    zero_is_unlimited=True,
    summary="Sampling keeps this many of the most probable tokens; 0 switches the limit off.",
    effects=(
        Effect("lower", "more focused, less diverse answers", "down"),
        Effect("higher", "more exploration and variety, and slower sampling above 50", "up"),
    ),
    raise_when=(Move("groups do not differ although temperature and top-p are usual", "TK4"),),
    lower_when=(Move("answers must be safe and to the point", "GO3"),),
    keep_when="sampling is balanced; where only one of the two filters is used, prefer top-p",
    interactions=(
        "temperature: 0.8 with top-k 40 is a balanced pair (TK4)",
        "top_p: adapts to each distribution, which a fixed number cannot (TK3)",
    ),
    usual=(Band(2, 50),),
    sources=("TK1", "TK2", "TK3", "TK4", "IN1"),
    why_limits="0 means no limit, and beyond 100 a limit no longer limits",
    other_names=("topK", "k"),
)

ROLLOUTS = Parameter(
    path="rollout.n",
    code="RFT109",
    title="Number of rollouts",
    short="answers to each prompt, compared with each other",
    integral=True,
    default=4,
    unit="",
    low=2,
    high=8,
    summary="How many answers to each prompt are sampled and compared with each other.",
    effects=(
        Effect(
            "1",
            "impossible, because the policy learns from comparing answers to one prompt: training would fail",
        ),
        Effect("2–4", "the least that explores: faster and cheaper, less signal", span=(2, 4)),
        Effect("4–8", "a good balance of signal and cost", span=(4, 8)),
        Effect("above 8", "little is gained for the cost"),
    ),
    raise_when=(
        Move("higher quality is wanted and cost does not matter: 6–8", "NR2"),
        Move("the reward is too noisy to read", "NR2"),
    ),
    lower_when=(Move("the run must be cheaper: cost is linear in n", "NR3"),),
    keep_when="nothing speaks against it: 4 is right for most experiments",
    interactions=("batch_size: on a fixed batch more rollouts mean fewer prompts a step",),
    usual=(Band(4, 8), Band(2, 3, "lower-cost")),
    sources=("NR1", "NR2", "NR3", "NR4", "NR5"),
    why_limits="a single answer has nothing to be compared with and training fails, and beyond 8 little is gained",
    other_names=(
        "num_generations",
        "n_rollouts",
        "num_rollouts",
        "group_size",
        "rollouts",
        "inference_n",
        "responseCandidatesCount",
        "response_candidates_count",
        "n_samples_per_prompt",
        "samples_per_prompt",
        "rollouts_per_example",
        "num_return_sequences",
    ),
)

MAX_TOKENS = Parameter(
    path="rollout.max_tokens",
    code="RFT110",
    title="Max tokens",
    short="longest answer, in tokens",
    integral=True,
    default=2048,
    unit="tokens",
    low=16,
    high=16384,
    summary="The longest answer that may be sampled.",
    effects=(
        Effect("too short", "answers are cut off and the task cannot be finished", "down"),
        Effect(
            "longer",
            "raises reward on summaries, stories and reasoning; cost is linear in the tokens generated",
            "up",
        ),
    ),
    raise_when=(
        Move("answers are cut off in the middle", "MT2"),
        Move("the task needs longer chains of reasoning", "MT5"),
    ),
    lower_when=(Move("the longest answers stay far below the limit", "MT3"),),
    keep_when="few answers reach the limit",
    interactions=("max_context_length: the longest prompt plus max_tokens must fit",),
    usual=(),
    usual_note="long enough not to cut answers",
    sources=("MT1", "MT2", "MT3", "MT4", "MT5"),
    why_limits="below it no answer fits, above it the service does not go",
    other_names=(
        "max_completion_length",
        "max_new_tokens",
        "maxOutputTokens",
        "max_output_tokens",
        "response_length",
        "max_response_length",
        "max_completion_tokens",
        "generate_max_len",
    ),
)

PARAMETERS: tuple[Parameter, ...] = (
    LEARNING_RATE,
    EPOCHS,
    LORA_RANK,
    BATCH_SIZE,
    MAX_CONTEXT_LENGTH,
    TEMPERATURE,
    TOP_P,
    TOP_K,
    ROLLOUTS,
    MAX_TOKENS,
)
"""In the order in which a run config writes them."""

NOT_FROM_GUIDE = frozenset({MAX_CONTEXT_LENGTH.path})
"""Parameters that a baseline keeps: only the guide's nine are reset to their defaults."""

_BY_PATH = {entry.path: entry for entry in PARAMETERS}


def parameter(path: str) -> Parameter:
    """The parameter at a dotted path; KeyError when there is none."""
    return _BY_PATH[path]


def is_parameter(path: str) -> bool:
    """Whether a dotted path names one of the ten."""
    return path in _BY_PATH
