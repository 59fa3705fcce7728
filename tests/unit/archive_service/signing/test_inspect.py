"""Signatures of letters, of containers and beside a file: whose they are, and whether they hold."""

import base64
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from archive_service import clock
from archive_service.signing.inspect import ToJudge, bearer_of, inspect_file, may_sign
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.trust.roots import Trust
from tests.worlds.ingest import signed_files as files
from tests.worlds.simulated_signing import Hierarchy, Party, blank, day, sign

NOW = clock.now()  # which the library writes into what it signs
WORDS = "Kính gửi các thôn, đề nghị báo cáo về trạm bơm Cầu Sậy.\n"
TEXT, NOTE = b"12/Q\xc4\x90-UBND\n", b"<a/>"
ASIC = "application/vnd.etsi.asic-e+zip"
Judge = Callable[..., list[SignatureReport]]


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def signer(authority: Hierarchy) -> Party:
    key = rsa.generate_private_key(65537, 2048)
    return authority.person(since=day(2020), until=day(2040), key=key)


@pytest.fixture
def judge(authority: Hierarchy, tmp_path: Path) -> Judge:
    lists = authority.root_crl(at=NOW), authority.crl(at=NOW)
    trust = Trust(roots=(authority.root.der,), revocations=lists)

    def judged(name: str, data: bytes, **beside: bytes) -> list[SignatureReport]:
        others = {other.replace("_", "."): content for other, content in beside.items()}
        for other, content in {name: data, **others}.items():
            (tmp_path / other).write_bytes(content)
        path = tmp_path / name
        bearer = bearer_of(path, "", name)
        signed = tuple((one, tmp_path / one) for one in may_sign(path, bearer, name, others))
        return inspect_file(ToJudge(path, name, bearer, signed), trust, NOW)

    return judged


def cms(who: Party, data: bytes, *options: pkcs7.PKCS7Options, text: bool = False) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    assert isinstance(who.key, rsa.RSAPrivateKey)
    builder = builder.add_signer(who.certificate, who.key, hashes.SHA256())
    for certificate in who.above:
        builder = builder.add_certificate(certificate)
    return builder.sign(Encoding.SMIME if text else Encoding.DER, options)


def letter(who: Party, *options: pkcs7.PKCS7Options) -> bytes:
    """As Outlook signs it: in clear text, or whole."""
    inner = EmailMessage()
    inner.set_content(WORDS)
    head = b"From: a@x.gov.vn\r\nSubject: Bao cao\r\n"
    return head + cms(who, inner.as_bytes(), *options, text=True)


CLEAR = (pkcs7.PKCS7Options.DetachedSignature,)
NO_ATTRIBUTES = pkcs7.PKCS7Options.NoAttributes


def opaque(who: Party) -> bytes:
    inner = EmailMessage()
    inner.set_content(WORDS)
    outer = EmailMessage()
    outer["Subject"] = "Bao cao"
    outer.set_content(
        cms(who, inner.as_bytes().replace(b"\n", b"\r\n"), pkcs7.PKCS7Options.Binary),
        "application",
        "pkcs7-mime",
        filename="smime.p7m",
    )
    return outer.as_bytes()


def test_a_signed_letter_is_judged(signer: Party, judge: Judge) -> None:
    for made in (letter(signer, *CLEAR), opaque(signer)):
        (report,) = judge("a.eml", made)
        assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")
        assert (report.within, report.errors) == ("", ())


def test_a_letter_is_read_by_the_line_ends_that_mail_has(signer: Party, judge: Judge) -> None:
    made = letter(signer, *CLEAR)
    (report,) = judge("a.eml", made.replace(b"\r\n", b"\n"))
    assert report.outcome is Outcome.VALID


def test_a_letter_that_was_changed_is_broken(signer: Party, judge: Judge) -> None:
    made = letter(signer, *CLEAR)
    changed = made.replace(b"text/plain", b"text/html", 1)
    assert changed != made
    (report,) = judge("a.eml", changed)
    assert (report.outcome, report.errors) == (Outcome.BROKEN, ("digest-differs",))


def test_a_letter_signed_by_other_means_is_not_called_invalid(judge: Judge) -> None:
    made = (
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\n\n'
        b"--b\nContent-Type: text/plain\n\nx\n"
        b"--b\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n--b--\n"
    )
    (report,) = judge("a.eml", made)
    assert (report.outcome, report.algorithm) == (Outcome.UNJUDGED, "PGP")


def test_what_hangs_on_a_letter_is_judged_and_told_by_its_name(
    authority: Hierarchy, signer: Party, judge: Judge, tmp_path: Path
) -> None:
    person = authority.person(since=day(2020), until=day(2040))
    sign(blank(tmp_path / "blank.pdf"), tmp_path / "b.pdf", person, at=NOW)
    inner, made = EmailMessage(), EmailMessage()
    inner.set_content(WORDS)
    inner.add_attachment(
        files.signed_docx(signer), "application", "octet-stream", filename="b.docx"
    )
    made.set_content(WORDS)
    made.add_attachment((tmp_path / "b.pdf").read_bytes(), "application", "pdf", filename="b.pdf")
    made.add_attachment(TEXT, "application", "octet-stream", filename="c.txt")
    made.add_attachment(
        cms(signer, TEXT, *CLEAR, pkcs7.PKCS7Options.Binary),
        "application",
        "pkcs7-signature",
        filename="c.txt.p7s",
    )
    made.add_attachment(inner)
    reports = judge("a.eml", made.as_bytes())
    assert {report.within: report.outcome for report in reports} == {
        "b.pdf": Outcome.VALID,
        "b.docx": Outcome.VALID,
        "c.txt.p7s": Outcome.VALID,
    }
    assert len({report.field for report in reports}) == 3


def test_a_signature_beside_its_file_is_judged_and_without_it_is_not(
    signer: Party, judge: Judge
) -> None:
    made = cms(signer, TEXT, *CLEAR, pkcs7.PKCS7Options.Binary)
    (report,) = judge("a.txt.p7s", made)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signed-elsewhere",))
    assert report.signer == "Trần Minh Khôi"
    (report,) = judge("a.txt.p7s", made, a_txt=TEXT)
    assert (report.outcome, report.over) == (Outcome.VALID, ("a.txt",))
    (report,) = judge("a.txt.p7s", made, a_txt=TEXT + b"x")
    assert report.outcome is Outcome.BROKEN
    xml = files.signature(signer, [files.reference("a.txt", TEXT)]).encode()
    (report,) = judge("a.xml", xml, a_txt=TEXT)
    assert (report.outcome, report.over) == (Outcome.VALID, ("a.txt",))
    (report,) = judge("a.xml", xml, a_txt=NOTE)
    assert report.outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("content", "found"),
    [(TEXT + b"a\r\nb", Outcome.VALID), (b"%PDF-1.7\n" + TEXT, Outcome.UNJUDGED)],
    ids=["text", "no text"],
)
@pytest.mark.parametrize("options", [CLEAR, (*CLEAR, NO_ATTRIBUTES)], ids=["named", "not named"])
def test_what_was_signed_as_text_is_not_called_broken(
    signer: Party,
    judge: Judge,
    options: tuple[pkcs7.PKCS7Options, ...],
    content: bytes,
    found: Outcome,
) -> None:
    as_text = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    made = cms(signer, as_text, *options, pkcs7.PKCS7Options.Binary)
    (report,) = judge("a.dat.p7s", made, a_dat=content)
    assert report.outcome is found
    (report,) = judge("a.dat.p7s", made, a_dat=content + b"x")
    assert report.outcome in (Outcome.BROKEN, Outcome.INVALID)


def container(who: Party, *, of_xml: bool, first: str = "a.txt") -> bytes:
    """ASiC-E over two files: with XAdES, or with CAdES over a manifest."""
    listed = [files.reference(first, TEXT), files.reference("b.xml", NOTE)]
    parts = {"mimetype": ASIC, first: TEXT.decode(), "b.xml": NOTE.decode()}
    if of_xml:
        made = f"<XAdESSignatures>{files.signature(who, listed)}</XAdESSignatures>"
        return files.packed({**parts, "META-INF/signatures0.xml": made})
    lines = "".join(listed).replace("Reference", "DataObjectReference")
    manifest = f'<M><SigReference URI="META-INF/signature1.p7s"/>{lines}</M>'
    package = files.packed({**parts, "META-INF/ASiCManifest1.xml": manifest})
    signed = cms(who, manifest.encode(), *CLEAR, pkcs7.PKCS7Options.Binary)
    return files.changed(package, "META-INF/signature1.p7s", signed)


@pytest.mark.parametrize("means", ["xades", "cades"])
def test_a_container_is_judged(signer: Party, judge: Judge, means: str) -> None:
    made = container(signer, of_xml=means == "xades")
    (report,) = judge("a.asice", made)
    assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")
    (report,) = judge("a.asice", files.changed(made, "b.xml", "<b/>"))
    assert (report.outcome, report.intact) == (Outcome.BROKEN, False)
    (report,) = judge("a.asice", files.changed(made, "c.txt", "thêm"))
    assert (report.outcome, report.trusted) == (Outcome.PARTIAL, False)


@pytest.mark.parametrize("means", ["xades", "cades"])
def test_a_document_beside_the_signatures_of_a_container_is_told(
    signer: Party, judge: Judge, means: str
) -> None:
    made = container(signer, of_xml=means == "xades")
    (report,) = judge("a.asice", files.changed(made, "META-INF/Quyết định.pdf", "%PDF-"))
    assert report.outcome is Outcome.PARTIAL


def test_a_manifest_that_lists_nothing_proves_nothing(signer: Party, judge: Judge) -> None:
    manifest = '<M><SigReference URI="META-INF/signature1.p7s"/></M>'
    package = files.packed({"mimetype": ASIC, "META-INF/ASiCManifest1.xml": manifest})
    signed = cms(signer, manifest.encode(), *CLEAR, pkcs7.PKCS7Options.Binary)
    (report,) = judge("a.asice", files.changed(package, "META-INF/signature1.p7s", signed))
    assert (report.outcome, report.algorithm) == (Outcome.UNJUDGED, "DataObjectReference")


@pytest.mark.parametrize("way", ["./", "/"])
def test_an_address_from_the_root_names_its_file(signer: Party, judge: Judge, way: str) -> None:
    listed = files.reference(f"{way}a.txt", TEXT).replace("Reference", "DataObjectReference")
    manifest = f'<M><SigReference URI="{way}META-INF/signature1.p7s"/>{listed}</M>'
    parts = {"mimetype": ASIC, "a.txt": TEXT.decode(), "META-INF/ASiCManifest1.xml": manifest}
    signed = cms(signer, manifest.encode(), *CLEAR, pkcs7.PKCS7Options.Binary)
    made = files.changed(files.packed(parts), "META-INF/signature1.p7s", signed)
    (report,) = judge("a.asice", made)
    assert report.outcome is Outcome.VALID
    xml = files.signature(signer, [files.reference(f"{way}a.txt", TEXT)]).encode()
    (report,) = judge("a.xml", xml, a_txt=TEXT)
    assert report.outcome is Outcome.VALID


@pytest.mark.parametrize(
    "data", [b"", b"0\x82\xff\xff", b"0\x0b\x06\x09*\x86H\x86\xf7\r\x01\x07\x02"]
)
def test_what_cannot_be_read_is_told_as_that(judge: Judge, data: bytes) -> None:
    (report,) = judge("a.p7s", data)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signature-unreadable",))


def test_a_letter_deeper_than_any_is_read_as_far_as_it_goes(judge: Judge) -> None:
    deep = "".join(
        f"Content-Type: multipart/mixed; boundary=b{one}\n\n--b{one}\n" for one in range(3000)
    )
    assert judge("a.eml", deep.encode()) == []


def test_a_boundary_that_is_no_ascii_hides_no_signature(signer: Party, judge: Judge) -> None:
    signed = b"Content-Type: text/plain\r\n\r\nx"
    head = 'Content-Type: multipart/signed; boundary="ngăn"\n\n--ngăn\n'.encode()
    kind = b"\r\n--ng\xc4\x83n\nContent-Type: application/pkcs7-signature\n"
    made = base64.encodebytes(cms(signer, signed, *CLEAR, pkcs7.PKCS7Options.Binary))
    end = b"Content-Transfer-Encoding: base64\n\n" + made + "--ngăn--\n".encode()
    (report,) = judge("a.eml", head + signed + kind + end)
    assert report.outcome is Outcome.VALID


def test_words_beside_the_signed_part_of_a_letter_are_told(signer: Party, judge: Judge) -> None:
    made = letter(signer, *CLEAR)
    signed = made[made.index(b"MIME-Version") :]
    beside = b"Content-Type: multipart/mixed; boundary=Z\n\n--Z\nContent-Type: text/plain\n\nx\n"
    (report,) = judge("a.eml", beside + b"--Z\n" + signed + b"\n--Z--\n")
    assert (report.outcome, report.trusted) == (Outcome.PARTIAL, False)
    mark = made[made.index(b'boundary="') + 10 :].partition(b'"')[0]
    last = b"--" + mark + b"--"
    third = made.replace(last, b"--" + mark + b"\nContent-Type: text/plain\n\nx\n" + last)
    (report,) = judge("a.eml", third)
    assert report.outcome is Outcome.PARTIAL


def test_what_python_reads_beside_the_signed_part_is_told(signer: Party, judge: Judge) -> None:
    """Lines that are no head end it for some programs, and a lone CR ends a line."""
    made = letter(signer, *CLEAR)
    mark = made[made.index(b'boundary="') + 10 :].partition(b'"')[0]
    forged = b"--" + mark + b"%sContent-Type: text/plain%s%sx"
    in_head = b'"\nno head\n' + forged.replace(b"%s%s", b"\n\n").replace(b"%s", b"\n") + b"\r\n"
    of_cr = b'"\r\n\r\n\r' + forged.replace(b"%s", b"\r") + b"\r\n"
    for beside in (in_head, of_cr):
        reports = judge("a.eml", made.replace(b'"\r\n\r\n', beside, 1))
        assert not any(report.trusted for report in reports)


def test_a_head_that_stands_twice_is_read_in_two_ways(signer: Party, judge: Judge) -> None:
    made = letter(signer, *CLEAR).replace(b"MIME-Version", b"X", 1)
    twice = made.replace(b"\r\n\r\n", b"\r\nContent-Type: text/html\r\n\r\n", 1)
    (report,) = judge("a.eml", twice)
    assert report.outcome is Outcome.PARTIAL


def test_a_letter_too_long_to_be_held_is_not_judged(signer: Party, judge: Judge) -> None:
    made = letter(signer, *CLEAR)
    (report,) = judge("a.eml", made + b"x" * (64 << 20))
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("out-of-memory",))


def test_files_of_one_name_are_judged_each(signer: Party, judge: Judge) -> None:
    made = EmailMessage()
    made.set_content(WORDS)
    whole = files.signed_docx(signer)
    changed = files.changed(whole, "word/document.xml", "<x/>")
    for data in (whole, changed):
        made.add_attachment(data, "application", "octet-stream", filename="b.docx")
    reports = judge("a.eml", made.as_bytes())
    assert {report.within: report.outcome for report in reports} == {
        "b.docx (1)": Outcome.VALID,
        "b.docx (2)": Outcome.BROKEN,
    }


def test_a_signature_that_hangs_on_a_signed_letter_is_judged(signer: Party, judge: Judge) -> None:
    inner = EmailMessage()
    inner.set_content(WORDS)
    detached, holding = (*CLEAR, pkcs7.PKCS7Options.Binary), (pkcs7.PKCS7Options.Binary,)
    pdf = b"%PDF-1.4 " + TEXT
    for data, kind, name in (
        (TEXT, "octet-stream", "c.txt"),
        (cms(signer, NOTE, *detached), "pkcs7-signature", "c.txt.p7s"),
        (cms(signer, pdf, *holding), "pkcs7-mime", "d.pdf.p7m"),
    ):
        inner.add_attachment(data, "application", kind, filename=name)
    made = cms(signer, inner.as_bytes(), *CLEAR, text=True)
    reports = judge("a.eml", b"From: a@x.gov.vn\r\n" + made)
    assert {report.within: report.outcome for report in reports} == {
        "": Outcome.VALID,
        "c.txt.p7s": Outcome.BROKEN,
        "d.pdf.p7m": Outcome.VALID,
    }


def test_what_a_signature_leaves_open_in_the_head_of_a_letter_is_told(
    authority: Hierarchy, signer: Party, judge: Judge
) -> None:
    (report,) = judge("a.eml", letter(signer, *CLEAR))
    assert (report.open_heads, report.sender) == (("Subject", "From"), "")
    key = rsa.generate_private_key(65537, 2048)
    person = authority.person(since=day(2020), until=day(2040), key=key, mail="A@x.gov.vn")
    for made in (
        letter(person, *CLEAR),
        opaque(person).replace(b"Subject", b"From: a@x.gov.vn\nSubject"),
    ):
        (report,) = judge("a.eml", made)
        assert (report.mails, report.sender) == (("A@x.gov.vn",), "")
        (report,) = judge("a.eml", made.replace(b"a@x.gov.vn", b'"a@x.gov.vn" <b@y.vn>'))
        assert (report.outcome, report.sender) == (Outcome.VALID, "b@y.vn")


def test_heads_that_the_signed_part_repeats_are_covered(signer: Party, judge: Judge) -> None:
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Báo cáo", "a@x.gov.vn"
    inner.set_content(WORDS)
    made = b"From: a@x.gov.vn\nSubject: %s\n" + cms(signer, inner.as_bytes(), *CLEAR, text=True)
    subject = str(inner.as_bytes().partition(b"Subject: ")[2].partition(b"\n")[0].decode()).encode()
    (report,) = judge("a.eml", made.replace(b"%s", subject))
    assert report.open_heads == ()
    (report,) = judge("a.eml", made.replace(b"%s", b"Khac"))
    assert report.open_heads == ("Subject",)


def test_the_signature_of_a_letter_within_is_none_of_the_letter(
    signer: Party, judge: Judge
) -> None:
    head = b"Content-Type: multipart/mixed; boundary=Z\n\n--Z\nContent-Type: message/rfc822\n\n"
    (report,) = judge("a.eml", head + letter(signer, *CLEAR) + b"\n--Z--\n")
    assert (report.outcome, report.within) == (Outcome.VALID, "message.eml")


def test_what_a_signature_holds_itself_vouches_for_no_other_file(
    signer: Party, judge: Judge
) -> None:
    made = cms(signer, TEXT, pkcs7.PKCS7Options.Binary)
    (report,) = judge("a.txt.p7s", made, a_txt=TEXT)
    assert report.outcome is Outcome.VALID
    (report,) = judge("a.txt.p7s", made, a_txt=NOTE)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signed-elsewhere",))


@pytest.mark.parametrize("means", ["xades", "cades"])
def test_a_part_named_as_its_address_is_written_is_found(
    signer: Party, judge: Judge, means: str
) -> None:
    made = container(signer, of_xml=means == "xades", first="to%20trinh.txt")
    (report,) = judge("a.asice", made)
    assert report.outcome is Outcome.VALID
    (report,) = judge("a.asice", files.changed(made, "to trinh.txt", TEXT))
    assert report.outcome is not Outcome.VALID  # which of both was meant nobody says
