"""Claims of PDF/A put before veraPDF, where an installation has it."""

import shutil
from pathlib import Path
from uuid import uuid4

import pikepdf
from pikepdf import pdfa

from archive_service.formats.malware import NoScanner
from archive_service.formats.pdf.pdfa_claim import PdfaJudgement
from archive_service.formats.pdf.verapdf import validated
from archive_service.settings import load_settings
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import FolderStaging
from ingest.checks.examine import Examiner, ToExamine
from tests.services import tools
from tests.worlds.papers.incoming_pdfs import sheet, with_good_words


def command() -> list[str]:
    """The judge of the tests, started as an installation would start its own."""
    java = shutil.which("java")
    assert java is not None
    jars = str(tools._folder(tools.VERAPDF) / "*")
    main = "org.verapdf.apps.GreenfieldCliWrapper"
    return [java, "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", jars, main]


def judged(tmp_path: Path, file: Path, *, how: list[str]) -> PdfaJudgement | None:
    staging = FolderStaging(tmp_path / "staging")
    limits = load_settings(tmp_path).limits
    examiner = Examiner(
        staging, scanner=NoScanner(), trust=Trust.none(), limits=limits, verapdf=how
    )
    with file.open("rb") as source:
        staged = staging.receive(source)
    asked = ToExamine(uuid4(), file.name, staged.sha256, staged.size_bytes, page_image=False)
    return examiner.examine_all([asked])[asked.id].pdfa


def test_a_true_claim_is_proved_and_a_false_one_refuted(tmp_path: Path) -> None:
    good = with_good_words(tmp_path / "good.pdf", sheet(tmp_path / "s.jpg"))
    assert judged(tmp_path, good, how=command()) == PdfaJudgement((), proved=True)
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdfa.save(pdf, tmp_path / "claims.pdf", "2b")
    with pikepdf.open(tmp_path / "claims.pdf") as pdf:  # a rule at which veraPDF alone looks
        pdf.pages[0].contents_add(b"unheard-of\n")
        pdf.save(tmp_path / "bad.pdf", fix_metadata_version=False)
    assert judged(tmp_path, tmp_path / "bad.pdf", how=command()) == PdfaJudgement(("verapdf",))


def test_without_a_validator_or_with_a_broken_one_nothing_is_proved(tmp_path: Path) -> None:
    good = with_good_words(tmp_path / "good.pdf", sheet(tmp_path / "s.jpg"))
    assert judged(tmp_path, good, how=[]) == PdfaJudgement()
    assert judged(tmp_path, good, how=["/no/such/program"]) == PdfaJudgement()
    assert validated(["/bin/true"], [good]) == {}
