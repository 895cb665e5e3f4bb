from __future__ import annotations

import os
from pathlib import Path

import pytest

from rft_cli.rules.since import touched


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    for name, text in {
        "_root.yaml": "training: {epochs: 1}\n",
        "configs/_mid.yaml": "extends: ../_root.yaml\n",
        "configs/a.yaml": "extends: [_mid.yaml, _gone.yaml]\n",
        "configs/b.yaml": "extends: a.yaml\n",
        "configs/c.yaml": "version: 1\n",
        "configs/circle.yaml": "extends: circle.yaml\n",
        "configs/broken.yaml": "extends: [\n",
        "configs/odd.yaml": 'extends: ["", 4, "a\\0b"]\n',
    }.items():
        Path(name).write_text(text, encoding="utf-8")


FILES = tuple(f"configs/{name}.yaml" for name in ("a", "b", "broken", "c", "circle", "odd"))


@pytest.mark.parametrize(
    ("changed", "files"),
    [
        ([], []),
        (["configs/c.yaml"], ["c"]),
        (["_root.yaml"], ["a", "b"]),
        (["configs/_gone.yaml"], ["a", "b"]),
        (["configs/b.yaml", "data.jsonl"], ["b"]),
        (["configs/circle.yaml", "configs/broken.yaml", "configs/odd.yaml"], ["broken", "circle", "odd"]),
    ],
)
def test_a_file_is_touched_by_itself_and_by_all_that_it_builds_on(
    changed: list[str], files: list[str]
) -> None:
    expected = tuple(f"configs/{name}.yaml" for name in files)
    assert touched(FILES, frozenset(map(os.path.realpath, changed))) == expected
