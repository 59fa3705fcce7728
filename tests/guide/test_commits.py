"""The subject of a commit that is not on main yet is `area: imperative`."""

import os
import re
import subprocess
from pathlib import Path

from tests.guide.sources import ROOT, assert_none

LONGEST = 72
REMOTE = "origin/main"
SUBJECT = re.compile(r"[a-z0-9_./-]+( [a-z0-9_./-]+)?: (?!(a|an|the|it|who|what)\b)[a-z].*[^.]")
RULE_SINCE = "f325320af89f6cdeba8dcf003071e59e0c2881f7"  # commits up to this one are older


def _git(folder: Path, *words: str) -> str | None:
    """What git says; none where it knows no such name, or is no repository at all."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    asked = subprocess.run(  # in a hook, git's variables name the repository of the commit
        ["git", *words], cwd=folder, env=outside, check=False, capture_output=True, text=True
    )
    return asked.stdout.strip() if asked.returncode == 0 else None


def _new_commits(folder: Path) -> list[str]:
    """Hash and subject of each; none in a shallow clone, which does not know what is new."""
    if _git(folder, "rev-parse", "--is-shallow-repository") != "false":
        return []
    is_known = _git(folder, "cat-file", "-e", f"{RULE_SINCE}^{{commit}}") is not None
    older = [f"^{RULE_SINCE}"] if is_known else []
    # A worktree beside the clone that everybody lands in has no remote.
    published = "main" if _git(folder, "rev-parse", "-q", "--verify", REMOTE) is None else REMOTE
    listed = _git(folder, "log", "--no-merges", "--format=%h %s", f"{published}..HEAD", *older)
    return (listed or "").splitlines()


def _wrong(folder: Path) -> list[str]:
    subjects = [line.partition(" ")[2] for line in _new_commits(folder)]
    return [
        subject for subject in subjects if len(subject) > LONGEST or not SUBJECT.fullmatch(subject)
    ]


def test_each_new_commit_says_its_area_and_what_it_does() -> None:
    assert_none(_wrong(ROOT))


def test_only_commits_that_are_not_published_are_judged(tmp_path: Path) -> None:
    def commit(subject: str) -> None:
        author = ("-c", "user.name=A", "-c", "user.email=a@example.vn")
        words = ("commit", "-q", "--no-verify", "--no-gpg-sign", "--allow-empty", "-m", subject)
        assert _git(tmp_path, *author, *words) is not None

    assert _wrong(tmp_path) == []  # no repository
    assert _git(tmp_path, "init", "-q") is not None
    assert _wrong(tmp_path) == []  # no commit
    commit("Published before there was a rule")
    assert _git(tmp_path, "branch", "-M", "main") is not None
    assert _wrong(tmp_path) == []  # no remote
    assert _git(tmp_path, "checkout", "-q", "-b", "beside") is not None
    commit("Add a thing")
    assert _wrong(tmp_path) == ["Add a thing"]
    assert _git(tmp_path, "checkout", "-q", "main") is not None
    assert _git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD") is not None
    wrong = ["Add a thing", "search: the index is told", "search: find it.", f"search: {'x' * 80}"]
    for subject in [*wrong, "search: find a case file by its old code", ".ci: keep the times"]:
        commit(subject)
    assert _wrong(tmp_path) == wrong[::-1]
