"""From a config to a job and back, and the other way round: nothing is lost, and unset stays unset in each of its spellings."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.service_configs import TASK, leaves, plain, sent, service_configs

from rft_cli.backends.fireworks.shape.config_of import as_written, config_of, without_own_model
from rft_cli.backends.fireworks.shape.wire import is_unset
from rft_cli.config import load
from rft_cli.config.source import read_bytes
from rft_cli.spec.document import defaults
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.run_yaml import config_text


@given(service_configs())
def test_a_config_comes_back_from_its_job(values: dict[str, Any]) -> None:
    made = config_of(
        sent(values), TASK["model"]
    )  # which the service says of an adapter that training starts from
    assert made.notes == ()
    assert made.values == values


@given(service_configs(), st.sampled_from([0, "", None, False, [], {}]))
def test_each_spelling_of_unset_says_nothing(values: dict[str, Any], unset: Any) -> None:
    job = sent(values)
    odd = {
        "evalAutoCarveout",
        "mcpServer",
        "awsS3Config",
        "chunkSize",
        "nodeCount",
        "evaluationDataset",
    } - set(job)
    filled = {**dict.fromkeys(odd, unset), **job, "state": "JOB_STATE_RUNNING", "jobProgress": {"percent": 3}}
    assert config_of(filled) == config_of(job)


@given(service_configs())
def test_a_job_comes_back_from_its_config(values: dict[str, Any]) -> None:
    job = {**sent(values), "lossConfig": {"method": "METHOD_UNSPECIFIED", "klBeta": 0.0}}
    again = sent(config_of(job, TASK["model"]).values)
    job["lossConfig"] = {"method": "GRPO"}  # what the service does where nothing is said
    without_name = {name: value for name, value in job.items() if name != "displayName"}
    assert plain({**again, "displayName": ""}) == plain(without_name)


@settings(max_examples=50)
@given(service_configs())
def test_the_text_of_a_config_says_the_same(values: dict[str, Any]) -> None:
    text = config_text("run", values, introduction=("Made from a job.",))
    loaded = load(
        "run.yaml",
        root=Path.cwd(),
        read=lambda name: text.encode() if name == "run.yaml" else read_bytes(name),
    )
    assert loaded.config is not None, (loaded.findings, text)
    given_too = {"version": 1, "name": "run"} | _with_defaults(values)
    assert plain(loaded.config.values) == plain(given_too)


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    filled = json.loads(json.dumps(values))
    for path, default in defaults().items():
        section, _, key = path.partition(".")
        if key:
            filled.setdefault(section, {}).setdefault(key, default)
    return dict(filled)


@given(st.floats(1e-5, 100, allow_nan=False).map(lambda number: float(f"{number:.4g}")))
def test_a_fraction_in_32_bits_is_read_as_it_was_written(number: float) -> None:
    assert as_written(struct.unpack("f", struct.pack("f", number))[0]) == number
    assert as_written(number) == number


def test_what_a_run_config_has_no_key_for_is_said() -> None:
    job = {
        **sent({**TASK, **_parameters()}),
        "evalAutoCarveout": True,
        "mcpServer": "accounts/a/mcpServers/m",
    }
    assert config_of(job).notes == (
        "the job sets evalAutoCarveout true, which a run config has no key for",
        "the job sets mcpServer, which a run config has no key for",
    )


@pytest.mark.parametrize("method", ["DPO", "ORPO", "A_METHOD_OF_TOMORROW"])
def test_a_loss_method_that_is_not_known_is_said(method: str) -> None:
    made = config_of({**sent({**TASK, **_parameters()}), "lossConfig": {"method": method}})
    assert made.notes == (f"the job's loss method {method} is none of reinforcement fine-tuning",)
    assert "fireworks" not in made.values


@given(
    service_configs(),
    st.recursive(
        st.integers() | st.text() | st.booleans(),
        lambda inner: st.dictionaries(st.text("ab", min_size=1), inner, max_size=2),
        max_leaves=4,
    ),
)
def test_fields_of_a_newer_service_change_nothing_and_are_said(values: dict[str, Any], new: Any) -> None:
    job = sent(values)
    newer = {**job, "ofTomorrow": new, "trainingConfig": {**job["trainingConfig"], "alsoNew": new}}
    made = config_of(newer, TASK["model"])
    assert made.values == values
    said = [note.split(" ")[3].rstrip(",") for note in made.notes]
    expected = [path for path, value in leaves(newer) if not is_unset(value) and re.search("ofT|alsoN", path)]
    assert sorted(said) == sorted(expected)


def test_what_the_job_does_not_set_is_no_limit_or_said() -> None:
    made = config_of({"dataset": TASK["dataset"], "trainingConfig": {"baseModel": TASK["model"]}})
    assert made.values["rollout"] == {"top_p": 1.0, "top_k": 0}
    assert (
        len([note for note in made.notes if note.startswith("the job does not set")]) == len(PARAMETERS) - 2
    )


def test_what_rft_does_not_launch_is_said() -> None:
    job = sent({**TASK, **_parameters()})
    job["inferenceParameters"]["responseCandidatesCount"] = 16
    made = config_of(job)
    assert made.values["rollout"]["n"] == 16
    assert made.notes == ("rollout.n 16 is outside what rft launches: rft explain rollout.n",)


def test_no_key_is_taken_over() -> None:
    job = {
        **sent({**TASK, **_parameters()}),
        "wandbConfig": {"enabled": True, "apiKey": "secret", "project": "p"},
    }
    made = config_of(job)
    assert made.values["tracking"] == {"wandb": {"project": "p"}}
    assert "secret" not in str(made)


@pytest.mark.parametrize(("model", "kept"), [("my-job", False), ("other", True)])
def test_a_model_that_is_named_after_its_job_has_no_name_of_its_own(model: str, kept: bool) -> None:
    job = {
        "name": "accounts/acme/reinforcementFineTuningJobs/my-job",
        "trainingConfig": {"outputModel": f"accounts/acme/models/{model}"},
    }
    assert bool(without_own_model(job)["trainingConfig"]["outputModel"]) is kept


def _parameters() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for entry in PARAMETERS:
        section, _, key = entry.path.partition(".")
        values.setdefault(section, {})[key] = entry.default
    return values
