"""The repository speaks of the project alone: no address of a registry, no path of one machine."""

import json
import re
from collections import Counter

from tests.guide.sources import ROOT, assert_none, place, tracked

BINARY = {".png", ".jpg", ".webp", ".woff2", ".ttf", ".ico", ".pdf", ".xlsx", ".zip", ".gz", ".der"}
REGISTRIES = (
    *(r"pypi\.org", r"pythonhosted\.org", r"registry\.npmjs", r"npmjs\.org", r"repo1?\.maven"),
    *(r"proxy\.golang", r"deb\.debian", r"crates\.io", r"unpkg\.com", r"jsdelivr", r"cdnjs"),
)
MACHINES = (r"\.\./shared\b", r"(?<![\w.}])/(?:root|work)/[\w.]")
SPEAKS_ELSEWHERE = re.compile("|".join((*REGISTRIES, *MACHINES)))


def _texts() -> list[tuple[str, str]]:
    found = []
    for file in tracked():
        if file.suffix.lower() not in BINARY and file.name != f"{__name__.rpartition('.')[2]}.py":
            lines = file.read_bytes().decode("utf-8", "replace").splitlines()
            found += [(place(file, number), line) for number, line in enumerate(lines, start=1)]
    return found


def test_no_registry_and_no_machine_is_named() -> None:
    named = [
        f"{where} {hit[0]}" for where, line in _texts() if (hit := SPEAKS_ELSEWHERE.search(line))
    ]
    assert_none(named)


def test_every_locked_library_has_its_digests() -> None:
    for name in ("requirements.lock", "deploy/node.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip())
        assert entries
        assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_each_library_is_locked_at_one_version() -> None:
    """Else types, and what a check of them finds, differ from one Python to another."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    names = Counter(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    assert_none(name for name, count in names.items() if count > 1)


def test_every_package_of_the_front_end_has_its_digest_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    ours = packages.pop("")
    assert ours["license"] == "MIT"
    assert_none(name for name, package in packages.items() if "integrity" not in package)
    assert_none(name for name, package in packages.items() if "resolved" in package)


def test_what_is_made_on_a_machine_is_not_kept() -> None:
    names = {str(file.relative_to(ROOT)) for file in tracked()}
    assert "uv.lock" not in names
    made = (".venv/", "node_modules/", "var/", "archive_service/static/vendor/")
    assert_none(name for name in names if name.startswith(made))
