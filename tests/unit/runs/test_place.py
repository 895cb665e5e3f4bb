from __future__ import annotations

from rft_cli.runs.place import Place, place_of


def test_runs_live_in_a_folder_of_the_root_that_git_ignores(tmp_path) -> None:
    place = place_of(tmp_path, {})
    place.make()
    place.make()
    assert place == Place(tmp_path, tmp_path / ".rft")
    assert (tmp_path / ".rft/.gitignore").read_text() == "*\n"
    assert place.run_folder("sums.1") == tmp_path / ".rft/runs/sums.1"


def test_a_gitignore_of_the_users_stays(tmp_path) -> None:
    place = place_of(tmp_path, {})
    place.folder.mkdir()
    (place.folder / ".gitignore").write_text("runs/\n")
    place.make()
    assert (place.folder / ".gitignore").read_text() == "runs/\n"


def test_a_variable_moves_them(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_of(tmp_path, {"RFT_DIR": "elsewhere"}).folder == tmp_path / "elsewhere"
    assert place_of(tmp_path, {"RFT_DIR": "/data/rft"}).folder.as_posix() == "/data/rft"


def test_paths_are_shown_as_seen_from_the_root(tmp_path) -> None:
    place = place_of(tmp_path, {})
    assert place.shown(place.run_folder("sums.1")) == ".rft/runs/sums.1"
    assert place.shown(tmp_path.parent) == str(tmp_path.parent)
