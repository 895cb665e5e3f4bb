"""Every format is found by itself and gives the same run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rft_cli.curves import json_files
from rft_cli.curves.read import read
from rft_cli.errors import SetupError, UsageError

ROWS = [
    {"step": step, "reward": round(0.1 + 0.02 * step, 3), "kl": 0.001 * step, "clip_ratio/high_mean": 0.9}
    for step in range(1, 21)
]
EXPECTED = [row["reward"] for row in ROWS]


def trainer_state(rows) -> str:
    summary = {"step": 20, "train_runtime": 12.0, "train_loss": 0.1}
    return json.dumps({"epoch": 1.0, "log_history": [*rows, summary], "max_steps": 40}, indent=2)


def python_dicts(rows) -> str:
    lines = [
        f"{row['step']}/20 [00:01<00:02] " + str({key: str(value) for key, value in row.items()})
        for row in rows
    ]
    return "Loading model\nWARNING: {not a row}\n" + "\r".join(lines) + "\nSaved.\n"


def bare_nan_dicts(rows) -> str:
    return "".join(str({**row, "loss": float("nan")}) + "\n" for row in rows)


def verl(rows) -> str:
    return "".join(
        f"\x1b[36m(TaskRunner pid=41)\x1b[0m step:{row['step']} - critic/score/mean:np.float64({row['reward']})"
        f" - actor/ppo_kl:0.5 - actor/kl_loss:{row['kl']} - actor/pg_clipfrac:0.3\n"
        for row in rows
    )


def spelt_out(rows) -> str:
    return "starting\n" + "".join(
        f"[12:00:01] Step {row['step']} | Reward: {row['reward']} | kl={row['kl']}\n" for row in rows
    )


def table(delimiter: str, header: Callable[[str], str] = str) -> Callable[[list[dict[str, float]]], str]:
    def written(rows) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow([header(name) for name in rows[0]])
        writer.writerows([row.values() for row in rows])
        return out.getvalue()

    return written


def chart_export(rows) -> str:
    names = [
        "Step",
        "quiet-river-7 - train/reward",
        "quiet-river-7 - train/reward__MIN",
        "quiet-river-7 - train/reward__MAX",
    ]
    lines = [f'{row["step"]},"{row["reward"]}",0,1' for row in rows]
    return ",".join(f'"{name}"' for name in names) + "\n" + "\n".join(lines) + "\n"


FORMATS = {
    "trainer_state.json": trainer_state,
    "dicts.log": python_dicts,
    "nan.log": bare_nan_dicts,
    "verl.log": verl,
    "spelt.log": spelt_out,
    "rows.jsonl": lambda rows: "\n".join(json.dumps(row) for row in rows),
    "nested.jsonl": lambda rows: "\n".join(
        json.dumps({"step": row["step"], "metrics": {"reward": row["reward"]}}) for row in rows
    ),
    "list.json": json.dumps,
    "indented.json": lambda rows: json.dumps(rows, indent=1),
    "history.json": lambda rows: json.dumps({"run": "x", "history": rows}),
    "lists.json": lambda rows: json.dumps({name: [row[name] for row in rows] for name in rows[0]}),
    "rows.csv": table(","),
    "rows.tsv": table("\t"),
    "semicolons.csv": table(";"),
    "spaces.csv": table(
        ",", lambda name: {"step": "Step", "clip_ratio/high_mean": "clip_ratio / high_mean"}.get(name, name)
    ),
    "wandb_export.csv": chart_export,
    "wandb_history.jsonl": lambda rows: "\n".join(
        json.dumps(
            {"_step": 3 * row["step"], "train/global_step": row["step"], "train/reward": row["reward"]}
        )
        for row in rows
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_rewards(name, tmp_path) -> None:
    (tmp_path / name).write_text(FORMATS[name](ROWS), encoding="utf-8")
    series = read(tmp_path / name)
    assert series.get("reward_mean").tolist() == EXPECTED
    assert series.at("reward_mean").tolist() == [row["step"] for row in ROWS]
    assert "truncated_fraction" not in series.values


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_found_from_the_content_not_the_name(name, tmp_path) -> None:
    (tmp_path / "metrics").write_text(FORMATS[name](ROWS), encoding="utf-8")
    assert read(tmp_path / "metrics").get("reward_mean").tolist() == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_other_encodings_of_text_are_read(encoding, tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(FORMATS["rows.csv"](ROWS), encoding=encoding)
    assert read(path).get("reward_mean").tolist() == EXPECTED


def test_what_was_read_and_what_was_missing_is_said(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(FORMATS["rows.jsonl"](ROWS), encoding="utf-8")
    assert read(path).notes == (
        "20 rows read as JSON Lines",
        "not logged: truncated_fraction, zero_variance_group_fraction, learning_rate, completion_length_mean",
    )


def test_the_steps_that_a_run_was_meant_to_take_are_read(tmp_path) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(trainer_state(ROWS), encoding="utf-8")
    assert read(path).total_steps == 40


def test_a_folder_of_checkpoints_gives_its_newest_state(tmp_path) -> None:
    import os

    for place, step in enumerate((10, 20)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        state = folder / "trainer_state.json"
        state.write_text(trainer_state(ROWS[:step]), encoding="utf-8")
        os.utime(state, (1000 + place, 1000 + place))
    assert read(tmp_path).n_points == 20


@pytest.mark.parametrize("cut", [0.4, 0.9])
@pytest.mark.parametrize("name", ["trainer_state.json", "list.json", "rows.jsonl", "rows.csv", "verl.log"])
def test_a_file_that_was_cut_off_gives_its_complete_rows(name, cut, tmp_path) -> None:
    text = FORMATS[name](ROWS)
    path = tmp_path / name
    path.write_text(text[: int(len(text) * cut)], encoding="utf-8")
    found = read(path).get("reward_mean").tolist()
    assert 0 < len(found) < len(EXPECTED)
    assert found[:-1] == EXPECTED[: len(found) - 1]


@pytest.mark.parametrize("name", ["trainer_state.json", "nan.log"])
def test_a_long_file_is_read_as_a_stream(name, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(json_files, "LARGEST_DOCUMENT", 100)
    path = tmp_path / name
    path.write_text(FORMATS[name](ROWS), encoding="utf-8")
    assert read(path).get("reward_mean").tolist() == EXPECTED


def test_lines_that_are_no_objects_are_left_out_and_counted(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps(row) for row in ROWS]
    path.write_text("\n".join([*lines[:5], "{broken", *lines[5:]]), encoding="utf-8")
    series = read(path)
    assert series.get("reward_mean").tolist() == EXPECTED
    assert "1 of 21 lines are no JSON objects and are left out (line 6)" in series.notes


def test_a_log_without_a_curve_is_read_when_it_says_that_memory_ran_out(tmp_path) -> None:
    path = tmp_path / "worker.log"
    path.write_text("loading\ntorch.OutOfMemoryError: CUDA out of memory.\n", encoding="utf-8")
    series = read(path)
    assert series.n_points == 0
    assert "CUDA out of memory" in series.log_text


def test_one_run_of_an_export_of_several_is_read_and_said(tmp_path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('"Step","a - reward","b - reward"\n1,0.1,0.7\n2,0.2,0.8\n', encoding="utf-8")
    series = read(path)
    assert series.get("reward_mean").tolist() == [0.1, 0.2]
    assert "the export holds 2 runs: a is read" in series.notes


BAD = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n\n\t", "the file is empty"),
    "binary": (b"\x7fELF\x02\x01\x01\0\0\0\0", "a binary file"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file"),
    "prose": (b"Dear diary,\ntoday nothing happened.\n", "no row of metrics is inside"),
    "config": (b"name: run\ntraining:\n  learning_rate: 1e-4\n", "no"),
    "foreign.json": (b'{"users": [{"name": "a"}, {"name": "b"}]}', "no metric is known among name"),
    "foreign.csv": (b"name,age\na,3\nb,4\n", "no"),
    "foreign.jsonl": (b'{"messages": []}\n{"messages": []}\n', "no metric is known among messages"),
    "number.json": (b"17", "no row of metrics is inside"),
    "list.json": (b"[1, 2, 3]", "no row of metrics is inside"),
    "empty_list.json": (b"[]", "no row of metrics is inside"),
    "cut.json": (b'{"log_history": [{"step": 1, "rew', "no row of metrics is inside"),
    "mixture": (b'{"step": 1, "reward": 0.1}\nstep,reward\n1,2\n3,4\n', "a mixture: 1 of 4 lines"),
    "deep.json": (b"[" * 100_000, "no row of metrics is inside"),
    "run.wandb": (b"not what it says", ""),
    "no_job.json": (b'{"outputMetrics": "", "state": "JOB_STATE_RUNNING"}', "no row of metrics is inside"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_what_was_found_and_what_is_needed(name, tmp_path) -> None:
    content, found = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((UsageError, SetupError)) as caught:
        read(path)
    assert found in caught.value.message
    assert caught.value.hint.startswith(("needed:", "pip install"))


def test_a_path_that_is_not_there_and_a_folder_without_metrics(tmp_path) -> None:
    with pytest.raises(UsageError, match="there is no"):
        read(tmp_path / "absent.json")
    with pytest.raises(UsageError, match="a folder with nothing"):
        read(tmp_path)
    Path(tmp_path, "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a folder with notes\.txt"):
        read(tmp_path)
