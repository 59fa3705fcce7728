"""Signatures of XML, Office and OpenDocument files: whose they are, and whether they hold."""

import base64
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from archive_service.signing.pdf.report import Outcome, Proof, SignatureReport
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.canonical import C14N_1_1
from archive_service.signing.xml.inspect import bears_xml_signature, inspect_xml_signatures
from archive_service.signing.xml.references import BASE64, ENVELOPED
from tests.worlds.ingest import signed_files as files
from tests.worlds.simulated_signing import Hierarchy, Party, day

NOW = day(2026, 11)
Judge = Callable[[str | bytes], list[SignatureReport]]
MADE: list[Callable[[Party], str | bytes]] = [
    files.signed_invoice,
    files.signed_whole,
    files.signed_in_a_language,
    files.signed_docx,
    files.signed_odt,
]


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def signer(authority: Hierarchy) -> Party:
    key = rsa.generate_private_key(65537, 2048)
    return authority.person(since=day(2020), until=day(2030), key=key)


@pytest.fixture
def judge(authority: Hierarchy, tmp_path: Path) -> Judge:
    lists = authority.root_crl(at=NOW), authority.crl(at=NOW)
    trust = Trust(roots=(authority.root.der,), revocations=lists)

    def judged(data: str | bytes) -> list[SignatureReport]:
        path = tmp_path / "file"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        assert bears_xml_signature(path)
        return inspect_xml_signatures(path, trust, NOW)

    return judged


@pytest.mark.parametrize("made", MADE)
def test_one_that_holds_is_valid(
    signer: Party, judge: Judge, made: Callable[[Party], str | bytes]
) -> None:
    (report,) = judge(made(signer))
    assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")
    assert (report.intact, report.valid, report.trusted) == (True, True, True)
    assert (report.covers_whole_document, report.errors) == (True, ())
    assert [evidence.kind for evidence in report.evidence[:1]] == ["certificate"]


@pytest.mark.parametrize("made", MADE)
def test_a_key_on_a_curve_is_judged_too(
    authority: Hierarchy, judge: Judge, made: Callable[[Party], str | bytes]
) -> None:
    (report,) = judge(made(authority.person(since=day(2020), until=day(2030))))
    assert (report.outcome, report.algorithm) == (Outcome.VALID, "ecdsa-sha256")


def test_the_time_is_that_of_the_signer_where_it_was_signed(signer: Party, judge: Judge) -> None:
    (report,) = judge(files.signed_invoice(signer))
    assert report.signed_at == dt.datetime(2025, 3, 3, 1, tzinfo=dt.UTC)
    assert report.proof is Proof.CLAIMED
    (whole,) = judge(files.signed_whole(signer))
    assert (whole.signed_at, whole.proof) == (None, Proof.NONE)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_calendar_has_hides_nobody(signer: Party, judge: Judge, at: str) -> None:
    (report,) = judge(files.signed_invoice(signer, at))
    assert (report.outcome, report.signed_at) == (Outcome.VALID, None)


def test_a_time_that_nobody_signed_says_nothing(signer: Party, judge: Judge) -> None:
    time = "<Object><SigningTime>2019-01-01T00:00:00Z</SigningTime></Object></Signature>"
    (report,) = judge(files.signed_whole(signer).replace("</Signature>", time))
    assert (report.outcome, report.signed_at) == (Outcome.VALID, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda who: files.signed_invoice(who).replace("6480000", "648"),
        lambda who: files.signed_whole(who).replace("12/QĐ", "13/QĐ"),
        lambda who: files.changed(files.signed_docx(who), "word/document.xml", "<w/>"),
        lambda who: files.changed(files.signed_odt(who), "content.xml", "<content/>"),
        lambda who: files.changed(
            files.signed_docx(who),
            "_rels/.rels",
            files.DOCX["_rels/.rels"].replace("word/document.xml", "docProps/core.xml"),
        ),
        lambda who: files.changed(  # read as a text of another kind
            files.signed_docx(who),
            "[Content_Types].xml",
            files.DOCX["[Content_Types].xml"].replace("document.main", "glossary"),
        ),
    ],
)
def test_what_was_changed_later_is_broken(
    signer: Party, judge: Judge, change: Callable[[Party], str | bytes]
) -> None:
    (report,) = judge(change(signer))
    assert (report.outcome, report.intact, report.trusted) == (Outcome.BROKEN, False, False)
    assert report.errors == ("digest-differs",)


def test_a_text_of_which_the_signer_digested_no_relationships_is_not_judged(
    signer: Party, judge: Judge
) -> None:
    nothing = b'<Relationships xmlns="%s"></Relationships>' % files.RELATIONS.encode()
    listed = files.reference("/_rels/.rels", files.DOCX["_rels/.rels"].encode())
    listed += files.reference("/word/document.xml", nothing, files.transform(files.RELATIONSHIPS))
    (report,) = judge(files.office_signed(signer, listed))
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("format-unknown",))


@pytest.mark.parametrize("related", ["", "<Relationships", f"<a>{' ' * (9 << 20)}</a>"])
def test_relationships_that_cannot_be_read_are_told_with_their_signer(
    signer: Party, judge: Judge, related: str
) -> None:
    (report,) = judge(files.changed(files.signed_docx(signer), "_rels/.rels", related))
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signature-unreadable",))
    assert report.signer == "Trần Minh Khôi"


@pytest.mark.parametrize(
    "more",
    [
        lambda who: files.signed_invoice(who).replace("<DSCKS>", "<Khac>thêm</Khac><DSCKS>"),
        lambda who: files.signed_invoice(who).replace("<HDon>", '<HDon tong="1">'),
        lambda who: files.changed(files.signed_docx(who), "word/header1.xml", "<w/>"),
        lambda who: files.changed(
            files.signed_docx(who),
            "_rels/.rels",
            files.DOCX["_rels/.rels"].replace(
                "</Rel", '<Relationship Id="rId9" Type="http://x/people" Target="x.xml"/></Rel', 1
            ),
        ),
        lambda who: files.changed(files.signed_odt(who), "styles.xml", "<styles/>"),
    ],
)
def test_what_was_added_outside_of_it_is_told(
    signer: Party, judge: Judge, more: Callable[[Party], str | bytes]
) -> None:
    (report,) = judge(more(signer))
    assert (report.outcome, report.intact, report.valid) == (Outcome.PARTIAL, True, True)
    assert not report.covers_whole_document


@pytest.mark.parametrize("name", ["á.png", "%C3%A1.png"])
def test_a_part_is_found_whichever_of_package_and_signature_escapes_its_name(
    signer: Party, judge: Judge, name: str
) -> None:
    parts = {**files.DOCX, "%C3%A1.png": "no picture"}
    listed = "".join(
        files.reference(f"/{part}", files.DOCX[part].encode())
        for part in ("_rels/.rels", "word/document.xml")
    )
    listed += files.reference(f"/{name}", b"no picture")
    (report,) = judge(files.office_signed(signer, listed, parts))
    assert report.outcome is Outcome.VALID


def test_a_signature_that_net_made_is_found(signer: Party, judge: Judge) -> None:
    made = files.part(files.signed_docx(signer), "_xmlsignatures/sig1.xml")
    origin = "package/services/digital-signature"
    parts = {f"{origin}/origin.psdsor": "", f"{origin}/xml-signature/0f3a.psdsxs": made}
    (report,) = judge(files.packed({**files.DOCX, **parts}))
    assert report.outcome is Outcome.VALID


def test_the_core_properties_are_nobodys_text(signer: Party, judge: Judge) -> None:
    (report,) = judge(files.changed(files.signed_docx(signer), "docProps/core.xml", "<other/>"))
    assert report.outcome is Outcome.VALID


def test_text_that_is_moved_under_another_element_is_not_taken_for_the_signed(
    signer: Party, judge: Judge
) -> None:
    signed = files.signed_invoice(signer)
    start, end = signed.index("<DLHDon"), signed.index("<DSCKS>")
    data = signed[start:end]
    false = data.replace("6480000", "9").replace(' Id="data"', "")
    wrapped = signed[:start] + false + f"<Cu>{data}</Cu>" + signed[end:]
    (report,) = judge(wrapped)
    assert report.outcome is Outcome.PARTIAL
    (twice,) = judge(signed[:start] + data.replace("6480000", "9") + signed[start:])
    assert (twice.outcome, twice.errors) == (Outcome.UNJUDGED, ("format-unknown",))


def test_an_id_of_what_was_signed_lends_nothing_to_an_object_that_nobody_signed(
    signer: Party, judge: Judge
) -> None:
    invoice = files.enveloped_invoice(signer)
    (report,) = judge(invoice)
    assert (report.outcome, report.signed_at) == (Outcome.VALID, None)
    time = '<Object Id="data"><SigningTime>2019-01-01T00:00:00Z</SigningTime></Object></Signature>'
    (dated,) = judge(invoice.replace("</Signature>", time))
    listed = "".join(
        files.reference(f"/{name}", text.encode())
        for name, text in files.DOCX.items()
        if name != "[Content_Types].xml"
    )
    manifest = f'<Object Id="data"><Manifest>{listed}</Manifest></Object></Signature>'
    moved = {"_xmlsignatures/sig1.xml": invoice.replace("</Signature>", manifest)}
    (lent,) = judge(files.packed({**files.DOCX, **moved}))
    for report in (dated, lent):
        assert (report.outcome, report.signed_at) == (Outcome.UNJUDGED, None)


def test_a_comment_is_no_text_whatever_form_a_signature_names(signer: Party, judge: Judge) -> None:
    signed = files.signed_whole(signer, f"{files.C14N}#WithComments")
    (report,) = judge(signed.replace("<SoHieu>", "<!-- in ngày 3 --><SoHieu>"))
    assert report.outcome is Outcome.VALID


def test_a_value_of_another_key_is_invalid(
    authority: Hierarchy, signer: Party, judge: Judge
) -> None:
    other = authority.person(
        since=day(2020), until=day(2030), key=rsa.generate_private_key(65537, 2048)
    )
    false = Party(other.key, signer.certificate, signer.above)
    (report,) = judge(files.signed_invoice(false))
    assert (report.outcome, report.errors) == (Outcome.INVALID, ("signature-invalid",))


def test_two_of_one_id_are_told_apart(signer: Party, judge: Judge) -> None:
    twice = files.signed_whole(signer)
    made = twice[twice.index("<Signature") : twice.index("</VanBan>")]
    reports = judge(twice.replace("</VanBan>", f"{made}</VanBan>"))
    assert [(report.field, report.outcome) for report in reports] == [
        ("sig", Outcome.VALID),
        ("sig 2", Outcome.VALID),
    ]


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (lambda xml: xml.replace('URI="#data"', 'URI="vb.xml"'), ("signed-elsewhere",)),
        (lambda xml: xml.replace("xmlenc#sha256", "xmlenc#md2"), ("algorithm-unknown",)),
        (lambda xml: xml.replace("more#rsa-sha256", "more#hmac"), ("algorithm-unknown",)),
        (lambda xml: xml.replace("X509Certificate", "X509Other"), ("certificate-missing",)),
        (lambda xml: xml.replace('Object Id="time"', 'Object a:Id="time"'), ("format-unknown",)),
        (lambda xml: xml.replace("</HDon>", ""), ("signature-unreadable",)),
    ],
)
def test_what_nobody_can_judge_is_told_and_is_not_bad(
    signer: Party, judge: Judge, change: Callable[[str], str], errors: tuple[str, ...]
) -> None:
    (report,) = judge(change(files.signed_invoice(signer)))
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, errors)


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\x17\r20", b"\x17\rx0"), (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x43")],
)
def test_a_certificate_that_cannot_be_read_hides_no_other_signature(
    signer: Party, judge: Judge, before: bytes, after: bytes
) -> None:
    whole = files.signed_whole(signer)
    der = signer.certificate.public_bytes(Encoding.DER)
    assert before in der
    spoilt = base64.b64encode(der.replace(before, after, 1)).decode()
    bad = whole.replace(base64.b64encode(der).decode(), spoilt)
    bad = bad[bad.index("<Signature") : bad.index("</VanBan>")]
    outcomes = [report.outcome for report in judge(whole.replace("</VanBan>", f"{bad}</VanBan>"))]
    assert outcomes == [Outcome.VALID, Outcome.UNJUDGED]


def test_an_object_that_nobody_signed_is_told_in_a_signature_that_holds_its_text(
    signer: Party, judge: Judge
) -> None:
    text = '<Object Id="text"><VanBan>Số 12</VanBan></Object>'
    named = files.canonical(text.replace("<Object", f'<Object xmlns="{files.DSIG}"'))
    made = files.signature(signer, [files.reference("#text", named)], text)
    (report,) = judge(made)
    assert report.outcome is Outcome.VALID
    (added,) = judge(made.replace("</Signature>", "<Object>Thêm</Object></Signature>"))
    assert added.outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    "written",
    [
        lambda xml: f"\r\n {xml}".encode(),
        lambda xml: xml.encode("utf-8-sig"),
        lambda xml: xml.encode("utf-16"),
        lambda xml: xml.encode("utf-16-be"),
    ],
)
def test_however_xml_begins_its_signature_is_found(
    signer: Party, judge: Judge, written: Callable[[str], bytes]
) -> None:
    (report,) = judge(written(files.signed_invoice(signer)))
    assert report.outcome is Outcome.VALID


def test_a_file_that_only_speaks_of_signatures_bears_none(judge: Judge, tmp_path: Path) -> None:
    assert judge(f"<a>{files.DSIG}</a>") == []
    assert judge(files.packed({"_xmlsignatures/origin.sigs": ""})) == []
    plain = tmp_path / "plain"
    plain.write_bytes(b"<a/>")
    assert not bears_xml_signature(plain)


def test_a_part_that_is_there_twice_is_not_judged(signer: Party, judge: Judge) -> None:
    import io
    import warnings
    import zipfile

    held = io.BytesIO(files.signed_docx(signer))
    with warnings.catch_warnings(), zipfile.ZipFile(held, "a") as package:
        warnings.simplefilter("ignore")
        package.writestr("word/document.xml", "<w/>")
    (report,) = judge(held.getvalue())
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signature-unreadable",))


def test_the_certificate_is_found_that_fits_the_key_wherever_it_stands(
    authority: Hierarchy, signer: Party, judge: Judge
) -> None:
    other = authority.person("Lê Thị Nga", since=day(2020), until=day(2030))
    text = "<VanBan><SoHieu>12/QĐ</SoHieu></VanBan>"
    way = files.transform(ENVELOPED) + files.transform(files.C14N)
    made = files.signature(
        signer, [files.reference("", files.canonical(text), way)], before=[other.der]
    )
    (report,) = judge(text.replace("</VanBan>", f"{made}</VanBan>"))
    assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")
    (report,) = judge(text.replace("</VanBan>", f"{made}</VanBan>").replace("12/QĐ", "13/QĐ"))
    assert report.outcome is Outcome.BROKEN


def test_a_weak_key_is_told_as_of_a_pdf(authority: Hierarchy, judge: Judge) -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what is to be told
    who = authority.person(since=day(2020), until=day(2030), key=weak)
    (report,) = judge(files.signed_whole(who))
    assert (report.outcome, report.weak) == (Outcome.WEAK, "rsa1024")


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_held_in_base64_is_read(signer: Party, judge: Judge, *, wrapped: bool) -> None:
    data = "Quyết định số 12".encode() * 20
    told = base64.encodebytes(data).decode() if wrapped else base64.b64encode(data).decode()
    held = f'<Object Id="text">{told}</Object>'
    listed = files.reference("#text", data, files.transform(BASE64))
    made = files.signature(signer, [listed], held, method=C14N_1_1)
    (report,) = judge(made)
    assert (report.outcome, report.errors) == (Outcome.VALID, ())
    (report,) = judge(made.replace(told[:8], "AAAAAAAA"))
    assert report.outcome is Outcome.BROKEN
    (report,) = judge(made.replace(held, held.replace("</", "A</")))
    assert report.outcome is Outcome.UNJUDGED


def test_a_part_that_no_office_program_reads_hides_no_signature(
    signer: Party, judge: Judge
) -> None:
    for junk in ("<nothing/>", "no xml"):
        made = files.changed(files.signed_docx(signer), "META-INF/documentsignatures.xml", junk)
        assert Outcome.VALID in [report.outcome for report in judge(made)]
