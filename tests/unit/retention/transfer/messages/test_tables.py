"""What two archives sign to each other: the same bytes in each release, and read strictly."""

import datetime as dt
import io
import re
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from archive_service.errors import InputError
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import Signer, SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.xml.events import XmlBrokenError, XmlForbiddenError
from retention.transfer.messages.form import MOST_BYTES, MOST_LINES, Form, content_of, parse, signed
from retention.transfer.messages.tables import (
    ANSWER_FORM,
    HAND_RECEIPT_FORM,
    MANIFEST_FORM,
    NOTICE_FORM,
    REGISTER_FORM,
    REPLY_FORM,
    Answer,
    AnswerLine,
    HandReceiptHead,
    HandReceiptLine,
    Manifest,
    Notice,
    NoticeLine,
    PackageLine,
    Receipt,
    Register,
    RegisterLine,
    Reply,
    ReplyLine,
)

ID = UUID("00000000-0000-4000-8000-000000000008")
AT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 4)
A, B, C = "a" * 64, "b" * 64, "c" * 64
NASTY = '«A» & "B" <C>\t\n'
IN_TREE = "«A» &amp; &quot;B&quot; &lt;C&gt;&#9;&#10;"
IN_LINES = "«A» &amp; &quot;B&quot; &lt;C>&#x9;&#xA;"
PRINTED = "«A» &amp; &quot;B&quot; &lt;C&gt;"
MESSAGES: dict[str, tuple[Form[Any, Any], Any, list[Any], str]] = {
    "register": (
        REGISTER_FORM,
        Register(
            id=ID, sequence=2, number=NASTY, edition=3, created=AT, register_number=NASTY,
            registered_on=DAY, approval_number="", list_sha256=A, fonds="P1", withdrawn=False,
            reason="", content=B, archive="X1", archive_name="Lưu trữ", agency="X2",
            agency_name="", receiver_archive="", receiver="Lưu trữ lịch sử",
        ),
        [
            RegisterLine("H1", NASTY, 3, 0, 1, "P1", DAY),
            RegisterLine("H2", "hai", 1, 9, 2),
        ],
        (f'<transfer:transferRegister xmlns:transfer="urn:archive-service:transfer-register:1"'
        f' id="{ID}" sequence="2" number="{IN_TREE}" edition="3"'
        f' created="2026-03-04T05:06:07.000000Z" registerNumber="{PRINTED}"'
        f' registeredOn="2026-03-04" approvalNumber="" listSha256="{A}" fonds="P1"'
        f' withdrawn="false" reason="" content="{B}"><transfer:head>'
        '<transfer:giver archive="X1" archiveName="Lưu trữ" agency="X2" agencyName=""/>'
        '<transfer:receiver archive="" archiveName="Lưu trữ lịch sử"/></transfer:head>'
        f'<transfer:item code="H1" documents="3" dueOn="2026-03-04" fonds="P1" pages="0"'
        f' title="{IN_LINES}" version="1"></transfer:item>'
        '<transfer:item code="H2" documents="1" dueOn="" fonds="" pages="9" title="hai"'
        ' version="2"></transfer:item></transfer:transferRegister>'),
    ),
    "answer": (
        ANSWER_FORM,
        Answer(
            transfer=ID, sequence=2, created=AT, register=1, list_sha256=A, number="01/2026",
            answer_number="2/TL", answered_on=DAY, wanted_on=None, reason=NASTY, content=B,
            giver="X1", receiver="X2", receiver_name="Lưu trữ",
        ),
        [AnswerLine("H1", NASTY)],
        ('<transfer:transferRegisterAnswer'
        ' xmlns:transfer="urn:archive-service:transfer-register-answer:1"'
        f' id="{ID}" sequence="2" created="2026-03-04T05:06:07.000000Z" register="1"'
        f' listSha256="{A}" number="01/2026" answerNumber="2/TL" answeredOn="2026-03-04"'
        f' wantedOn="" reason="{PRINTED}" content="{B}"><transfer:head>'
        '<transfer:giver archive="X1"/><transfer:receiver archive="X2" archiveName="Lưu trữ"/>'
        f'</transfer:head><transfer:item code="H1" reason="{IN_LINES}"></transfer:item>'
        "</transfer:transferRegisterAnswer>"),
    ),
    "manifest": (
        MANIFEST_FORM,
        Manifest(
            id=ID, number="01/2026", edition=3, sequence=2, media=1, register_number="1/ĐK",
            answer_number="", list_sha256=A, created=AT, archive="X1", archive_name="Lưu trữ",
            agency="X2", agency_name="Sở", receiver="Lưu trữ lịch sử", receiver_archive="",
        ),
        [PackageLine(1, "H1", NASTY, "sip", "1.sip.zip", 10**12, B, 3, 1, 1)],
        ('<transfer:transferManifest xmlns:transfer="urn:archive-service:transfer-manifest:1"'
        f' id="{ID}" number="01/2026" edition="3" sequence="2" media="1" registerNumber="1/ĐK"'
        f' answerNumber="" listSha256="{A}" created="2026-03-04T05:06:07.000000Z"><transfer:head>'
        '<transfer:giver archive="X1" archiveName="Lưu trữ" agency="X2" agencyName="Sở"/>'
        '<transfer:receiver name="Lưu trữ lịch sử"/></transfer:head>'
        '<transfer:package code="H1" documents="3" file="packages/1.sip.zip" kind="sip"'
        f' medium="1" ordinal="1" sha256="{B}" size="1000000000000" title="{IN_LINES}"'
        ' version="1"></transfer:package></transfer:transferManifest>'),
    ),
    "reply": (
        REPLY_FORM,
        Reply(
            transfer=ID, sequence=2, created=AT, number="01/2026", content=B, received=AT,
            giver="X1", receiver="X2", receiver_name="Lưu trữ",
        ),
        [
            ReplyLine(
                "H1", A, "stored",
                receipt=Receipt(
                    "X2", "H1", "A1", "urn:x", 1, C, A, "2026-03-04T05:06:07.000000Z"
                ),
            ),
            ReplyLine("H2", B, "returned", NASTY.strip()),
        ],
        ('<transfer:transferReply xmlns:transfer="urn:archive-service:transfer-reply:1"'
        f' id="{ID}" sequence="2" created="2026-03-04T05:06:07.000000Z" number="01/2026"'
        f' content="{B}" received="2026-03-04T05:06:07.000000Z"><transfer:head>'
        '<transfer:giver archive="X1"/><transfer:receiver archive="X2" archiveName="Lưu trữ"/>'
        '</transfer:head><transfer:item arcFileCode="A1" archive="X2" code="H1"'
        f' inventorySha256="{C}" ocflId="urn:x" outcome="stored" packageSha256="{A}"'
        f' sha256="{A}" storedAt="2026-03-04T05:06:07.000000Z" version="1"></transfer:item>'
        f'<transfer:item code="H2" outcome="returned"'
        f' reason="«A» &amp; &quot;B&quot; &lt;C>" sha256="{B}"></transfer:item>'
        "</transfer:transferReply>"),
    ),
    "notice": (
        NOTICE_FORM,
        Notice(
            transfer=ID, sequence=2, created=AT, withdrawn=True, reason=NASTY, content=B,
            giver="X1", receiver="",
        ),
        [NoticeLine("H1", A, "held")],
        ('<transfer:transferNotice xmlns:transfer="urn:archive-service:transfer-notice:1"'
        f' id="{ID}" sequence="2" created="2026-03-04T05:06:07.000000Z" withdrawn="true"'
        f' reason="{PRINTED}" content="{B}"><transfer:head><transfer:giver archive="X1"/>'
        '<transfer:receiver archive=""/></transfer:head>'
        f'<transfer:item code="H1" reason="held" sha256="{A}"></transfer:item>'
        "</transfer:transferNotice>"),
    ),
    "hand receipt": (
        HAND_RECEIPT_FORM,
        HandReceiptHead(
            transfer=ID, sequence=2, created=AT, paper_number="1", paper_date=DAY,
            scan_sha256=A, giver="X1", receiver="Lưu trữ",
        ),
        [
            HandReceiptLine("H1", A, "stored", arc_file_code=""),
            HandReceiptLine("H2", B, "returned", reason="mờ"),
        ],
        ('<transfer:handReceipt xmlns:transfer="urn:archive-service:transfer-hand-receipt:1"'
        f' id="{ID}" sequence="2" created="2026-03-04T05:06:07.000000Z" paperNumber="1"'
        f' paperDate="2026-03-04" scanSha256="{A}"><transfer:head>'
        '<transfer:giver archive="X1"/><transfer:receiver name="Lưu trữ"/></transfer:head>'
        f'<transfer:item arcFileCode="" code="H1" outcome="stored" sha256="{A}"></transfer:item>'
        f'<transfer:item code="H2" outcome="returned" reason="mờ" sha256="{B}"></transfer:item>'
        "</transfer:handReceipt>"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    folder = tmp_path_factory.mktemp("authority")
    authority = DemoAuthority.open_or_make(folder / "authority")
    subject = Subject("Lưu trữ", "Lưu trữ", SignerKind.AGENCY, "MST:0600000000")
    authority.issue_key(subject, folder / "archive.p12")
    return open_pkcs12("pkcs12:archive.p12", home=folder)


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_is_the_same_text_in_each_release(signer: Signer, kind: str) -> None:
    form, head, lines, expected = MESSAGES[kind]
    document = form.write(head, lines, signer).read().decode()
    _, _, plain = document.partition("\n")
    assert re.sub("<ds:Signature.*</ds:Signature>", "", plain, flags=re.DOTALL) == expected


@pytest.mark.parametrize("kind", MESSAGES)
def test_what_is_written_is_read_back(signer: Signer, kind: str) -> None:
    form, head, lines, _ = MESSAGES[kind]
    seen: list[Any] = []
    read = form.read(form.write(head, lines, signer).open(), seen.append)
    assert read.lines == len(seen) == len(lines)
    for told, meant in zip([read, *seen], [replace(head, lines=len(lines)), *lines], strict=True):
        for name in told.__dataclass_fields__:
            value, given = getattr(told, name), getattr(meant, name)
            printed = "".join(filter(str.isprintable, given)) if isinstance(given, str) else given
            assert value in (given, printed, NASTY.strip())


def test_what_a_message_says_has_one_digest_whatever_its_head_says(signer: Signer) -> None:
    _, head, lines, _ = MESSAGES["reply"]
    document = signed(REPLY_FORM, head, lines, signer).document
    seen: list[ReplyLine] = []
    REPLY_FORM.each(document, seen.append)
    assert content_of(seen, state="x") == content_of(lines, state="x") != content_of(lines)


def altered(signer: Signer, kind: str, old: str, new: str) -> bytes:
    form, head, lines, _ = MESSAGES[kind]
    document = form.write(head, lines, signer).read().decode()
    assert old in document
    return document.replace(old, new, 1).encode()


def refusal(kind: str, document: bytes) -> tuple[str, object, object]:
    form = MESSAGES[kind][0]
    seen: list[Any] = []
    with pytest.raises(InputError) as refused:
        form.read(io.BytesIO(document), seen.append)
    return refused.value.code, refused.value.facts["field"], refused.value.facts["line"]


BAD: list[tuple[str, str, str, str, int]] = [
    ("register", ' sequence="2"', "", "sequence", 0),
    ("register", ' sequence="2"', ' sequence="0"', "sequence", 0),
    ("register", ' sequence="2"', ' sequence="２"', "sequence", 0),
    ("register", ' sequence="2"', ' sequence="1_0"', "sequence", 0),
    ("register", ' sequence="2"', ' sequence="1000000000"', "sequence", 0),
    ("register", ' sequence="2"', ' transfer:sequence="2"', "sequence", 0),
    ("register", ' registeredOn="2026-03-04"', ' registeredOn=""', "registeredOn", 0),
    ("register", 'agencyName=""', f'agencyName="{"x" * 301}"', "agencyName", 0),
    ("register", 'withdrawn="false"', 'withdrawn="False"', "withdrawn", 0),
    ("register", 'withdrawn="false"', 'withdrawn="true"', "item", 0),
    ("register", ' title="hai"', ' title=" "', "title", 2),
    ("register", ' title="hai"', f' title="{"x" * 1001}"', "title", 2),
    ("register", ' dueOn=""', ' dueOn="4/3/2026"', "dueOn", 2),
    ("answer", f'id="{ID}"', 'id="1"', "id", 0),
    ("answer", ' reason="«A»', f' reason="{"x" * 1001}', "reason", 0),
    ("manifest", f' listSha256="{A}"', f' listSha256="{A.upper()}"', "listSha256", 0),
    ("manifest", f' listSha256="{A}"', f' listSha256="{A}&#xA;"', "listSha256", 0),
    ("manifest", "packages/1.sip.zip", "packages/..", "file", 1),
    ("manifest", "packages/1.sip.zip", "packages/a/b.zip", "file", 1),
    ("manifest", 'kind="sip"', 'kind="dip"', "kind", 1),
    ("manifest", 'version="1"', 'version="9999999999"', "version", 1),
    ("reply", ' created="2026-03-04T05:06:07.000000Z"', ' created="2026-03-04"', "created", 0),
    ("reply", 'received="2026', 'received="', "received", 0),
    ("reply", 'received="2026', 'received="9999-12-31T23:59:59Z" x="', "received", 0),
    ("reply", 'storedAt="2026-03-04T05:06:07.000000Z"',
     'storedAt="0001-01-01T00:00:00+14:00"', "storedAt", 1),
    ("reply", 'outcome="returned"', 'outcome="stored"', "archive", 2),
    ("reply", 'outcome="returned"', 'outcome="lost"', "outcome", 2),
    ("notice", 'reason="held"', 'reason="so"', "reason", 1),
    ("notice", "<transfer:giver ", "<transfer:other ", "archive", 0),
    ("notice", "<transfer:receiver ", '<transfer:giver archive="X9"/><transfer:receiver ',
     "giver", 0),
    ("notice", "</transfer:head>", "</transfer:head><transfer:head/>", "head", 0),
    ("notice", "<transfer:head>", (f'<transfer:item code="H9" reason="held" sha256="{A}"/>'
     "<transfer:head>"), "head", 1),
    ("notice", "urn:archive-service:transfer-notice:1", "urn:archive-service:transfer-reply:1",
     "transferNotice", 0),
    ("manifest", "<transfer:package ", '<transfer:package xmlns:transfer="urn:x" ', "package", 0),
    ("manifest", "<transfer:package ", '<package xmlns="urn:x" ', "package", 0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "field", "line"), BAD)
def test_what_no_message_says_is_refused_by_its_name_and_line(
    signer: Signer, kind: str, old: str, new: str, field: str, line: int
) -> None:
    document = altered(signer, kind, old, new)
    if new.startswith("<package"):
        document = document.replace(b"</transfer:package>", b"</package>")
    code = "transfer-manifest" if kind == "manifest" else "transfer-message"
    assert refusal(kind, document) == (code, field, line)


@pytest.mark.parametrize("kind", ["register", "answer", "reply", "notice"])
def test_a_case_file_that_is_named_twice_is_refused(signer: Signer, kind: str) -> None:
    form, head, lines, _ = MESSAGES[kind]
    document = signed(form, head, [*lines, lines[0]], signer).document
    with pytest.raises(InputError) as refused:
        parse(form, document)
    assert refused.value.facts == {"field": "code", "line": len(lines) + 1}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' sequence="2"', ' sequence="2" urgent="true"'),
        ("<transfer:head>", "<transfer:head><transfer:seal/>"),
        ("<transfer:head>", '<x:item xmlns:x="urn:x" code="H9"/><transfer:head>'),
        ("</transfer:head>", "<!-- <transfer:giver archive='X9'/> --></transfer:head>text"),
        ("<transfer:head>", "<?transfer sequence='9'?><transfer:head>"),
    ],
)
def test_what_a_later_release_may_add_is_passed_over(signer: Signer, old: str, new: str) -> None:
    head = MESSAGES["notice"][1]
    read = parse(NOTICE_FORM, altered(signer, "notice", old, new))
    assert (read.sequence, read.giver, read.lines) == (head.sequence, head.giver, 1)


def test_entities_and_depth_and_what_is_cut_off_are_refused(signer: Signer) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n<transfer:transferNotice'
    reading = partial(parse, NOTICE_FORM)
    with pytest.raises(XmlForbiddenError):
        reading(altered(signer, "notice", "<transfer:transferNotice", bomb))
    with pytest.raises(XmlForbiddenError):
        reading(altered(signer, "notice", "<transfer:head>", "<transfer:head>" * 200))
    with pytest.raises(XmlBrokenError):
        reading(altered(signer, "notice", "</transfer:transferNotice>", ""))


def test_a_message_is_bounded(signer: Signer) -> None:
    line = f'<transfer:item code="H1" reason="held" sha256="{A}"></transfer:item>'
    document = altered(signer, "notice", line, line * (MOST_LINES + 1))
    assert refusal("notice", document) == ("transfer-message", "item", MOST_LINES + 1)
    with pytest.raises(InputError) as refused:
        parse(NOTICE_FORM, bytes(MOST_BYTES + 1))
    assert refused.value.facts == {"field": "size", "line": 0}
