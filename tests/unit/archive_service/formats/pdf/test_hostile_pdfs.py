"""PDFs that crash parsers: each ends in an answer, and the next file is read as ever."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pikepdf
import pytest
from pikepdf import Dictionary, Name, pdfa

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.malware import NoScanner
from archive_service.formats.pdf.facts import PdfCondition
from archive_service.formats.pdf.pdfa_claim import judge_pdfa_here
from archive_service.formats.pdf.text import read_text_here
from archive_service.settings import load_settings
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import FolderStaging
from ingest.checks.examine import Examiner, FileFacts, ToExamine
from tests.unit.archive_service.formats.pdf.hostile_pdfs import MAKERS, noise, put
from tests.worlds.papers.incoming_pdfs import born_digital


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> FolderStaging:
    return FolderStaging(tmp_path_factory.mktemp("staging"))


def examined(staging: FolderStaging, home: Path, *files: Path) -> list[FileFacts]:
    limits = load_settings(home).limits.model_copy(update={"parser_s": 20, "parser_mib": 768})
    examiner = Examiner(staging, scanner=NoScanner(), trust=Trust.none(), limits=limits)
    asked = []
    for file in files:
        with file.open("rb") as source:
            staged = staging.receive(source)
        asked.append(ToExamine(uuid4(), file.name, staged.sha256, staged.size_bytes, False))
    facts = examiner.examine_all(asked)
    return [facts[to_examine.id] for to_examine in asked]


@pytest.mark.parametrize("name", MAKERS)
def test_a_hostile_pdf_ends_in_an_answer_and_the_next_one_is_read(
    staging: FolderStaging, tmp_path: Path, name: str
) -> None:
    hostile = put(tmp_path, name, MAKERS[name]())
    bad, good = examined(staging, tmp_path, hostile, born_digital(tmp_path / "good.pdf"))
    assert bad.pdf is not None
    assert bad.pdf.pages < 2_000_000
    assert good.pdf is not None
    assert good.pdf.condition is PdfCondition.GOOD
    assert good.text is not None
    assert "Bien ban ban giao" in good.text.first


def test_noise_never_raises(staging: FolderStaging, tmp_path: Path) -> None:
    files = [put(tmp_path, f"{seed}", noise(seed)) for seed in range(30)]
    digests = {hashlib.sha256(file.read_bytes()).digest() for file in files}
    assert len(digests) == 30
    for facts in examined(staging, tmp_path, *files):
        assert facts.format is not None
    for file in files[:10]:
        told = run_limited(inspect_signatures, file, Trust.none(), limit_s=20, memory_mib=768)
        assert isinstance(told, (list, ParserFailure))


def test_the_words_of_first_and_last_page_are_read(tmp_path: Path) -> None:
    path = born_digital(tmp_path / "one.pdf")
    with pikepdf.open(path) as pdf:
        pdf.pages.insert(0, pikepdf.Page(pdf.make_indirect(Dictionary(Type=Name.Page))))
        pdf.pages[0].MediaBox = [0, 0, 595, 842]
        pdf.save(tmp_path / "two.pdf")
    text = read_text_here(tmp_path / "two.pdf")
    assert text is not None
    assert text.first == ""
    assert "Khe Lanh" in text.last
    assert read_text_here(put(tmp_path, "no", b"%PDF-1.7 nothing")) is None


def test_what_breaks_a_claim_of_pdfa_is_named(tmp_path: Path) -> None:
    blank = tmp_path / "blank.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdfa.save(pdf, blank, "2b")
    assert judge_pdfa_here(blank).broken == ()
    with pikepdf.open(born_digital(tmp_path / "font.pdf")) as pdf:
        action = Dictionary(Type=Name.Action, S=Name.JavaScript, JS="1")
        pdf.Root.OpenAction = pdf.make_indirect(action)
        image = pikepdf.Stream(pdf, b"\0\0\0")
        image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, Name.DeviceRGB
        pdf.pages[0].obj.Resources.XObject = Dictionary(I=pdf.make_indirect(image))
        pdf.pages[0].contents_add(b"/I Do")
        pdf.save(tmp_path / "claims.pdf")
    assert set(judge_pdfa_here(tmp_path / "claims.pdf").broken) == {
        "font-not-embedded",
        "forbidden-action",
        "no-output-intent",
    }
