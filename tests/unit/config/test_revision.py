from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from support.repository import Repository

from rft_cli.config import load
from rft_cli.config.revision import Named, Revision, split_revision
from rft_cli.errors import SetupError, UsageError

RUN = "version: 1\nmodel: rehearsal\ndataset: ../d.jsonl\nevaluator: e.py\nextends: _base.yaml\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.commit({"configs/x.yaml": RUN, "configs/_base.yaml": "training: {epochs: 2}\n", "d.jsonl": "old\n"})
    made.commit({"configs/_base.yaml": "training: {epochs: 3}\n", "d.jsonl": "new\n"})
    return made


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("HEAD~1:configs/x.yaml", Named("HEAD~1", "configs/x.yaml")),
        ("HEAD^{/fix: the rate}:x.yaml", Named("HEAD^{/fix: the rate}", "x.yaml")),
        ("main:a:b.yaml", Named("main", "a:b.yaml")),
        ("-p:x.yaml", Named("-p", "x.yaml")),
        ("x.yaml", None),
        (":x.yaml", None),
        ("HEAD:", None),
    ],
)
def test_a_revision_and_a_path_are_told_apart(text: str, named: Named | None) -> None:
    assert split_revision(text) == named


def test_a_config_is_read_with_what_it_extended_then(repository: Repository) -> None:
    path = repository.path / "configs/x.yaml"
    with Revision("HEAD~1", str(path.parent)) as revision:
        loaded = load(path, root=repository.path, read=revision.read)
    assert loaded.config is not None
    assert (loaded.config.get("training.epochs"), loaded.config.get("dataset")) == (2, "d.jsonl")
    now = load(path, root=repository.path).config
    assert now is not None
    assert now.get("training.epochs") == 3


def test_a_file_and_a_folder_that_are_gone_are_still_there_then(repository: Repository) -> None:
    repository.commit({"configs/x.yaml": None, "configs/_base.yaml": None})
    folder = repository.path / "configs"
    folder.rmdir()
    with Revision("HEAD~1", str(folder)) as revision:
        assert revision.read(str(folder / "x.yaml")) == RUN.encode()
    with Revision("HEAD", str(folder)) as revision:
        assert revision.read(str(folder / "x.yaml")) == "there is no such file at HEAD"


def test_digests_are_those_of_the_file(repository: Repository) -> None:
    with Revision("HEAD~1", str(repository.path)) as revision:
        assert revision.sha256(str(repository.path / "d.jsonl")) == hashlib.sha256(b"old\n").hexdigest()
        assert revision.sha256(str(repository.path / "untracked.jsonl")) == ""
        assert revision.sha256(str(repository.path.parent / "outside.jsonl")) == ""


def test_a_file_in_large_file_storage_has_the_digest_that_its_pointer_names(repository: Repository) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"
    repository.commit({"big.jsonl": pointer})
    with Revision("HEAD", str(repository.path)) as revision:
        assert revision.sha256(str(repository.path / "big.jsonl")) == "a" * 64


def test_links_and_odd_names_and_folders(repository: Repository) -> None:
    odd = {"a b.yaml": "1", "ü: {x}.yaml": "2", "-p.yaml": "3", "many\nlines.yaml": "4"}
    repository.write(odd)
    (repository.path / "link.yaml").symlink_to("a b.yaml")
    (repository.path / "out.yaml").symlink_to("/etc/passwd")
    (repository.path / "loop.yaml").symlink_to("loop.yaml")
    repository.commit({})
    with Revision("HEAD", str(repository.path)) as revision:
        read = {
            name: revision.read(str(repository.path / name))
            for name in [*odd, "link.yaml", "out.yaml", "loop.yaml", "configs", "."]
        }
    missing = "there is no such file at HEAD"
    assert read == {
        "a b.yaml": b"1",
        "ü: {x}.yaml": b"2",
        "-p.yaml": b"3",
        "many\nlines.yaml": missing,
        "link.yaml": b"1",
        "out.yaml": missing,
        "loop.yaml": missing,
        "configs": missing,
        ".": missing,
    }


def test_a_file_that_is_too_large_is_cut_and_the_next_one_whole(repository: Repository) -> None:
    repository.commit({"large": "x" * 100, "small": "y"})
    with Revision("HEAD", str(repository.path)) as revision:
        assert revision.read(str(repository.path / "large"), most=10) == b"x" * 11
        assert revision.read(str(repository.path / "small")) == b"y"


@pytest.mark.parametrize("name", ["-p", "--upload-pack=touch x", "a\nb", "\x1b[0m"])
def test_what_cannot_be_a_revision_never_reaches_git(repository: Repository, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        Revision(name, str(repository.path))
    assert caught.value.message == f"{name!r} is no git revision"


def test_a_revision_that_is_not_there(repository: Repository) -> None:
    with pytest.raises(UsageError) as caught:
        Revision("nowhere", str(repository.path))
    assert caught.value.message == f"there is no revision nowhere in {repository.path}"
    assert caught.value.hint == "`git log --oneline` lists the commits"


def test_a_shallow_clone_says_how_to_get_its_history(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.path}", str(tmp_path / "shallow"))
    with pytest.raises(UsageError) as caught:
        Revision("HEAD~1", str(tmp_path / "shallow"))
    assert "git fetch --unshallow" in caught.value.hint


def test_a_folder_outside_of_any_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Revision("HEAD", str(tmp_path))
    assert caught.value.message == f"HEAD: git finds no repository at {tmp_path}"
    assert caught.value.hint.startswith("git says: fatal: not a git repository")


def test_a_repository_behind_a_link_keeps_its_spelling(repository: Repository, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(repository.path)
    with Revision("HEAD", str(link / "configs")) as revision:
        assert revision.top == str(link)
        assert revision.read(str(link / "configs/x.yaml")) == RUN.encode()


def test_within_a_hook_the_repository_of_the_file_is_meant(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    with Revision("HEAD", str(repository.path)) as revision:
        assert revision.top == str(repository.path)


def test_without_git_the_user_is_told(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError) as caught:
        Revision("HEAD", str(repository.path))
    assert caught.value.message == "git is not installed, and REV:path needs it"


def test_a_path_outside_of_the_repository_has_no_content(repository: Repository, tmp_path: Path) -> None:
    with Revision("HEAD", str(repository.path)) as revision:
        assert (
            revision.read(str(tmp_path / "x.yaml")) == f"it lies outside of the repository {repository.path}"
        )


def test_the_path_of_a_record_is_relative_to_the_file_and_a_name_stays(tmp_path: Path) -> None:
    found = {}
    for reference in ["base.json", "../records/base.json", "arithmetic", "arithmetic.3"]:
        path = tmp_path / "configs" / "x.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"version: 1\nmodel: m\ndataset: d\nevaluator: e.py\nexperiment: {{reference: {reference}}}\n"
        )
        config = load(path, root=tmp_path).config
        assert config is not None
        found[reference] = config.get("experiment.reference")
    assert found == {
        "base.json": "configs/base.json",
        "../records/base.json": "records/base.json",
        "arithmetic": "arithmetic",
        "arithmetic.3": "arithmetic.3",
    }
