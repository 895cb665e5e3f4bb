"""The built-in tasks: fresh files, honest evaluators, and a base that is wrong out of habit."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from rft_cli.trainer.rehearsal import checkpoint, corpus, sampler, tasks, tokenizer
from rft_cli.trainer.rehearsal.evaluate import texts

RUN_SAMPLING = sampler.Filter(0.7, 40, 1.0)


def evaluator(task: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"evaluator_{task}", tasks.DIRECTORY / task / "evaluator.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(task: str, name: str) -> list[dict]:
    return [
        json.loads(line) for line in (tasks.DIRECTORY / task / name).read_text(encoding="utf-8").splitlines()
    ]


def scores(task: str, **how) -> list[float]:
    held_out = rows(task, "held-out.jsonl")
    prompts = [tokenizer.prompt(row["messages"]) for row in held_out]
    answers = texts(sampler.sample(checkpoint.read_weights(), prompts, [150] * len(prompts), **how))
    evaluate = evaluator(task).evaluate
    return [evaluate(answer, row)["score"] for answer, row in zip(answers, held_out, strict=True)]


def test_the_data_files_are_those_of_the_generator():
    assert tasks.main(["--check"]) == 0


def test_the_check_names_stale_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(tasks, "DIRECTORY", tmp_path)
    assert tasks.main(["--check"]) == 1
    assert capsys.readouterr().out.count("stale: ") == 6
    assert tasks.main([]) == 0
    assert tasks.main(["--check"]) == 0


@pytest.mark.parametrize("task", tasks.TASKS)
def test_a_task_has_256_rows_and_128_others_held_out(task: str):
    train, held_out = rows(task, "train.jsonl"), rows(task, "held-out.jsonl")
    assert (len(train), len(held_out)) == (256, 128)
    prompts = {row["messages"][0]["content"] for row in train + held_out}
    assert len(prompts) == 256 + 128


@pytest.mark.parametrize("task", tasks.TASKS)
def test_greedy_answers_of_the_base_earn_nothing(task: str):
    assert np.mean(scores(task)) <= 0.01


@pytest.mark.parametrize("task", tasks.TASKS)
def test_some_sampled_answers_of_the_base_are_right(task: str):
    found = scores(task, sampling=RUN_SAMPLING, rng=np.random.default_rng(0))
    assert 0.03 <= np.mean(np.array(found) == 1) <= 0.3


@pytest.mark.parametrize("filters", [(0.7, 40, 0.2), (0.7, 40, 0.5), (0.7, 1, 1.0), (0.1, 40, 1.0)])
def test_sampling_that_hardly_explores_finds_next_to_nothing(filters: tuple[float, int, float]):
    found = scores("arithmetic", sampling=sampler.Filter(*filters), rng=np.random.default_rng(0))
    assert np.mean(found) <= 0.02


@pytest.mark.parametrize(
    ("task", "completion", "answer", "score"),
    [
        ("arithmetic", "8+7=15, carry 1; 4+3+1=8; answer: 85", "85", 1.0),
        ("arithmetic", "answer: 85\n", "85", 1.0),
        ("arithmetic", "answer: 84", "85", 0.2),
        ("arithmetic", "it is 85.", "85", 0.0),
        ("arithmetic", "answer: 85 or so", "85", 0.0),
        ("sorting", "a, b, c, d; answer: abcd", "abcd", 1.0),
        ("sorting", "answer: abdc", "abcd", 0.2),
        ("sorting", "it is abcd.", "abcd", 0.0),
        (
            "format",
            '{"age": 40, "name": "ada", "city": "rome"}',
            '{"name": "ada", "age": 40, "city": "rome"}',
            1.0,
        ),
        ("format", '{"name": "ben", "age": 40}', '{"name": "ada", "age": 40, "city": "rome"}', 0.2),
        ("format", "{name: ada}", '{"name": "ada"}', 0.1),
        ("format", '["ada"]', '{"name": "ada"}', 0.0),
        ("format", "ada is 40.", '{"name": "ada"}', 0.0),
    ],
)
def test_the_evaluators_score_what_they_say(task: str, completion: str, answer: str, score: float):
    assert evaluator(task).evaluate(completion, {"answer": answer})["score"] == score


def test_the_corpus_has_the_shares_that_it_states():
    rng = random.Random(0)
    answers = [corpus.example(rng, 0.0) for _ in range(4000)]
    sums = [answer for prompt, answer in answers if any(c.isdigit() for c in prompt) and "json" not in prompt]
    assert np.mean([answer.startswith("it is") for answer in sums]) == pytest.approx(0.62, abs=0.04)


def test_a_prompt_is_every_turn_behind_its_role():
    found = tokenizer.prompt(
        [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "é\t\r\n"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "c"},
        ]
    )
    user, assistant, end = tokenizer.USER, tokenizer.ASSISTANT, tokenizer.END
    assert found == [
        user, *tokenizer.encode("s"), user, *tokenizer.encode("? \n"), assistant, *tokenizer.encode("b"), end,
        user, *tokenizer.encode("c"), assistant,
    ]  # fmt: skip


def test_text_of_the_vocabulary_comes_back():
    assert tokenizer.decode([*tokenizer.encode(tokenizer.CHARACTERS), tokenizer.END]) == tokenizer.CHARACTERS
    assert tokenizer.VOCABULARY == 100
