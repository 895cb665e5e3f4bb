"""Keys and values against the spec: one finding a mistake, at its token, with an edit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rft_cli.config import Document, validate
from rft_cli.config.source import parse
from rft_cli.diagnostics import Finding
from rft_cli.spec.document import field_at
from rft_cli.spec.parameters import PARAMETERS

EXAMPLE = """\
version: 1
name: arithmetic
backend: local
model: rehearsal
dataset: data/train.jsonl
evaluator:
  entry: evaluators/judge.py:evaluate
  env: [OPENAI_API_KEY]
  timeout_s: 30
  concurrency: 8
  on_error: fail
training:
  learning_rate: 2e-4
  epochs: 1
  lora_rank: 8
  batch_size: 32768
  max_context_length: 8192
rollout: {temperature: 0.7, top_p: 1.0, top_k: 40, n: 4, max_tokens: 2048}
evaluation:
  dataset: data/held-out.jsonl
  max_tokens: 2048
  every: 0
  reward_range: [0, 1]
experiment:
  reference: arithmetic
  hypothesis: a larger step
  goal: faster-convergence
  seed: 0
tracking: {wandb: {project: p, entity: e}}
extends: base.yaml
"""


def document(text: str) -> Document:
    return parse(text.encode(), "run.yaml")


def findings(text: str, *, fragment: bool = True) -> tuple[Finding, ...]:
    read = document(text)
    return (*read.findings, *validate(read, fragment=fragment))


def test_the_example_is_sound() -> None:
    assert findings(EXAMPLE) == ()
    assert validate(document(EXAMPLE), thorough=True) == ()


def leaves(section: dict[str, object], prefix: str = "") -> list[str]:
    paths = []
    for key, value in section.items():
        path = f"{prefix}{key}"
        paths += leaves(value, f"{path}.") if isinstance(value, dict) else [path]
    return paths


def mutations() -> list[tuple[str, str]]:
    """Every value of the example with every bad token that its kind has."""
    bad = {
        "parameter": [".nan", "wrong", "true", "[1]", "{}", "-1", "010", '"8"', "1_0", "1e999", "null"],
        "whole": [".inf", "wrong", "false", "[]", "{}", "-1", "0.5", '"8"'],
        "real": [".nan", "wrong", "true", "[1]", "{}", "-1"],
        "text": ["7", "true", "{a: 1}", "0.5", '""', "010", "!x a"],
        "texts": ["A", "7", "{}", "[]"],
        "numbers": ["A", "7", "{}", "[]", "[0]", "[0, 1, 2]"],
    }
    paths = leaves(document(EXAMPLE).data)
    return [(path, token) for path in paths for token in bad[field_at(path).kind]]  # type: ignore[union-attr]


@pytest.mark.parametrize(("path", "token"), mutations())
def test_a_bad_value_gives_one_finding_at_exactly_its_token(path: str, token: str) -> None:
    place = document(EXAMPLE).location(path)
    lines = EXAMPLE.splitlines()
    line = lines[place.line - 1]
    lines[place.line - 1] = line[: place.column - 1] + token + line[place.end_column - 1 :]
    (finding,) = findings("\n".join(lines))
    assert finding.location == ("run.yaml", place.line, place.column, place.column + len(token))
    assert finding.help
    if field_at(path).kind == "parameter" and finding.code not in {"RFT010", "RFT011"}:  # type: ignore[union-attr]
        assert finding.code == next(entry.code for entry in PARAMETERS if entry.path == path)
        assert finding.parameter == path


UNKNOWN = [
    ("", "trainning", "did you mean training?"),
    ("", "Model", "did you mean model?"),
    ("", "temperature", "write temperature under rollout"),
    ("", "rollout.temperature", "write temperature under rollout"),
    ("", "wandb", "write wandb under tracking"),
    ("", "goal", "write goal under experiment"),
    ("", "max_tokens", "write max_tokens under rollout"),
    ("", "hyperparameters", "rft calls it training"),
    ("", "trainingConfig", "rft calls it training"),
    ("", "inference_parameters", "rft calls it rollout"),
    ("", "lora_config", "rft calls it training"),
    ("", "reward_function", "rft calls it evaluator"),
    ("", "reward_funcs", "rft calls it evaluator"),
    ("", "grader", "rft calls it evaluator"),
    ("", "base_model", "rft calls it model"),
    ("", "baseModel", "rft calls it model"),
    ("", "train_file", "rft calls it dataset"),
    ("", "validation_file", "rft calls it evaluation.dataset"),
    ("", "num_generations", "rft calls it rollout.n"),
    ("", "lr", "rft calls it training.learning_rate"),
    ("training", "lr", "rft calls it learning_rate"),
    ("training", "n_epochs", "rft calls it epochs"),
    ("training", "loraRank", "did you mean lora_rank?"),
    ("training", "lora_rnak", "did you mean lora_rank?"),
    ("training", "learning-rate", "did you mean learning_rate?"),
    ("training", "temperature", "write temperature under rollout"),
    ("training", "model", "write model at the top level"),
    ("training", "num_generations", "rft calls it rollout.n"),
    ("rollout", "num_generations", "rft calls it n"),
    ("rollout", "max_completion_length", "rft calls it max_tokens"),
    ("rollout", "max_token", "did you mean max_tokens?"),
    ("evaluation", "eval_steps", "rft calls it every"),
    ("rollout", "zebra", "known are temperature, top_p, top_k, n, max_tokens"),
    ("ray", "zebra", "delete it: this section holds nothing yet"),
]


@pytest.mark.parametrize(("section", "key", "mend"), UNKNOWN)
def test_an_unknown_key_gets_the_key_that_was_meant(section: str, key: str, mend: str) -> None:
    text = f"{section}:\n  {key}: 1\n" if section else f"{key}: 1\n"
    (finding,) = findings(text)
    assert (finding.code, finding.help) == ("RFT020", mend)
    assert finding.message == f"unknown key {key}{f' in {section}' if section else ''}"


def test_an_unknown_key_like_no_other_names_what_is_known() -> None:
    (finding,) = findings("zebra: 1")
    assert finding.help.startswith("a key of your own begins with x-; known are version, name, backend")


EDITS = [
    ("training: {learning_rate: 1}", "write 5e-4: below it nothing is learned in a run's time, above it training is unstable"),
    ("training: {lora_rank: 12}", "write 8 or 16: adapters are trained with a rank that is a power of two, from 4 to 128"),
    ("training: {lora_rank: 1}", "write 4: adapters are trained with a rank that is a power of two, from 4 to 128"),
    ("training: {lora_rank: 256}", "write 128: adapters are trained with a rank that is a power of two, from 4 to 128"),
    ("training: {max_context_length: 100}", "write 96 or 112: the managed service pads sequences to blocks of 16 tokens"),
    ("training: {max_context_length: 3}", "write 16: the managed service pads sequences to blocks of 16 tokens"),
    ("training: {epochs: 1.5}", "write 1 or 2: an epoch is a whole pass over the data set"),
    ("training: {epochs: 0.5}", "write 1: an epoch is a whole pass over the data set"),
    ("training: {batch_size: 32k}", "write 32768"),
    ("training: {batch_size: 32_768}", "write 32768"),
    ('training: {learning_rate: "1e-4"}', "write 1e-4"),
    ("training: {epochs: 1:30}", "write a whole number from 1 to 10, such as the default 1"),
    ("training: {epochs: many}", "write a whole number from 1 to 10, such as the default 1"),
    ("training: {epochs: }", "write a value, or delete the line for the default 1"),
    ("model: 7", 'write "7" if it is meant as a text'),
    ("model:", "write a value"),
    ("training: epochs 1", "write epochs: 1"),
    ("training: [1]", "write its keys below it, indented: learning_rate, epochs, lora_rank, batch_size, max_context_length"),
    ("ray: []", "write ray: {}, or delete it"),
    ("backend: firework", "did you mean fireworks? Legal are local, fireworks, trl"),
    ("backend: cloud", "legal are local, fireworks, trl"),
    ("backend: x-", "write one such as x-my-trainer"),
    ("name: 1st Run_", "write st-run"),
    ("name: '1'", "write a name such as my-run"),
    ("evaluator: {entry: e, env: KEY}", "write [KEY]"),
    ("evaluator: {entry: e, env: [a b]}", "write one such as OPENAI_API_KEY"),
    ("evaluator: {entry: e, concurrency: 0}", "write 1"),
    ("evaluator: {entry: e, concurrency: 2000}", "write 1024"),
    ("evaluator: {timeout_s: 30}", "add `entry: evaluators/judge.py:evaluate`"),
    ("evaluation: {every: 1.5}", "write 1"),
    ("version: 2", "a newer rft is needed: pip install --upgrade rft-cli"),
    ("version: 0", "write 1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mend"), EDITS, ids=[text for text, _ in EDITS])
def test_each_mistake_gets_one_concrete_edit(text: str, mend: str) -> None:
    (finding,) = findings(text)
    assert finding.help == mend


def test_a_long_text_is_shortened() -> None:
    (finding,) = findings(f"training: {'a' * 500}")
    assert len(finding.message) < 100


def test_a_newer_version_is_all_that_is_said() -> None:
    assert [finding.code for finding in findings("version: 2\nunknown: 1\ntraining: {epochs: 99}")] == [
        "RFT025"
    ]


def test_what_has_a_finding_of_its_own_is_not_found_twice() -> None:
    text = "evaluator: {entry: e, timeout_s: .nan}\ntraining: {epochs: 010, epochs: 2}\nbackend: !x local\n"
    assert [finding.code for finding in findings(text)] == ["RFT010", "RFT011", "RFT007", "RFT009"]


def test_a_run_config_requires_what_a_fragment_may_leave_out() -> None:
    missing = [finding.parameter for finding in findings("version: 1", fragment=False)]
    assert missing == ["dataset", "evaluator", "model"]
    assert findings("extends: base.yaml", fragment=False) == ()


def test_users_keys_are_not_looked_into() -> None:
    assert findings("x-anything: {temperature: -1, lora_rnak: [null]}") == ()


def test_a_sound_file_is_read_without_the_schema_library() -> None:
    program = (
        "import sys\n"
        "from rft_cli.config import validate\n"
        "from rft_cli.config.source import parse\n"
        "assert validate(parse(b'version: 1', 'a'), fragment=True) == ()\n"
        "loaded = {'jsonschema', 'dataclasses', 'typer', 'rich', 'httpx', 'numpy'} & set(sys.modules)\n"
        "print(*sorted(loaded))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("\n", "")
