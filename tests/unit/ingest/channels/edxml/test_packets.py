"""edXML packets: read as a stream, broken ones told exactly, the rest kept."""

import base64
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from archive_service.errors import InputError
from archive_service.settings import LimitSettings, load_settings
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.signature import XmlSignatureReport
from ingest.channels.edxml.history import NAME as HISTORY
from ingest.channels.edxml.packet import Errand
from ingest.channels.edxml.parcel import OpenedPacket, open_packet
from ingest.channels.edxml.signature import findings_of as told_of
from tests.worlds.ingest.edxml import NAMESPACE, Enclosed, PacketOf, signed, signed_by
from tests.worlds.simulated_signing import Hierarchy

PDF = b"%PDF-1.7 one page of content\n" * 40
LETTER = Enclosed("15-CV-SNV.pdf", PDF)
NOBODY = Trust.none()
ANNEX = Enclosed("Phụ lục 1.pdf", PDF + b"annex")
Opened = Callable[..., OpenedPacket]


@pytest.fixture
def limits(tmp_path: Path) -> LimitSettings:
    return load_settings(tmp_path).limits


@pytest.fixture
def opened(tmp_path: Path, limits: LimitSettings) -> Iterator[Opened]:
    held: list[OpenedPacket] = []

    def open_it(content: bytes, *, trust: Trust = NOBODY) -> OpenedPacket:
        source = tmp_path / "goi-tin.edxml"
        source.write_bytes(content)
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        found = open_packet(source, source.name, limits, trust, folder=work)
        held.append(found)
        return found

    yield open_it
    for opened_packet in held:
        with opened_packet.parcel:
            pass
    assert not list((tmp_path / "work").glob("*")), "something was left in the work folder"


def codes(found: OpenedPacket) -> list[str]:
    return [finding.code for finding in found.parcel.findings if finding.code != "edxml-received"]


def contents(found: OpenedPacket) -> dict[str, bytes]:
    """Files by path, but for the history that is written of each packet's trace."""
    read = {}
    for entry in found.parcel.entries:
        if entry.path == HISTORY:
            continue
        with entry.open() as source:
            read[entry.path] = source.read()
    return read


@pytest.mark.parametrize("prefix", [None, "edXML"])
def test_a_packet_is_a_document_with_its_files_and_itself(
    opened: Opened, prefix: str | None
) -> None:
    packet = PacketOf(attachments=[LETTER, ANNEX], appendixes=["Phụ lục 1"], prefix=prefix)
    found = opened(packet.xml())
    assert contents(found) == {
        "15-CV-SNV.pdf": PDF,
        "Phụ lục 1.pdf": PDF + b"annex",
        "goi-tin.edxml": packet.xml(),
    }
    assert found.parcel.beside == {"goi-tin.edxml"}
    assert codes(found) == ["edxml-unsigned"]
    assert found.parcel.declaration is not None
    (case_file,) = found.parcel.declaration.case_files
    (document,) = case_file.documents
    assert [(file.path, file.standing) for file in document.files] == [
        ("15-CV-SNV.pdf", "main"),
        ("Phụ lục 1.pdf", "annex"),
        (HISTORY, "process"),
    ]
    assert document.fields == {
        "process": "1",
        "docId": "000.00.12.H40,2025/08/01,15/CV-SNV",
        "codeNumber": "15",
        "codeNotation": "CV-SNV",
        "issuedDate": "2025-08-01",
        "typeName": "22",
        "subject": "Về việc giao nộp hồ sơ năm 2025",
        "organName": "Sở Nội vụ tỉnh Nam Định",
        "sender": "Sở Nội vụ tỉnh Nam Định",
        "signer": "Trần Thị Minh Hà",
        "signerPosition": "KT. PHÓ GIÁM ĐỐC",
        "receivers": "Như trên",
        "urgency": "1",
        "numberOfPage": "1",
        "issuedAmount": "5",
        "dueDate": "2025-08-15",
        "sentAt": "2025-08-01T09:30:00+07:00",
        "description": "Nơi ban hành: Nam Định",
        "fileCode": "",
    }


def test_the_trace_of_a_packet_is_the_process_file_of_its_document(opened: Opened) -> None:
    found = opened(PacketOf(attachments=[LETTER]).xml())
    (history,) = [entry for entry in found.parcel.entries if entry.path == HISTORY]
    with history.open() as source:
        words = source.read().decode()
    assert found.told.document_id in words
    assert found.told.sender.identifier in words


def test_the_time_of_sending_is_that_of_the_senders_trace(opened: Opened) -> None:
    sending = opened(PacketOf(attachments=[LETTER]).xml()).parcel.sending
    assert sending.sent_at == dt.datetime(2025, 8, 1, 2, 30, tzinfo=dt.UTC)
    assert sending.package_id == "000.00.12.H40,2025/08/01,15/CV-SNV"
    assert sending.is_draft


def test_a_type_that_the_list_lacks_keeps_its_true_name(opened: Opened) -> None:
    found = opened(PacketOf(attachments=[LETTER], type_name="Phiếu trình giải quyết").xml())
    assert "edxml-type-mapped" in codes(found)
    assert found.parcel.declaration is not None
    fields = found.parcel.declaration.case_files[0].documents[0].fields
    assert fields["typeName"] == "32"
    assert "Phiếu trình giải quyết" in fields["description"]


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (Enclosed("b.pdf", encoded="JVBE!!!!"), "edxml-attachment-base64"),
        (Enclosed("b.pdf", encoded="JVBE=AAA"), "edxml-attachment-base64"),
        (Enclosed("b.pdf", encoded="JVBERi0xL"), "edxml-attachment-length"),
        (Enclosed("b.pdf", encoded=" \n "), "edxml-attachment-empty"),
        (Enclosed("b.pdf", brought=False), "edxml-attachment-absent"),
    ],
)
def test_a_broken_attachment_is_told_and_the_rest_is_kept(
    opened: Opened, spoilt: Enclosed, told: str
) -> None:
    found = opened(PacketOf(attachments=[LETTER, spoilt, ANNEX]).xml())
    (finding,) = [one for one in found.parcel.findings if one.code == told]
    assert (finding.severity, finding.place) == (Severity.ERROR, "b.pdf")
    assert set(contents(found)) == {"15-CV-SNV.pdf", "Phụ lục 1.pdf", "goi-tin.edxml"}


def test_an_attachment_that_nobody_announced_is_kept_and_told(opened: Opened) -> None:
    found = opened(PacketOf(attachments=[LETTER, Enclosed("them.pdf", PDF, listed=False)]).xml())
    assert "edxml-attachment-unknown" in codes(found)
    assert contents(found)["them.pdf"] == PDF


def test_two_attachments_of_one_id_are_told_and_the_first_is_taken(opened: Opened) -> None:
    twice = [Enclosed("a.pdf", PDF, cid="cid:1"), Enclosed("b.pdf", b"other", cid="cid:1")]
    found = opened(PacketOf(attachments=twice).xml())
    assert "edxml-attachment-twice" in codes(found)
    assert set(contents(found)) == {"a.pdf", "goi-tin.edxml"}


def test_a_packet_cut_off_among_its_attachments_keeps_those_that_are_whole(
    opened: Opened,
) -> None:
    whole = PacketOf(attachments=[LETTER, ANNEX]).xml()
    cut = whole[: whole.rindex(b"</ContentTransferEncoded>") - 40]
    found = opened(cut)
    assert codes(found) == [
        "edxml-broken",
        "edxml-attachment-cut-off",
        "edxml-signature-unchecked",
    ]
    assert contents(found) == {"15-CV-SNV.pdf": PDF, "goi-tin.edxml": cut}


def test_an_attachment_that_was_cut_off_before_its_name_is_told_by_its_place(
    opened: Opened,
) -> None:
    whole = PacketOf(attachments=[LETTER, ANNEX]).xml()
    found = opened(whole[: whole.rindex(b"<Attachment>") + len(b"<Attachment>")])
    told = {finding.code: finding for finding in found.parcel.findings}
    assert told["edxml-attachment-empty"].place == "(2)"
    broken = told["edxml-broken"]
    for lang in ("vi", "en"):
        said = messages.finding(broken.code, lang, broken.facts | {"place": broken.place})
        assert str(broken.facts["reason"]) not in said.message, "the parser's own words"


def test_a_packet_cut_off_in_its_data_is_refused(opened: Opened) -> None:
    whole = PacketOf(attachments=[LETTER]).xml()
    with pytest.raises(InputError) as refused:
        opened(whole[: whole.index(b"<Subject>")])
    assert refused.value.code == "edxml-cut-off"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><edXML/>', "xml-forbidden"),
        (b'<!DOCTYPE edXML SYSTEM "http://example.invalid/x.dtd"><edXML/>', "xml-forbidden"),
        (b"<edXML/>", "edxml-unknown"),
        (f'<edXML xmlns="{NAMESPACE}"/>'.encode(), "edxml-unknown"),
        (PacketOf().xml().replace(b"CV-SNV", b"CV\0SNV"), "edxml-cut-off"),
        (f'<other xmlns="{NAMESPACE}"/>'.encode(), "edxml-unknown"),
        (PacketOf(document_id="").xml(), "edxml-without-id"),
        (PacketOf(errand="7").xml(), "edxml-type"),
        (PacketOf(status="03", response_for="x", errand=None).xml(), "edxml-type"),
    ],
)
def test_what_is_no_packet_is_refused_with_its_reason(
    opened: Opened, content: bytes, code: str
) -> None:
    with pytest.raises(InputError) as refused:
        opened(content)
    assert refused.value.code == code


def test_data_of_a_length_that_nobody_means_are_refused(opened: Opened) -> None:
    with pytest.raises(InputError) as refused:
        opened(PacketOf(subject="x" * 9_000_000).xml())
    assert refused.value.code == "xml-too-large"


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return out.getvalue()


def test_a_packed_attachment_is_unpacked(opened: Opened) -> None:
    enclosed = Enclosed(
        "15-CV-SNV.pdf", packed({"15-CV-SNV.pdf": PDF}), media_type="application/zip"
    )
    found = opened(PacketOf(attachments=[enclosed]).xml())
    assert contents(found)["15-CV-SNV.pdf"] == PDF


def test_a_zip_of_several_files_gives_each_of_them(opened: Opened) -> None:
    several = Enclosed("kem-theo.zip", packed({"a.pdf": PDF, "b.pdf": PDF + b"b"}))
    found = opened(PacketOf(attachments=[LETTER, several]).xml())
    assert contents(found)["kem-theo/b.pdf"] == PDF + b"b"


def test_a_word_file_is_no_packed_attachment(opened: Opened) -> None:
    word = Enclosed("du-thao.docx", packed({"word/document.xml": b"<w/>"}), media_type="")
    found = opened(PacketOf(attachments=[word]).xml())
    assert "du-thao.docx" in contents(found)


def test_a_damaged_zip_is_kept_as_it_came(opened: Opened) -> None:
    content = packed({"a.pdf": PDF})[:-30]
    found = opened(PacketOf(attachments=[LETTER, Enclosed("k.zip", content)]).xml())
    assert "edxml-attachment-zip" in codes(found)
    assert contents(found)["k.zip"] == content


@pytest.mark.parametrize(
    ("packet", "errand", "targets"),
    [
        (
            PacketOf(errand="1", reason="Sai"),
            Errand.RECALL,
            ("000.00.12.H40,2025/08/01,15/CV-SNV",),
        ),
        (
            PacketOf(status="13", response_for="VB-1", reason="Sai", errand=None),
            Errand.RECALL,
            ("VB-1",),
        ),
        (
            PacketOf(document_id="VB-2", errand="3", replaced=["VB-1"]),
            Errand.REPLACEMENT,
            ("VB-1",),
        ),
        (PacketOf(errand="2"), Errand.UPDATE, ("000.00.12.H40,2025/08/01,15/CV-SNV",)),
    ],
)
def test_a_packet_says_what_is_to_be_done_with_which_document(
    opened: Opened, packet: PacketOf, errand: Errand, targets: tuple[str, ...]
) -> None:
    told = opened(packet.xml()).told
    assert (told.errand, told.targets) == (errand, targets)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    authority = DemoAuthority.open_or_make(folder / "authority")
    agency = Subject("Sở Nội vụ", "Sở Nội vụ", SignerKind.AGENCY, "MST:0600000000")
    authority.issue_key(agency, folder / "sender.p12")
    return folder


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        ("sha256", ["edxml-signature-valid"]),
        ("sha1", ["edxml-signature-valid", "edxml-signature-weak"]),
    ],
)
def test_the_signature_of_a_packet_is_checked_and_told(
    opened: Opened, keys: Path, digest: str, told: list[str]
) -> None:
    content = signed(PacketOf(attachments=[LETTER]), keys / "sender.p12", digest=digest)
    found = opened(content, trust=Trust.read(keys / "authority"))
    assert codes(found) == told
    assert found.parcel.findings[1].facts["signer"] == "Sở Nội vụ"


def test_another_authority_and_other_content_are_told_apart(opened: Opened, keys: Path) -> None:
    content = signed(PacketOf(attachments=[LETTER]), keys / "sender.p12")
    assert codes(opened(content)) == ["edxml-signature-untrusted"]
    first = base64.b64encode(PDF)[:12]
    changed = content.replace(first, b"AAAA" + first[4:])
    trust = Trust.read(keys / "authority")
    assert codes(opened(changed, trust=trust)) == ["edxml-signature-invalid"]


def test_a_priority_that_the_code_list_lacks_is_told(opened: Opened) -> None:
    found = opened(PacketOf(attachments=[LETTER], priority="9").xml())
    (told,) = [finding for finding in found.parcel.findings if finding.code == "edxml-priority"]
    assert (told.severity, told.place, told.facts) == (
        Severity.WARNING,
        "Priority",
        {"value": "9"},
    )


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome.VALID, ["edxml-signature-valid"]),
        (
            Outcome.VALID_UNCHECKED,
            ["edxml-signature-valid", "edxml-signature-revocation-unknown"],
        ),
        (Outcome.EXPIRED_SINCE, ["edxml-signature-valid"]),
        (Outcome.REVOKED_AFTER, ["edxml-signature-revoked-after"]),
        (Outcome.REVOKED_AFTER_DOUBTFUL, ["edxml-signature-revoked-doubtful"]),
        (Outcome.REVOKED_BEFORE, ["edxml-signature-revoked-before"]),
        (Outcome.EXPIRED_AT_SIGNING, ["edxml-signature-expired"]),
        (Outcome.ROOT_OUT_OF_PERIOD, ["edxml-signature-root-period"]),
        (Outcome.CHAIN_UNKNOWN, ["edxml-signature-untrusted"]),
        (Outcome.UNTRUSTED, ["edxml-signature-untrusted"]),
        (Outcome.PARTIAL, ["edxml-signature-partial"]),
        (Outcome.BROKEN, ["edxml-signature-invalid"]),
        (Outcome.INVALID, ["edxml-signature-invalid"]),
    ],
)
def test_each_verdict_on_the_signature_of_a_packet_has_its_finding(
    outcome: Outcome, told: list[str]
) -> None:
    found = told_of(XmlSignatureReport(signer="An", outcome=outcome))
    assert [finding.code for finding in found] == told
    for finding in found:
        for lang in messages.LANGUAGES:
            assert messages.has(f"findings.{finding.code}.message", lang)


def test_a_stamp_whose_authority_was_revoked_is_told_beside() -> None:
    found = told_of(XmlSignatureReport(outcome=Outcome.VALID, stamp_revoked=True))
    assert [finding.code for finding in found] == [
        "edxml-signature-valid",
        "edxml-timestamp-revoked",
    ]


def test_a_signature_over_the_header_alone_is_told_as_partial(opened: Opened) -> None:
    authority = Hierarchy()
    who = authority.person(key=rsa.generate_private_key(65537, 2048))
    content = signed_by(PacketOf(attachments=[LETTER]), who, part=True)
    found = opened(content, trust=Trust(roots=(authority.root.der,)))
    assert codes(found) == ["edxml-signature-partial"]
    assert found.parcel.findings[1].facts["signer"] == "Trần Minh Khôi"
