"""The folder of a transfer: packages, a signed manifest, digests and a list that anyone can read.

Nothing of it needs this software: ``sha256sum -c SHA256SUMS``, a browser for ``index.html``, and
any tool that verifies XML signatures for ``manifest.xml``.
"""

import hashlib
import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.transfer import Transfer, TransferItem, TransferItemState
from archive_service.signing.port import Signer
from archive_service.signing.xml_signing import sign_xml
from archive_service.storage.durable import write_whole
from archive_service.transfer.items import items_of
from archive_service.transfer.refusals import TransferFolderError

PACKAGES = "packages"
MANIFEST, SUMS, LIST, MARK = "manifest.xml", "SHA256SUMS", "index.html", "transfer-id.txt"
NAMESPACE = "urn:archive-service:transfer-manifest:1"
_HEADS = {"title": "title_of"}
_COLUMNS = ("ordinal", "code", "title", "documents", "size_bytes", "file", "sha256")


@dataclass(frozen=True, slots=True)
class Giver:
    """Who hands over: the archive and the agency whose records they are."""

    archive_code: str
    archive_name: str
    agency_code: str
    agency_name: str


def manifest(
    row: Transfer, items: Iterable[TransferItem], giver: Giver, *, created: str, signer: Signer
) -> bytes:
    """Every package with its digest, in the order of the register, signed (XML-DSig, rsa-sha256).

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    root = etree.Element(_name("transferManifest"), nsmap={"transfer": NAMESPACE})
    root.attrib.update(
        {
            "id": str(row.id),
            "number": row.name,
            "edition": str(row.edition),
            "media": str(row.media),
            "registerNumber": row.register_number,
            "answerNumber": row.answer_number,
            "listSha256": row.list_sha256,
            "created": created,
        }
    )
    head = etree.SubElement(root, _name("head"))
    etree.SubElement(
        head,
        _name("giver"),
        archive=giver.archive_code,
        archiveName=giver.archive_name,
        agency=giver.agency_code,
        agencyName=giver.agency_name,
    )
    etree.SubElement(head, _name("receiver"), name=row.partner)
    for item in items:
        etree.SubElement(
            root,
            _name("package"),
            ordinal=str(item.ordinal),
            code=item.code,
            title=item.title,
            kind=item.package,
            file=f"{PACKAGES}/{item.file}",
            size=str(item.size_bytes),
            sha256=item.sha256 or "",
            documents=str(item.documents),
            medium=str(item.medium),
            version=str(item.version),
        )
    return sign_xml(root, head, signer)


def write_lists(
    folder: Path, session: Session, row: Transfer, signed: bytes, lang: str = "vi"
) -> None:
    """Manifest, list and digests into the folder; safe to repeat. The digests come last."""
    files = {MANIFEST: signed, LIST: _page(session, row, lang).encode()}
    for name, data in files.items():
        write_whole(folder / name, data)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    sums |= {f"{PACKAGES}/{item.file}": item.sha256 or "" for item in built(session, row)}
    lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
    write_whole(folder / SUMS, "".join(lines).encode())


def open_folder(folder: Path, row: Transfer) -> Path:
    """Where packages go: an empty folder becomes that of this transfer, its own is gone on with.

    Raises:
        TransferFolderError: something else lies there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark, packages = folder / MARK, folder / PACKAGES
    if not any(folder.iterdir()):
        write_whole(mark, f"{row.id}\n".encode())
    if not mark.is_file() or mark.read_text("ascii", "replace").strip() != str(row.id):
        raise TransferFolderError(folder=folder)
    packages.mkdir(exist_ok=True)
    return packages


def drop_package(packages: Path, name: str) -> None:
    """What may not go does not lie in what is handed over."""
    (packages / name).unlink(missing_ok=True)


def built(session: Session, row: Transfer) -> Iterator[TransferItem]:
    """Items whose package is there, in the order of the register."""
    return items_of(session, row.id, TransferItemState.BUILT)


def _page(session: Session, row: Transfer, lang: str) -> str:
    """A table of the packages for a browser, without a script or a word from elsewhere."""
    said = messages.text("packages.transfer.title", lang, number=row.name, partner=row.partner)
    keys = (f"packages.transfer.{_HEADS.get(name, name)}" for name in _COLUMNS)
    heads = [messages.text(key, lang) for key in keys]
    lines = [
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">',
        f"<title>{html.escape(said)}</title></head><body><h1>{html.escape(said)}</h1>",
        f"<p>{html.escape(messages.text('packages.transfer.verify', lang))}</p>",
        "<table border><thead><tr>",
        *(f"<th>{html.escape(head)}</th>" for head in heads),
        "</tr></thead><tbody>",
        *(_line(item) for item in built(session, row)),
        "</tbody></table></body></html>\n",
    ]
    return "\n".join(lines)


def _line(item: TransferItem) -> str:
    told: Mapping[str, object] = {name: getattr(item, name) for name in _COLUMNS}
    link = f'<a href="{PACKAGES}/{html.escape(item.file)}">{html.escape(item.file)}</a>'
    cells: Sequence[str] = [
        link if name == "file" else html.escape(str(value)) for name, value in told.items()
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"
