"""Codes 7xx: what the files that a config names, or its backend, say before a run starts. Data."""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

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
        "holds. `lint` cannot ask them; `launch` does before anything is recorded.",
        "Never: name a model that the backend has, or the backend that has the model.",
        parameters=("model", "backend"),
    ),
)
