"""The whole main job on samples A, B and C by the real command, done once and copied for each test.

Agency in both forms, file plan, submissions, decisions, two copies, receipts, digitization, index.
"""

import fcntl
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.home import mark_home
from archive_service.demo.sample import make_sample
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.worlds.command import Command

A_CODE = "H40.18.2025.07.QLCT"
B_CODE = "000.00.18.H40.2011.01.TH"
OTHER_AGENCY = "H40.20"
COPIES = ("kho1", "kho2")
# Account → role and agency; none acts for all.
PEOPLE = {
    "canbo": ("officer", "H40.18"),
    "nguoila": ("officer", OTHER_AGENCY),
    "thutruong": ("agency-head", "H40.18"),
    "luutru": ("archivist", None),
    "phutrach": ("head", None),
    "docgia": ("reader", "H40.18"),
    "thanhtra": ("auditor", None),
    "tram": ("station", None),
}
_SETTINGS = """
[archive]
code = "H40.99"
name = "Lưu trữ tỉnh Sơn Lam"
place = "Sơn Lam"
[storage]
copies = ["file:kho1", "file:kho2"]
[jobs]
retry_base_s = 0.05
[digitize]
processes = 1
[timestamp]
url = "demo:"
[destruction]
unsigned = "kiểm thử, văn bản không được ký"
"""


@dataclass(frozen=True)
class Held:
    """An archive that holds A and B; C waits at the desk with its findings."""

    home: Path
    pristine: Path  # what copies are made of: nobody opens it
    sample: Path
    a: str  # ids of the submissions
    b: str
    c: str

    @property
    def archive(self) -> Command:
        """The command on this home."""
        return Command(self.home)

    def copied(self, target: Path) -> "Held":
        """The same archive once more at ``target``, to be spoilt."""
        shutil.copytree(self.pristine, target)
        return replace(self, home=target)


def main_job(folder: Path) -> Held:
    """The archive below ``folder``, to be copied; made by whoever comes first, others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            done.write_text(json.dumps(_do(folder)), encoding="utf-8")
    ids: dict[str, str] = json.loads(done.read_text("utf-8"))
    return Held(folder / "home", folder / "home", folder / "sample", **ids)


def empty_archive(home: Path) -> Command:
    """An archive with agencies, accounts and the sample's settings that holds nothing yet."""
    mark_home(home)
    (home / "archive.toml").write_text(_SETTINGS, encoding="utf-8")
    archive = Command(home)
    archive.ask("init")
    name = SAMPLE_AGENCY.name
    archive.ask("agency", "add", SAMPLE_AGENCY.old_code, "--name", name)
    new = ("--same-as", SAMPLE_AGENCY.old_code, "--valid-from", SAMPLE_AGENCY.new_since)
    archive.ask("agency", "add", SAMPLE_AGENCY.new_code, "--name", name, *new)
    archive.ask("agency", "add", OTHER_AGENCY, "--name", "Sở Nông nghiệp tỉnh Sơn Lam")
    for account, (role, agency) in PEOPLE.items():
        of = () if agency is None else ("--agency", agency)
        archive.ask("account", "add", account, "--role", role, *of)
    return archive


def approve_sample_plan(archive: Command, sample: Path) -> dict[str, Any]:
    """The sample's Danh mục hồ sơ, in force."""
    where = ("--agency", SAMPLE_AGENCY.new_code, "--year", 2025)
    plan = archive.ask("file-plan", "import", sample / "Danh mục hồ sơ 2025.xlsx", *where)
    return archive.ask("file-plan", "approve", plan["id"], account="thutruong")


def _do(folder: Path) -> dict[str, str]:
    home, sample = folder / "home", folder / "sample"
    archive = empty_archive(home)
    make_sample(sample, seed=1, authority=DemoAuthority.open_or_make(home / "keys" / "authority"))
    approve_sample_plan(archive, sample)
    sent = archive.run(
        "submit", *(sample / name for name in "ABC"), "--wait", "--json", account="canbo"
    )
    assert sent.code == 1, sent
    a, b, c = (row["id"] for row in sent.document["submissions"])
    for one in (a, b):
        archive.ask("submission", "accept", one, account="luutru")
    done = archive.started("work", "--until-empty", "--json")
    assert (done.code, done.document["left"]) == (0, 0), done
    return {"a": a, "b": b, "c": c}
