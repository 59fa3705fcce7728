"""Sound files in forms that few programs know: called by their name, with what to do."""

import struct
import zipfile
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from PIL import Image

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.malware import NoScanner
from archive_service.settings import load_settings
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import FolderStaging
from ingest.checks.each import formats, page_images
from ingest.checks.examine import Examiner, ToExamine
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.register import Register
from tests.worlds.ingest.signed_files import packed
from tests.worlds.simulated_signing import Hierarchy, Party

NOTHING = Register({}, None, False, None, {})
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def told(path: Path, *, page_image: bool = False) -> list[tuple[str, Severity, str]]:
    """What is found on one file: code, severity and remedy."""
    context = looked_into(path.parent, [[path.name]], page_image=page_image)
    return [
        (finding.code, finding.severity, messages.finding(finding.code, "vi", finding.facts).remedy)
        for check in (formats.check, page_images.check)
        for finding in check(context)
    ]


def looked_into(folder: Path, rows: list[list[str]], *, page_image: bool = False) -> CheckContext:
    """A case file of documents with these files."""
    staging, limits = FolderStaging(folder / "staging"), load_settings(folder).limits
    names = [name for row in rows for name in row]
    received = dict(
        zip(names, staging.receive_all([(folder / n).read_bytes() for n in names]), strict=True)
    )
    asked = [
        ToExamine(uuid4(), name, one.sha256, one.size_bytes, page_image)
        for name, one in received.items()
    ]
    examiner = Examiner(staging, scanner=NoScanner(), trust=Trust.none(), limits=limits)
    facts = examiner.examine_all(asked)
    documents = [
        DeclaredDocument(
            row=number,
            fields={},
            files=[DeclaredFile(path=name, page_image=page_image) for name in row],
        )
        for number, row in enumerate(rows, 2)
    ]
    files = {
        one.path: ReceivedFile(one.path, one.sha256, one.size_bytes, facts[one.id]) for one in asked
    }
    return CheckContext(DeclaredCaseFile(row=1, documents=documents), files, NOTHING, limits)


@pytest.mark.parametrize(
    ("tag", "usual", "strange"), [(259, 5, 50001), (259, 5, 34712), (262, 1, 9)]
)
def test_a_tiff_packed_as_few_programs_know_is_not_called_damaged(
    tmp_path: Path, tag: int, usual: int, strange: int
) -> None:
    """Packed by WebP or JPEG 2000, or in the colours of an ICC profile's Lab."""
    path = tmp_path / "a.tif"
    Image.effect_noise((1200, 1700), 90).save(path, compression="tiff_lzw", dpi=(200, 200))
    assert told(path) == []
    head = struct.pack("<HHI", tag, 3, 1)
    data = path.read_bytes()
    assert head + struct.pack("<H", usual) in data
    data = data.replace(head + struct.pack("<H", usual), head + struct.pack("<H", strange))
    path.write_bytes(data)
    for page_image, severity in ((False, Severity.WARNING), (True, Severity.ERROR)):
        (found,) = told(path, page_image=page_image)
        assert found[:2] == ("image-compression", severity)


def test_a_tiff_that_opens_here_and_in_few_other_programs_is_told(tmp_path: Path) -> None:
    Image.effect_noise((1200, 1700), 90).save(
        tmp_path / "a.tif", compression="zstd", dpi=(300, 300)
    )
    for page_image in (False, True):
        found = [one[:2] for one in told(tmp_path / "a.tif", page_image=page_image)]
        assert ("image-compression-rare", Severity.WARNING) in found


@pytest.mark.parametrize("packed", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_a_tiff_packed_as_all_programs_know_is_not_told(tmp_path: Path, packed: str) -> None:
    Image.effect_noise((1200, 1700), 90).save(
        tmp_path / "a.tif", compression=packed, dpi=(300, 300)
    )
    assert told(tmp_path / "a.tif") == []


def open_document(path: Path, kind: str) -> Path:
    """What LibreOffice writes, in its order, and not much else."""
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{ODF}:office:1.0" '
        'office:version="1.3"><office:body><office:text/></office:body></office:document-content>'
    )
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{ODF}:manifest:1.0" '
        'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" '
        f'manifest:version="1.3" manifest:media-type="{media_type}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", media_type)
        parts.writestr("content.xml", content)
        parts.writestr("META-INF/manifest.xml", manifest)
    return path


def test_a_template_of_an_open_document_is_one(tmp_path: Path) -> None:
    assert told(open_document(tmp_path / "a.ott", "text-template")) == []
    assert told(open_document(tmp_path / "a.odt", "text")) == []


def test_what_is_to_be_saved_anew_is_told_with_its_new_form(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsm")  # no macro is in it, and Excel does not open it by this name
    book.template = True
    book.save(tmp_path / "a.xltx")
    for name, code in (("a.xlsm", "format-other-ending"), ("a.xltx", "format-to-save-anew")):
        (found,) = told(tmp_path / name)
        assert found[:2] == (code, Severity.ERROR)
        assert ".xlsx" in found[2]


def test_what_is_of_no_list_under_an_ending_that_is_another_is_told_as_both(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pdf", "w") as packed:
        packed.writestr("a.txt", "x")
    codes = [code for code, *_ in told(tmp_path / "a.pdf")]
    assert codes == ["format-not-as-named", "format-not-accepted"]


def test_a_signature_apart_is_told_as_that_and_a_container_as_an_envelope(tmp_path: Path) -> None:
    path, party = tmp_path / "to-trinh.pdf.p7s", Hierarchy().person()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"%PDF-1.7")
    builder = builder.add_signer(party.certificate, party.key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
    path.write_bytes(builder.sign(Encoding.DER, options))
    assert [code for code, *_ in told(path)] == ["format-signature-apart"]
    with zipfile.ZipFile(tmp_path / "a.asics", "w") as packed:
        packed.writestr("mimetype", "application/vnd.etsi.asic-s+zip")
        packed.writestr("a.txt", "x")
        packed.writestr("META-INF/signatures.xml", "<XAdESSignatures/>")
    assert [code for code, *_ in told(tmp_path / "a.asics")] == ["format-wraps"]


def test_an_envelope_of_a_signature_is_told_with_what_to_take_out_of_it(tmp_path: Path) -> None:
    path, party = tmp_path / "to-trinh.pdf.p7m", Hierarchy().person()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"%PDF-1.7")
    builder = builder.add_signer(party.certificate, party.key, hashes.SHA256())
    path.write_bytes(builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary]))
    ((code, severity, remedy),) = told(path)
    assert (code, severity) == ("format-wraps", Severity.ERROR)
    assert "lấy văn bản bên trong ra" in remedy


@pytest.mark.parametrize("kind", ["apart", "around", "as text", "container"])
def test_a_signature_is_kept_beside_the_file_that_it_signs(tmp_path: Path, kind: str) -> None:
    content, party = b"12/Q\xc4\x90-UBND\n", Hierarchy().person()
    (tmp_path / "a.txt").write_bytes(content)
    if kind == "container":
        name = "a.asics"
        inner: dict[str, str | bytes] = {
            "mimetype": "application/vnd.etsi.asic-s+zip",
            "a.txt": content,
        }
        inner["META-INF/signature.p7s"] = signed_apart(party, content)
        (tmp_path / name).write_bytes(packed(inner))
    else:
        name = "a.txt.p7m" if kind == "around" else "a.txt.p7s"
        how = Encoding.PEM if kind == "as text" else Encoding.DER
        (tmp_path / name).write_bytes(signed_apart(party, content, how, within=kind == "around"))
    assert codes(tmp_path, [["a.txt", name]], name) == ["format-signature-kept"]
    assert "format-signature-kept" not in codes(tmp_path, [["a.txt"], [name]], name)
    (tmp_path / "a.txt").write_bytes(content + b"x")
    if kind in ("around", "container"):  # then nobody sees what it holds
        assert codes(tmp_path, [["a.txt", name]], name) == ["format-wraps"]


def codes(folder: Path, rows: list[list[str]], name: str) -> list[str]:
    found = formats.check(looked_into(folder, rows))
    return [finding.code for finding in found if finding.place == name]


def signed_apart(
    party: Party, content: bytes, how: Encoding = Encoding.DER, *, within: bool = False
) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(party.certificate, party.key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary]
    return builder.sign(
        how, options if within else [*options, pkcs7.PKCS7Options.DetachedSignature]
    )
