"""Codes 7xx: what the files that a config names, or its backend, say before a run starts. Data."""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

_FIREWORKS = "backend: fireworks\nmodel: accounts/fireworks/models/llama-v3p1-8b-instruct\n"
"""How an example begins that only this backend judges."""

BACKEND_CODES: tuple[Code, ...] = (
    Code(
        code="RFT701",
        name="unusable-dataset",
        severity=Severity.ERROR,
        summary="The data set is missing, or rows of it cannot be used.",
        why=(
            "A row is one line of JSON with `messages` that end with the user's turn. A row that is not would "
            "train on nothing, or stop the run in the middle. `lint` only looks whether the file is there; "
            "`launch` reads every row and names the line."
        ),
        fine_when=(
            "A config is checked where its data is not, as in continuous integration: a missing file is a "
            "warning there."
        ),
        parameters=("dataset", "evaluation.dataset"),
    ),
    Code(
        code="RFT702",
        name="unusable-evaluator",
        severity=Severity.ERROR,
        summary="The evaluator is missing, or cannot be used as one.",
        why=(
            "The evaluator gives every answer its reward. `lint` looks for the function in the file without "
            "running it; `launch` loads it and scores a few answers of the base model before the first step."
        ),
        fine_when=(
            "A config is checked where its evaluator is not, as in continuous integration: a missing file is a "
            "warning there."
        ),
        parameters=("evaluator",),
    ),
    Code(
        "RFT703",
        "model-of-another-backend",
        Severity.ERROR,
        "The backend does not know the model.",
        "Each backend trains models of its own: the local one a single small model, the others what their service or library "
        "holds. `lint` knows the local one's model and what names the service gives; `launch` asks the service before anything "
        "is recorded.",
        "Never: name a model that the backend has, or the backend that has the model.",
        bad="backend: fireworks\nmodel: Qwen/Qwen2.5-7B-Instruct\n",
        good="backend: fireworks\nmodel: accounts/fireworks/models/llama-v3p1-8b-instruct\n",
        parameters=("model", "backend"),
    ),
    Code(
        "RFT704",
        "kl-weight-without-kl",
        Severity.ERROR,
        "A weight of the KL term is given for a loss method that has none.",
        "DAPO and GSPO hold the policy by their clipping alone. The service refuses a job that asks for a KL weight "
        "with them, so nothing would be trained.",
        "Never: leave the weight out, or use grpo.",
        bad=_FIREWORKS + "fireworks:\n  loss_method: dapo\n  kl_beta: 0.01\n",
        good=_FIREWORKS + "fireworks:\n  loss_method: grpo\n  kl_beta: 0.01\n",
        parameters=("fireworks.kl_beta", "fireworks.loss_method"),
    ),
    Code(
        "RFT705",
        "rank-beyond-service",
        Severity.WARNING,
        "The LoRA rank is larger than the managed service lists.",
        "The guide allows ranks up to 128; the service's present page lists 4, 8, 16 and 32. A larger one may be refused, "
        "or be trained on machines that are hard to get.",
        "The service has accepted this rank before.",
        bad=_FIREWORKS + "training:\n  lora_rank: 64\n",
        good=_FIREWORKS + "training:\n  lora_rank: 32\n",
        parameters=("training.lora_rank",),
    ),
    Code(
        "RFT706",
        "thinking-cut-short",
        Severity.ADVICE,
        "A model that thinks first has little room for it.",
        "Such a model spends thousands of tokens before its answer. When the limit comes first there is no answer, the score is "
        "zero, and training learns to avoid the length instead of the task.",
        "The chat template of the model does not think, or the answers of a first run were not cut.",
        bad="backend: fireworks\nmodel: accounts/fireworks/models/qwen3-8b\n",
        good=(
            "backend: fireworks\nmodel: accounts/fireworks/models/qwen3-8b\n"
            "fireworks:\n  extra_body: {reasoning_effort: none}\n"
        ),
        parameters=("rollout.max_tokens", "fireworks.extra_body"),
    ),
    Code(
        "RFT707",
        "parameter-in-extra-body",
        Severity.ERROR,
        "A sampling parameter stands in the free part of the request.",
        "It would contradict the parameter of the same meaning, and no comparison or guard would see it.",
        "Never: every sampling parameter has a key of its own.",
        bad=_FIREWORKS + "fireworks:\n  extra_body: {temperature: 0.9}\n",
        good=_FIREWORKS + "rollout:\n  temperature: 0.9\n",
        parameters=("fireworks.extra_body",),
    ),
    Code(
        "RFT708",
        "suspended-account",
        Severity.ERROR,
        "The account at the managed service is suspended.",
        "Jobs of a suspended account are refused, or stand still until its billing is settled.",
        "Never: settle it, then launch.",
        parameters=("backend",),
    ),
    Code(
        "RFT709",
        "used-up-quota",
        Severity.WARNING,
        "A quota of GPUs at the managed service is used up.",
        "The job would be refused, or wait until another one ends.",
        "The other runs end soon, or the quota is not the one that this job needs.",
        parameters=("backend",),
    ),
    Code(
        "RFT710",
        "file-outside-the-project",
        Severity.WARNING,
        "The data or the evaluator lies outside the project, or is a link that leads out of it.",
        "A colleague's clone and continuous integration do not have the file, so the run cannot be repeated from the "
        "repository. The record keeps a digest of what was read and a path that only fits this machine's folders.",
        "The data is too large or too private for the repository, and everybody has it at the same place.",
        parameters=("dataset", "evaluator", "evaluation.dataset"),
    ),
    Code(
        "RFT711",
        "too-few-steps",
        Severity.WARNING,
        "A chunk on the managed service is larger than the data set, or the whole run has fewer than three of them.",
        "The service takes one training step, and measures the reward once, for every chunk of prompts. With one or two of them "
        "the model hardly moves, and there is no curve to read: neither a rise nor a collapse can be told. When nothing is said "
        "a chunk is 200 prompts where there are at least twice as many rows, and otherwise every row, as with -1. `plan`, "
        "`launch` and `rehearse` know the rows; `lint` does not.",
        "One step is all that is wanted: a trial whether the job comes through.",
        bad=f"{_FIREWORKS}dataset: data/256-rows.jsonl\n",
        good=f"{_FIREWORKS}dataset: data/256-rows.jsonl\nfireworks:\n  chunk_size: 32\n",
        parameters=("fireworks.chunk_size", "training.epochs"),
    ),
    Code(
        "RFT712",
        "groups-without-signal",
        Severity.ADVICE,
        "Many groups of answers would score all alike, going by how often the reference was right at its start.",
        "Training learns from the differences within the answers to one prompt. Where a score is right or wrong and an answer is "
        "right with probability p, all n answers score alike with probability p^n + (1 − p)^n: at p = 0.18 that is 70 % of the "
        "groups with n = 2, 45 % with 4 and 20 % with 8. Such a group is paid for and teaches nothing. Prompts differ, which "
        "makes it more. The share p is counted in the stored answers of the reference's first steps, so `plan` and `launch` "
        "tell this once there is a run to compare with; a rehearsal answers with another model and cannot.",
        "The run tries another change; keep this one for the next. Or the answers that differ are enough for a steady rise.",
        sources=("NR4",),
        parameters=("rollout.n",),
    ),
    Code(
        "RFT713",
        "variable-not-set",
        Severity.WARNING,
        "A variable that the evaluator reads is set neither here nor in `.env`.",
        "The variables under `evaluator.env` reach the evaluator from the environment, or from `.env` at the project root, when "
        "a run is launched. `launch`, `resume` and `rehearse` stop with exit code 3 where one of them is missing, before "
        "anything is recorded or run.",
        "The plan is made on a machine that launches nothing, as in continuous integration.",
        parameters=("evaluator",),
    ),
)
