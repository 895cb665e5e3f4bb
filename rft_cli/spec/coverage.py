"""What the tuning guide says, statement by statement, and who acts on it. Data; `citations` reads the other tables.

Every statement that acts is cited by a parameter, a goal or a code, and by a test (`@pytest.mark.covers`). A statement
that nothing acts on yet is open, and says what will bring it. Ids are stable.
"""

from __future__ import annotations

from typing import NamedTuple

from rft_cli.spec.codes import CODES
from rft_cli.spec.goals import GOALS
from rft_cli.spec.parameter import Parameter
from rft_cli.spec.parameters import PARAMETERS

REPORTS = "reports over several runs"
FIRST = "0.1.0"


class Statement(NamedTuple):
    """One thing that the guide says and a program can act on."""

    id: str
    statement: str
    """In our own words."""
    where: tuple[str, ...]
    """Kinds of place that act on it: spec, rule, symptom, playbook, goal, schedule, estimate, guard, command, ledger, explain."""
    since: str = FIRST
    """Version in which it began to act; empty: open."""
    opens_with: str = ""
    """What will bring it, or the rest of it."""
    note: str = ""
    """For a statement that a program can only repeat: why it cannot be checked."""

    @property
    def is_open(self) -> bool:
        """Whether nothing acts on it yet."""
        return not self.since


def _open(id_: str, statement: str, where: tuple[str, ...], opens_with: str) -> Statement:
    return Statement(id_, statement, where, since="", opens_with=opens_with)


STATEMENTS: tuple[Statement, ...] = (
    Statement("LR1", "The learning rate is 1e-4 by default and may be 1e-5 to 5e-4.", ("spec",)),
    Statement(
        "LR2", "A reward that spikes and then collapses asks for a lower rate.", ("symptom", "playbook")
    ),
    Statement(
        "LR3",
        "A reward that levels off early, below what is possible, asks for a higher rate.",
        ("symptom", "playbook"),
    ),
    Statement(
        "LR4",
        "The rate stays within a factor of two of its default, 5e-5 to 2e-4, whatever is advised.",
        ("spec", "rule"),
    ),
    Statement("LR5", "Steady improvement asks for no change.", ("symptom", "playbook")),
    Statement("LR6", "A rate that is too low also shows as a painfully slow climb.", ("symptom", "playbook")),
    Statement("EP1", "There is 1 epoch by default; 1 to 10 whole ones are possible.", ("spec",)),
    Statement(
        "EP2",
        "A reward that still climbs steadily at the end asks for one or two more epochs.",
        ("symptom", "playbook"),
    ),
    Statement(
        "EP3",
        "More epochs risk memorising the training rows: fewer epochs, or a lower rank.",
        ("rule", "symptom", "playbook"),
    ),
    Statement("EP4", "Epochs are worth adding only until further ones stop helping.", ("symptom",)),
    Statement(
        "EP5",
        "The right number shows as a steady rise that levels off near the end.",
        ("symptom", "playbook"),
    ),
    Statement("EP6", "One epoch passes every example once.", ("schedule", "explain")),
    Statement(
        "EP7", "Too few epochs expose the model too little; one is right for most tasks.", ("spec", "explain")
    ),
    Statement("RK1", "The rank is 8 by default and a power of two from 4 to 128.", ("spec",)),
    Statement(
        "RK2",
        "Complex reasoning, or a model that struggles to learn, asks for a higher rank.",
        ("goal", "playbook"),
    ),
    Statement("RK3", "A higher rank needs more GPUs and memory and risks overfitting.", ("rule", "estimate")),
    Statement("RK4", "Without high-end GPUs the rank stays at 64 or less.", ("rule",)),
    Statement("RK5", "Models of 70B and more may need higher ranks; below 13B 8 to 16 is enough.", ("rule",)),
    Statement(
        "RK6",
        "A simple change of style needs a lower rank than complex reasoning.",
        ("explain",),
        note="how complex a task is cannot be read from a config",
    ),
    Statement(
        "RK7",
        "8–16 suits most tasks; 4–8 is faster, cheaper and may lack capacity; 32–128 needs far more GPUs and overfits.",
        ("spec", "estimate", "explain"),
    ),
    Statement(
        "BS1",
        "The batch is 32k tokens by default, counted in tokens: sequences per step = batch ÷ longest sequence.",
        ("spec", "schedule", "estimate"),
    ),
    Statement("BS2", "Running out of memory asks for a smaller batch.", ("symptom", "playbook")),
    Statement(
        "BS3",
        "More than 30 % of GPU memory free, and a wish for speed, allow a larger batch.",
        ("symptom", "playbook"),
    ),
    Statement(
        "BS4",
        "Smaller batches are noisier and slower; larger ones smoother and faster, with more memory.",
        ("explain", "playbook"),
    ),
    Statement(
        "BS5",
        "The default batch is right for most; the upper end is what the hardware holds.",
        ("spec",),
        opens_with="the checks of each backend before a launch",
    ),
    Statement("TE1", "The temperature is 0.7 by default, may be 0.1 to 2.0 and is never 0.", ("spec",)),
    Statement(
        "TE2",
        "Up to 0.1 sampling is nearly greedy: no exploration, repetition, mode collapse.",
        ("rule", "symptom", "playbook"),
    ),
    Statement("TE3", "0.5 to 1.0 balances exploration and coherence.", ("spec",)),
    Statement("TE4", "Above 1.2 answers may become incoherent.", ("rule",)),
    Statement("TE5", "Precision, facts and safety ask for 0.3 to 0.5.", ("goal", "spec")),
    Statement(
        "TE6",
        "Creative work, or a need for more diverse exploration, asks for 1.0 to 1.2.",
        ("goal", "spec", "playbook"),
    ),
    Statement(
        "TE7",
        "The temperature sets the randomness: higher is more diverse, lower more deterministic.",
        ("explain",),
        note="it says what the parameter is, so no value contradicts it",
    ),
    Statement("TP1", "Top-p is 1.0 by default and may be 0 to 1.", ("spec",)),
    Statement(
        "TP2",
        "0.2–0.5 suits a reward that penalises hallucinations or wrong facts, 0.9–1.0 keeps diversity.",
        ("goal", "rule", "spec"),
    ),
    Statement(
        "TP3",
        "Top-p works well with temperature and keeps the sampler from improbable, nonsensical tokens.",
        ("explain",),
        note="it recommends a pair that no value contradicts",
    ),
    Statement("TK1", "Top-k is 40 by default and may be 0 to 100; 0 switches it off.", ("spec",)),
    Statement("TK2", "Top-k stays at 50 or less, for latency.", ("rule",)),
    Statement(
        "TK3", "Top-p adapts better than top-k; where only one is used, prefer it.", ("rule", "explain")
    ),
    Statement(
        "TK4",
        "A lower k is more focused, a higher one explores more; 0.8 with top-k 40 is a balanced pair.",
        ("explain", "rule"),
    ),
    Statement(
        "NR1",
        "There are 4 rollouts by default, 2 to 8 are possible; one has nothing to compare with.",
        ("spec",),
    ),
    Statement(
        "NR2",
        "6 to 8 rollouts give higher quality where the cost allows it.",
        ("goal", "playbook"),
    ),
    Statement(
        "NR3",
        "Cost is linear in the number of rollouts, and above 8 little is gained.",
        ("explain", "estimate"),
    ),
    Statement(
        "NR4",
        "2–4 is minimal and cheaper with less signal, 4–8 a good balance, 4 right for most.",
        ("spec", "rule"),
    ),
    Statement("NR5", "A single rollout makes training fail.", ("spec",)),
    Statement("MT1", "Answers have at most 2048 tokens by default; the limit may be 16 to 16384.", ("spec",)),
    Statement("MT2", "Answers that are cut off ask for a higher limit.", ("symptom", "playbook")),
    Statement(
        "MT3", "Answers that are naturally short allow a lower limit, to save.", ("symptom", "playbook")
    ),
    Statement("MT4", "Cost is linear in the tokens generated.", ("explain", "estimate")),
    Statement(
        "MT5",
        "Longer answers raise the reward on summaries, stories and reasoning.",
        ("goal", "explain", "playbook"),
    ),
    Statement(
        "IN1",
        "Temperature, top-p and top-k act together; 0.8, 0.9 and 40 is a balanced set.",
        ("rule", "explain"),
    ),
    Statement(
        "IN2",
        "A larger batch may carry a slightly higher rate; the default rate fits the default batch.",
        ("rule",),
    ),
    Statement("IN3", "The rank goes with the size of the model.", ("rule",)),
    Statement(
        "ST1", "Start with the defaults: at least one baseline run before any change.", ("guard", "command")
    ),
    Statement("ST2", "Change a value only with a hypothesis that comes from metrics.", ("rule",)),
    Statement("ST3", "Change one thing at a time, compare the results, repeat.", ("guard", "command")),
    _open(
        "ST4",
        "Track everything: curves across runs, reward over time, hardware, all values.",
        ("ledger", "command"),
        REPORTS,
    ),
    Statement(
        "ST5", "A baseline tells whether tuning is needed at all, and which metric needs it.", ("command",)
    ),
    Statement(
        "GO1",
        "Faster convergence: one or two more epochs, then the rate, below twice its default.",
        ("goal",),
    ),
    Statement("GO2", "Better quality: temperature 1.0–1.2, rollouts 6–8, longer answers.", ("goal",)),
    Statement("GO3", "Safer, less toxic: temperature 0.3–0.5, top-p 0.5, a lower top-k.", ("goal",)),
    Statement("GO4", "More creative: temperature 1.0–1.2, top-p 0.9.", ("goal",)),
    Statement("GO5", "Lower cost: fewer rollouts, shorter answers, smaller batches.", ("goal",)),
    Statement("GO6", "Higher capacity: rank 16–32, with an eye on memory.", ("goal",)),
    Statement("GO7", "Prevent overfitting: one epoch, perhaps a lower rank.", ("goal",)),
)

_BY_ID = {entry.id: entry for entry in STATEMENTS}
STATEMENT_IDS = tuple(_BY_ID)


def statement(id_: str) -> Statement:
    """The statement of that id; KeyError when there is none."""
    return _BY_ID[id_]


class Citation(NamedTuple):
    """A row of another table that rests on a statement."""

    kind: str
    """parameter, goal, code or command."""
    name: str
    """The parameter's path, the goal's name, the code or the command's name."""


COMMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("plan", ("BS1", "EP6", "MT4", "NR3", "RK3", "RK7")),
    ("launch", ("ST1", "ST3")),
    ("diff", ("ST3",)),
    ("baseline", ("ST1",)),
    (
        "advise",
        (
            *("LR2", "LR3", "LR4", "LR5", "LR6", "EP2", "EP3", "EP4", "EP5", "RK2", "BS2", "BS3", "BS4"),
            *("TE2", "TE4", "TE6", "TP2", "TK4", "NR2", "MT2", "MT3", "MT5", "GO7", "ST5"),
        ),
    ),
    ("compare", ("ST3",)),
)
"""Commands that rest on statements, which they cannot say themselves: they stand above this table."""


def citations() -> dict[str, tuple[Citation, ...]]:
    """Statement id → who cites it, for every id that some table names, known or not."""
    rows = [
        *((id_, Citation("parameter", entry.path)) for entry in PARAMETERS for id_ in _ids(entry)),
        *((entry.source, Citation("goal", entry.name)) for entry in GOALS),
        *((id_, Citation("code", entry.code)) for entry in CODES for id_ in entry.sources),
        *((id_, Citation("command", name)) for name, ids in COMMANDS for id_ in ids),
    ]
    found: dict[str, dict[Citation, None]] = {}
    for id_, citation in rows:
        found.setdefault(id_, {})[citation] = None
    return {id_: tuple(cited) for id_, cited in found.items()}


def _ids(entry: Parameter) -> tuple[str, ...]:
    moves = (*entry.raise_when, *entry.lower_when)
    return (*entry.sources, *(move.source for move in moves if move.source))
