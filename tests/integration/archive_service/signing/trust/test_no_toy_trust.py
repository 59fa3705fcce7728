"""The demo's own authority in an archive that the demo did not make: it proves nothing there."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.job import Job, JobState
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.keys.listing import list_keys
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import (
    DemoKeyError,
    DemoStampError,
    SignerKind,
    SigningKeyNotFoundError,
    Subject,
)
from archive_service.signing.trust.demo_authority import DemoAuthority
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import (
    new_home,
    of_earlier_release,
    open_home,
    person,
    small_pdf_case,
)
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.door import write_pdf

WORDS = "THỬ NGHIỆM"
MINISTRY = Subject("BỘ NỘI VỤ", "Bộ Nội vụ", SignerKind.AGENCY, "MST:0100000001")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """As an earlier release left it: with an authority, keys under it, and no mark of the demo."""
    return of_earlier_release(new_home(tmp_path / "home"))


def forged(home: Path, folder: Path) -> Path:
    """A paper of a ministry, signed by whoever has the home's ``issuing.key``."""
    DemoAuthority(home / "keys" / "authority").issue_key(MINISTRY, folder / "bo.p12")
    paper = folder / "to-trinh.pdf"
    write_pdf(paper, words="Tờ trình")
    open_pkcs12("pkcs12:bo.p12", home=folder).sign_pdf(paper, paper, field="Signature1")
    return paper


def test_what_the_key_in_the_home_signs_is_not_trusted(services: Services, tmp_path: Path) -> None:
    home = services.settings.home
    paper = forged(home, tmp_path)
    (report,) = inspect_signatures(paper, services.trust)
    assert (report.valid, report.trusted) == (True, False)
    assert report.outcome is Outcome.CHAIN_UNKNOWN
    (home / "trust").mkdir(exist_ok=True)
    shutil.copy(home / "keys" / "authority" / "root.crt", home / "trust" / "goc-rieng.crt")
    (report,) = inspect_signatures(paper, services.trust)
    assert not report.trusted, "a copy of the root is the same root"


def test_neither_the_key_nor_the_stamps_of_the_demo_are_used(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DemoKeyError):
        services.signer()
    with pytest.raises(DemoKeyError):
        services.open_key("H40.18")
    with pytest.raises(DemoKeyError):
        _ = services.authority
    monkeypatch.setenv("ARCHIVE_TIMESTAMP__URL", "demo:")
    with open_home(services.settings.home) as other:
        with pytest.raises(DemoStampError):
            _ = other.timestamps
        troubles = {
            key["use"]: key["trouble"] for key in list_keys(other, actor=person(other, "lan"))
        }
    assert troubles["timestamp"] == "demo-stamp"
    assert troubles["archive"] == "demo-key"
    toy = {"ARCHIVE_TIMESTAMP__URL": "demo:"}
    answer = Command(services.settings.home, toy).run("status", "--json")
    rows = {row["name"]: row for row in answer.document["backends"]}
    assert not rows["signing"]["ok"]
    assert (rows["timestamp"]["ok"], rows["timestamp"]["detail"]) == (False, "demo-stamp")


def test_a_new_home_has_no_key_that_nobody_laid_there(tmp_path: Path) -> None:
    bare = Command(tmp_path / "home")
    bare.home.mkdir()
    (bare.home / "archive.toml").write_text('[archive]\ncode = "H40.99"\n', encoding="utf-8")
    made = bare.ask("init")
    assert not [one for one in made["created"] if "key" in one]
    bare.ask("agency", "add", "H40.18", "--name", "Sở Công trình")
    assert not (bare.home / "keys").exists()
    told = bare.run("init").stderr
    assert "signing.keys" in told
    assert "timestamp.url" in told
    with open_home(bare.home) as services:
        assert services.timestamps is None
        with pytest.raises(SigningKeyNotFoundError):
            services.signer()


def test_what_needs_a_key_waits_with_one_incident_and_goes_on_once_there_is_one(
    services: Services, tmp_path: Path
) -> None:
    case = small_pdf_case(tmp_path / "case")
    (submission_id,) = submit(case, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission_id, actor=person(services, "lan"))
    do_all(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile)).one()
        assert row.version_stored == row.version_indexed == 1, "only the receipt needs a key"
        assert session.get_one(Submission, submission_id).state is SubmissionState.ACCEPTED
        (waiting,) = session.scalars(select(Job).where(Job.name == "issue-receipt"))
        assert waiting.state is JobState.WAITING
        told = [
            (incident.kind, incident.subject, incident.facts["code"])
            for incident in open_incidents(session)
        ]
    assert [one for one in told if one[0] == "key-unusable"] == [
        ("key-unusable", "archive", "demo-key")
    ]

    home = services.settings.home
    authority = DemoAuthority.open_or_make(
        tmp_path / "thong-nhat"
    )  # of a test, and laid in by hand
    (home / "trust").mkdir(exist_ok=True)
    for file in authority.folder.glob("*.c*"):
        shutil.copy(file, home / "trust" / file.name)
    for file in (home / "keys" / "archive.p12", home / "keys" / "archive.pass"):
        file.unlink()
    authority.issue_key(MINISTRY, home / "keys" / "archive.p12")
    with services.writing() as session:
        job = session.get_one(Job, waiting.id)
        job.run_at = job.created_at
    do_all(services)
    with services.read_only() as session:
        assert session.get_one(Submission, submission_id).state is SubmissionState.STORED


def test_each_page_of_a_demo_says_trial_and_no_other_page(tmp_path: Path) -> None:
    home = new_home(tmp_path / "trial")
    for shown in (True, False):
        with open_home(home) as services:
            app = create_app(services)
            client = app.test_client()
            pages = [
                client.get("/sign-in"),
                client.get("/nowhere"),
                browser_of(app, services, "lan").get("/search"),
            ]
            assert [WORDS in page.get_data(as_text=True) for page in pages] == [shown] * 3
            assert services.press.trial is shown
        if shown:
            of_earlier_release(home)
