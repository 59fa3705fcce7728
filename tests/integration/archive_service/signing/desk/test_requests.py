"""Papers that go out to be signed: what is taken back, what is refused and why, and who sees it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service import messages
from archive_service.accounts.acts import add_account
from archive_service.bootstrap import open_services
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.domain.signing.signing_request import SigningState
from archive_service.errors import NotAllowedError
from archive_service.forms.typst_form import render_bytes
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.desk.acts import (
    SignerUnfitError,
    SigningRequestClosedError,
    SigningRequestNotFoundError,
)
from archive_service.signing.desk.documents import SigningAnswerDocument
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import Signer, SignerKind, Subject, UnsignablePaperError
from archive_service.signing.seals import acts as seals_acts
from archive_service.signing.seals.acts import SealNotHeldError
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.storage.needed import needed_digests
from tests.worlds.archive import OPERATOR, new_home, open_home, person

CODE = SAMPLE_AGENCY.new_code
NAME, NUMBER = "Nguyễn Văn An", "CCCD:000000000118"
Alter = Callable[[IncrementalPdfFileWriter], None]


@pytest.fixture(scope="module")
def signers_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = new_home(tmp_path_factory.mktemp("signers") / "home")
    with open_home(home) as opened, opened.unit_of_work() as uow:
        agency = get_agency(uow.session, CODE)
        for name, role, shown in (
            ("an", Role.AGENCY_HEAD, NAME),
            ("thu", Role.CLERK, "Bà Thư"),
        ):
            add_account(
                name,
                role=role,
                actor=OPERATOR,
                uow=uow,
                agency_id=agency.id,
                display_name=shown,
            )
        uow.commit()
    return home


@pytest.fixture
def services(signers_home: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copytree(signers_home, tmp_path / "home")
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def own_key(services: Services, tmp_path: Path) -> Signer:
    """The person's own key: the archive never sees it."""
    subject = Subject(NAME, SAMPLE_AGENCY.name, SignerKind.PERSON, NUMBER)
    services.authority.issue_key(subject, tmp_path / "an.p12")
    return open_pkcs12("pkcs12:an.p12", home=tmp_path)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    template = tmp_path / "paper.typ"
    template.write_text('#set document(title: "a")\n#set text(font: "Tinos")\nQuyết định\n')
    file = tmp_path / "Quyết định.pdf"
    file.write_bytes(render_bytes(template, {}))
    return file


def ask(services: Services, paper: Path, **more: Any) -> UUID:
    told = desk_acts.request_signature(
        services, paper, account="an", actor=person(services, "bach"), **more
    )
    assert told.state == "waiting"
    return told.id


def out(services: Services, request: UUID, target: Path) -> Path:
    name, data = desk_acts.send_out(services, request, actor=person(services, "an"))
    assert name == "Quyết định.pdf"
    target.write_bytes(data)
    return target


def back(services: Services, request: UUID, signed: Path) -> SigningAnswerDocument:
    return desk_acts.take_return(services, request, signed, actor=person(services, "an"))


def codes(document: SigningAnswerDocument) -> list[str]:
    return [finding.code for finding in document.findings]


def test_a_paper_comes_back_signed_and_is_kept_in_every_copy(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path, tools: ModuleType
) -> None:
    request = ask(services, paper, identifier="000000000118")
    signed = out(services, request, tmp_path / "out.pdf")
    own_key.sign_pdf(signed, signed, field="Ky", reason="Phê duyệt")
    told = back(services, request, signed)
    assert (told.accepted, told.state, told.findings) == (True, "signed", [])
    assert told.signed_by == NAME
    name, data = desk_acts.read_signed(services, request, actor=person(services, "bach"))
    assert (name, data) == ("Quyết định.pdf", signed.read_bytes())
    for copy in services.copies:
        (kept,) = [key for key in copy.iter_keys("acts/signed-paper/") if key.endswith(".pdf")]
        with copy.open(kept) as source:
            assert source.read() == data
    assert tools.verapdf([signed])[0].passed


def test_the_paper_that_goes_out_begins_as_it_was_given_and_stays_pdf_a(
    services: Services, paper: Path, tmp_path: Path, tools: ModuleType
) -> None:
    went_out = out(services, ask(services, paper), tmp_path / "out.pdf")
    assert went_out.read_bytes().startswith(paper.read_bytes())
    assert tools.verapdf([went_out])[0].passed


def test_a_second_signature_is_added_to_a_signed_paper(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    services.signer().sign_pdf(paper, paper, field="Archive")
    request = ask(services, paper)
    signed = out(services, request, tmp_path / "out.pdf")
    assert signed.read_bytes() == paper.read_bytes()
    own_key.sign_pdf(signed, signed, field="Ky")
    assert back(services, request, signed).accepted


def _page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 9 9 re f"))
    writer.update_container(page)


def _note(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject()
    note["/Type"], note["/Subtype"] = generic.pdf_name("/Annot"), generic.pdf_name("/FreeText")
    corners = [generic.NumberObject(corner) for corner in (9, 9, 99, 99)]
    note["/Rect"], note["/Contents"] = generic.ArrayObject(corners), generic.pdf_string("sửa")
    page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)


def _script(writer: IncrementalPdfFileWriter) -> None:
    action = generic.DictionaryObject()
    action["/S"], action["/JS"] = generic.pdf_name("/JavaScript"), generic.pdf_string("x()")
    writer.root["/OpenAction"] = writer.add_object(action)
    writer.update_root()


@pytest.mark.parametrize("alter", [_page, _note, _script])
@pytest.mark.parametrize("when", ["before signing", "after signing"])
def test_more_than_a_signature_is_found_though_the_signature_covers_it(
    alter: Alter, when: str, services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    request = ask(services, paper)
    signed = out(services, request, tmp_path / "out.pdf")
    if when == "after signing":
        own_key.sign_pdf(signed, signed, field="Ky")
    with signed.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file)
        alter(writer)
        writer.write_in_place()
    if when == "before signing":
        own_key.sign_pdf(signed, signed, field="Ky")
    told = back(services, request, signed)
    assert not told.accepted
    assert "signed-paper-altered" in codes(told)
    assert (told.state, told.refusals) == ("waiting", 1)
    assert all(finding.message and finding.remedy for finding in told.findings)


def test_a_refused_paper_can_be_brought_back_again(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    request = ask(services, paper)
    signed = out(services, request, tmp_path / "out.pdf")
    assert codes(back(services, request, signed)) == ["signed-paper-unsigned"]
    own_key.sign_pdf(signed, signed, field="Ky")
    assert back(services, request, signed).accepted
    with pytest.raises(SigningRequestClosedError):
        back(services, request, signed)


def test_another_file_is_refused_however_well_signed(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    request = ask(services, paper)
    out(services, request, tmp_path / "out.pdf")
    with pikepdf.open(tmp_path / "out.pdf") as pdf:  # as "print to PDF" or "optimise" do
        pdf.save(tmp_path / "again.pdf")
    own_key.sign_pdf(tmp_path / "again.pdf", tmp_path / "again.pdf", field="Ky")
    assert codes(back(services, request, tmp_path / "again.pdf")) == ["signed-paper-other-bytes"]
    (tmp_path / "junk").write_bytes(b"x" * 99_999)
    assert codes(back(services, request, tmp_path / "junk")) == ["signed-paper-other-bytes"]
    (tmp_path / "junk").write_bytes((tmp_path / "out.pdf").read_bytes() + b"x" * 999)
    assert not back(services, request, tmp_path / "junk").accepted


def test_a_signature_of_no_trusted_authority_is_refused(
    services: Services, paper: Path, tmp_path: Path
) -> None:
    stranger = DemoAuthority.open_or_make(tmp_path / "stranger")
    stranger.issue_key(Subject(NAME, "", SignerKind.PERSON, NUMBER), tmp_path / "s.p12")
    request = ask(services, paper)
    signed = out(services, request, tmp_path / "out.pdf")
    open_pkcs12("pkcs12:s.p12", home=tmp_path).sign_pdf(signed, signed, field="Ky")
    told = back(services, request, signed)
    assert codes(told) == ["signed-paper-invalid"]
    assert NAME in told.findings[0].message


@pytest.mark.parametrize(
    ("name", "number", "asked", "doubted"),
    [
        (NAME, NUMBER, "000000000118", False),
        ("NGUYEN VAN AN", NUMBER, "", False),
        (NAME, NUMBER, "000000000999", True),
        ("Trần Văn Bách", "CCCD:000000000999", "", True),
    ],
)
def test_another_person_s_certificate_is_told(
    name: str,
    number: str,
    asked: str,
    *,
    doubted: bool,
    services: Services,
    paper: Path,
    tmp_path: Path,
) -> None:
    services.authority.issue_key(Subject(name, "", SignerKind.PERSON, number), tmp_path / "x.p12")
    request = ask(services, paper, identifier=asked)
    signed = out(services, request, tmp_path / "out.pdf")
    open_pkcs12("pkcs12:x.p12", home=tmp_path).sign_pdf(signed, signed, field="Ky")
    told = back(services, request, signed)
    assert told.accepted
    assert codes(told) == (["signed-paper-other-person"] if doubted else [])


def test_only_those_it_concerns_see_a_paper(services: Services, paper: Path) -> None:
    request = ask(services, paper)
    for name in ("thu", "lan", "stranger"):
        actor = person(services, name)
        assert desk_acts.list_requests(services, actor=actor) == []
        with pytest.raises(SigningRequestNotFoundError):
            desk_acts.send_out(services, request, actor=actor)
    with pytest.raises(NotAllowedError):
        desk_acts.list_requests(services, actor=person(services, "binh"))
    for actor in (person(services, "bach"), person(services, "an"), OPERATOR):
        (told,) = desk_acts.list_requests(services, actor=actor, state=SigningState.WAITING)
        assert told.id == request


@pytest.mark.parametrize("account", ["binh", "stranger"])
def test_who_cannot_sign_is_not_asked(account: str, services: Services, paper: Path) -> None:
    with pytest.raises(SignerUnfitError):
        desk_acts.request_signature(
            services, paper, account=account, actor=person(services, "bach")
        )


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.7\n"])
def test_what_nobody_could_sign_does_not_go_out(
    content: bytes, services: Services, paper: Path
) -> None:
    paper.write_bytes(content)
    with pytest.raises(UnsignablePaperError) as refused:
        ask(services, paper)
    told = messages.error(refused.value.code, facts=refused.value.facts)
    assert "không phải PDF" in told.message
    assert "{" not in told.message + told.remedy
    assert desk_acts.list_requests(services, actor=OPERATOR) == []


def test_a_withdrawn_paper_is_signed_no_more(services: Services, paper: Path) -> None:
    request = ask(services, paper)
    with pytest.raises(SigningRequestNotFoundError):
        desk_acts.withdraw(services, request, actor=person(services, "an"))
    told = desk_acts.withdraw(services, request, actor=person(services, "bach"))
    assert told.state == "withdrawn"
    with pytest.raises(SigningRequestClosedError):
        desk_acts.send_out(services, request, actor=person(services, "an"))


def test_the_clerk_puts_the_seal_on_a_paper_that_waits_for_it(
    services: Services, paper: Path
) -> None:
    told = desk_acts.request_signature(
        services, paper, account="thu", actor=person(services, "bach"), with_seal=True
    )
    request, clerk = told.id, person(services, "thu")
    with pytest.raises(SealNotHeldError):
        desk_acts.seal_request(services, request, actor=clerk)
    seals_acts.hand_over(services, CODE, to="thu", by=NAME, actor=person(services, "an"))
    assert desk_acts.seal_request(services, request, actor=clerk).accepted
    _, data = desk_acts.read_signed(services, request, actor=person(services, "bach"))
    paper.write_bytes(data)
    (report,) = inspect_signatures(paper, services.trust)
    assert (report.organization, report.trusted) == (SAMPLE_AGENCY.name[:64], True)
    with pytest.raises(SignerUnfitError):
        desk_acts.request_signature(
            services, paper, account="an", actor=person(services, "bach"), with_seal=True
        )


def test_staging_keeps_what_is_out_and_rebuild_keeps_both_kinds(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    waiting, done = ask(services, paper), ask(services, paper)
    signed = out(services, done, tmp_path / "out.pdf")
    own_key.sign_pdf(signed, signed, field="Ky")
    back(services, done, signed)
    before = desk_acts.list_requests(services, actor=OPERATOR)
    rebuild(services, actor=OPERATOR)
    assert desk_acts.list_requests(services, actor=OPERATOR) == before
    with services.read_only() as session:
        assert {entry.sha256 for entry in before if entry.id == waiting} <= needed_digests(session)
    assert out(services, waiting, tmp_path / "again.pdf").is_file()
    digest = next(entry.signed_sha256 for entry in before if entry.id == done)
    assert digest is not None
    services.staging.discard(digest)
    _, data = desk_acts.read_signed(services, done, actor=person(services, "an"))
    assert data == signed.read_bytes()


def test_a_paper_that_is_no_pdf_a_goes_out_with_a_word_about_it(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(paper)
    request = ask(services, paper)
    (told,) = desk_acts.list_requests(services, actor=OPERATOR)
    assert [(finding.code, finding.severity) for finding in told.findings] == [
        ("signed-paper-not-pdfa", "warning")
    ]
    signed = out(services, request, tmp_path / "out.pdf")
    own_key.sign_pdf(signed, signed, field="Ky")
    taken = back(services, request, signed)
    assert taken.accepted
    assert codes(taken) == ["signed-paper-not-pdfa"]


def test_a_returned_file_that_no_parser_gets_through_is_refused(
    services: Services, own_key: Signer, paper: Path, tmp_path: Path
) -> None:
    request = ask(services, paper)
    signed = out(services, request, tmp_path / "out.pdf")
    own_key.sign_pdf(signed, signed, field="Ky")
    limits = services.settings.limits.model_copy(update={"parser_s": 0.01})
    hasty = open_services(services.settings.model_copy(update={"limits": limits}))
    try:
        told = back(hasty, request, signed)
    finally:
        hasty.close()
    assert (told.accepted, codes(told)) == (False, ["signed-paper-unreadable"])
    assert back(services, request, signed).accepted
