"""A signature beside its file is known as that in an archive that names files its own way."""

from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.holding import case_of
from tests.worlds.ingest.signed_files import packed as zipped
from tests.worlds.simulated_signing import Hierarchy, Party, day
from tests.worlds.transfer.handed_over import packed, taken_over
from tests.worlds.transfer.transfers import make_permanent

CODE = "H40.18.2020.08.QLCT"


def signed(authority: Hierarchy, who: Party, content: bytes) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(who.certificate, who.key, hashes.SHA256())
    builder = builder.add_certificate(authority.issuing.certificate)
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
    return builder.sign(Encoding.DER, options)


def trusting(home: Path, authority: Hierarchy) -> Path:
    folder = home / "trust"
    folder.mkdir(exist_ok=True)
    (folder / "root.der").write_bytes(authority.root.der)
    (folder / "issuing.crl").write_bytes(authority.crl(at=clock.now()))
    (folder / "above.crl").write_bytes(authority.root_crl(at=clock.now()))
    return home


def case(folder: Path, authority: Hierarchy, who: Party) -> Path:
    """Two documents: with a signature apart, and with a container of files."""
    folder.mkdir()
    papers = [write_pdf(folder / name, words=name).read_bytes() for name in ("a.pdf", "b.pdf")]
    (folder / "a.pdf.p7s").write_bytes(signed(authority, who, papers[0]))
    parts: dict[str, str | bytes] = {"mimetype": "application/vnd.etsi.asic-s+zip"}
    parts |= {"b.pdf": papers[1], "META-INF/signature.p7s": signed(authority, who, papers[1])}
    (folder / "b.asics").write_bytes(zipped(parts))
    rows = [
        document_row(files, CODE, codeNumber=number)
        for number, files in (("1", "a.pdf; a.pdf.p7s"), ("2", "b.pdf; b.asics"))
    ]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], rows)
    return folder


def kept(services: Services) -> list[tuple[str, object]]:
    """What is told of formats, by the files that are signed."""
    with services.read_only() as session:
        (row,) = session.scalars(select(Submission))
        found = [finding for finding in row.findings if finding.check == "formats"]
        return [(finding.code, finding.facts.get("names")) for finding in found]


def proved(services: Services) -> list[tuple[str, list[tuple[str, str, list[str]]]]]:
    return [
        (
            str(document.standing),
            [(one["file"], one["outcome"], one["over"]) for one in document.signatures],
        )
        for document in case_of(services, CODE).documents
    ]


def test_a_signature_beside_its_file_is_the_same_in_another_archive(tmp_path: Path) -> None:
    authority = Hierarchy()
    signer = authority.person(since=day(2020), until=day(2040))
    with open_home(trusting(new_home(tmp_path / "giver"), authority)) as giver:
        (identifier,) = submit(
            case(tmp_path / "in", authority, signer), actor=person(giver, "bach"), services=giver
        )
        do_all(giver)
        accept(giver, identifier, actor=person(giver, "lan"))
        do_all(giver)
        told, seen = kept(giver), proved(giver)
        make_permanent(giver, CODE)
        package = packed(giver, CODE, tmp_path / "out", form="sip")
    assert told == [("format-signature-kept", "a.pdf"), ("format-signature-kept", "b.pdf")]
    assert [of_it for standing, of_it in seen if standing == "original"] == [
        [("a.pdf.p7s", "valid", ["a.pdf"])],
        [("b.asics", "valid", ["b.pdf"])],
    ]
    there = trusting(new_home(tmp_path / "taker", historical=True), authority)
    with open_home(there) as taker:
        taken_over(taker, package)
        assert kept(taker) == told
        assert proved(taker) == seen
