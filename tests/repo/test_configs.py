"""The configs of the repository are what they say: legal, in keeping with the guide, and one change apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rft_cli import config as configs
from rft_cli.rules.lint import lint_files
from rft_cli.spec.goals import GOAL_NAMES
from rft_cli.spec.parameters import PARAMETERS

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
GOAL_CONFIGS = sorted((ROOT / "configs" / "goals").rglob("*.yaml"))
QUICKSTART = ROOT / "configs" / "quickstart"


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_config = pytest.mark.parametrize("path", CONFIGS, ids=named)


def load(path: Path) -> configs.Config:
    loaded = configs.load(path, root=ROOT, shown=named(path), fragment=False, environment={})
    assert loaded.findings == ()
    assert loaded.config is not None
    return loaded.config


@each_config
def test_there_is_nothing_to_find(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_files([named(path)], ROOT).findings == ()


@each_config
def test_the_editors_line_leads_to_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    assert schema.resolve() == ROOT / "schemas" / "run-config.schema.json"


def tuned(config: configs.Config) -> dict[str, object]:
    return {entry.path: config.get(entry.path) for entry in PARAMETERS}


@pytest.mark.covers("GO1", "GO2", "GO3", "GO4", "GO5", "GO6", "GO7", "ST2")
@pytest.mark.parametrize("path", GOAL_CONFIGS, ids=named)
def test_a_goals_step_is_one_change_away_from_the_config_that_it_names(path: Path) -> None:
    config = load(path)
    [reference] = [other for other in map(load, CONFIGS) if other.name == config.get("experiment.reference")]
    before, after = tuned(reference), tuned(config)
    assert len([key for key in before if before[key] != after[key]]) == 1
    assert config.get("experiment.goal") == path.parent.name
    assert config.get("experiment.hypothesis")


def test_every_goal_has_configs_and_every_config_a_name_of_its_own() -> None:
    assert {path.parent.name for path in GOAL_CONFIGS} == set(GOAL_NAMES)
    names = [load(path).name for path in CONFIGS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", [ROOT / "configs" / "baseline.yaml", QUICKSTART / "run.yaml"], ids=named)
def test_all_ten_defaults_are_written_out_one_a_line(path: Path) -> None:
    config = load(path)
    assert tuned(config) == {entry.path: entry.default for entry in PARAMETERS}
    lines = [config.origins[entry.path].location.line for entry in PARAMETERS]
    assert {config.origins[entry.path].kind for entry in PARAMETERS} == {"file"}
    assert len(set(lines)) == len(PARAMETERS)


@pytest.mark.parametrize(("file", "rows"), [("arithmetic.jsonl", 256), ("held-out.jsonl", 128)])
def test_the_quick_start_has_its_rows(file: str, rows: int) -> None:
    lines = (QUICKSTART / "data" / file).read_text(encoding="utf-8").splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"messages", "answer"}] * rows


def test_no_row_of_the_quick_start_is_trained_on_and_held_out() -> None:
    train, held_out = (
        set((QUICKSTART / "data" / file).read_text(encoding="utf-8").splitlines())
        for file in ("arithmetic.jsonl", "held-out.jsonl")
    )
    assert train & held_out == set()
