"""The folder of a transfer: packages, a signed manifest, digests and a list that anyone can read.

Nothing of it needs this software: ``sha256sum -c SHA256SUMS``, a browser for ``index.html``, and
any tool that verifies XML signatures for ``manifest.xml``.
"""

import datetime as dt
import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.kept_document import Kept
from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferItemState
from archive_service.signing.port import Signer
from archive_service.storage.durable import write_pieces, write_whole
from retention.transfer.disks.writing_sign import SIGNS
from retention.transfer.items import items_of
from retention.transfer.messages.tables import MANIFEST_FORM, PACKAGES, Manifest, PackageLine
from retention.transfer.papers.kinds import CATALOGUE, EXPLANATION
from retention.transfer.refusals import TransferFolderError

MANIFEST, SUMS, LIST, MARK = "manifest.xml", "SHA256SUMS", "index.html", "transfer-id.txt"
GUIDE = "huong-dan.html"  # for whoever receives without this software
PAPERS = {CATALOGUE: "muc-luc.pdf", EXPLANATION: "thuyet-minh.pdf"}  # beside the manifest
# What the archives tell each other of it.
MESSAGES = r"(?:register|answer|reply|notice)-[0-9]{3,}\.xml"
HALF_MARK = f".{MARK}.part"  # of who was killed before all others
_HEADS = {"title": "title_of"}
# Of the list: on a screen of any width, light or dark, and on paper.
_STYLE = """<style>
:root { color-scheme: light dark; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; font: 1rem/1.5 serif; }
h1 { font-size: 1.4rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid; padding: .3rem .5rem; text-align: left; vertical-align: top; }
td:nth-child(1), td:nth-child(4), td:nth-child(5) { text-align: right; }
td:nth-child(2), td:nth-child(6) { overflow-wrap: anywhere; min-width: 9rem; }
td:nth-child(3) { min-width: 14rem; }
td:nth-child(7) { font: .8rem/1.5 monospace; overflow-wrap: anywhere; min-width: 12rem; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
</style>
"""
_COLUMNS = ("ordinal", "code", "title", "documents", "size_bytes", "file", "sha256")


@dataclass(frozen=True, slots=True)
class Giver:
    """Who hands over: the archive and the agency whose records they are."""

    archive_code: str
    archive_name: str
    agency_code: str
    agency_name: str


def manifest(
    row: Transfer,
    items: Iterable[TransferItem],
    giver: Giver,
    *,
    sequence: int,
    created: dt.datetime,
    signer: Signer,
) -> Kept:
    """Every package with its digest, in the order of the register, signed (XML-DSig, rsa-sha256).

    What the other archive acknowledged already is named as well, with the digest that it had.

    Args:
        sequence: of the manifest: goes up with each that is made; the highest counts.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    head = Manifest(
        id=row.id,
        number=row.name,
        edition=row.edition,
        sequence=sequence,
        media=row.media,
        register_number=row.register_number,
        answer_number=row.answer_number,
        list_sha256=row.list_sha256,
        created=created,
        archive=giver.archive_code,
        archive_name=giver.archive_name,
        agency=giver.agency_code,
        agency_name=giver.agency_name,
        receiver=row.partner,
        receiver_archive=row.partner_code,
    )
    return MANIFEST_FORM.write(head, (_package(item, row.media) for item in items), signer)


def _package(item: TransferItem, media: int) -> PackageLine:
    return PackageLine(
        ordinal=item.ordinal,
        code=item.code,
        title=item.title,
        kind=item.package,
        file=item.file,
        size_bytes=item.size_bytes,
        sha256=item.sha256 or "",
        documents=item.documents,
        version=item.version,
        medium=min(item.medium, media),
    )


def write_lists(
    folder: Path,
    items: Callable[[], Iterable[TransferItem]],
    title: str,
    files: Mapping[str, Iterable[bytes]],
    lang: str,
) -> str:
    """Manifest, list and digests into the folder of one medium, whose packages ``items`` are.

    Safe to repeat. The digests come last; returned is that of their own file.

    Args:
        files: the manifest, and papers beside it, by name; each in pieces.
    """
    sums = {name: write_pieces(folder / name, pieces) for name, pieces in files.items()}
    sums[LIST] = _written(folder / LIST, _page(items(), title, lang))
    lines = chain(
        (f"{digest}  {name}\n" for name, digest in sorted(sums.items())),
        (f"{item.sha256}  {PACKAGES}/{item.file}\n" for item in items()),
    )
    return _written(folder / SUMS, lines)


def read_sums(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each file that ``SHA256SUMS`` names, one after another.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    with (folder / SUMS).open(encoding="utf-8") as lines:
        for line in lines:
            digest, _, name = line.rstrip("\n").partition("  ")
            yield name, digest


def _written(target: Path, texts: Iterable[str]) -> str:
    """All of the file or none, durable; its digest."""
    return write_pieces(target, (text.encode() for text in texts))


def is_of(folder: Path, row: Transfer) -> bool:
    """Whether it bears the mark of this transfer."""
    mark = folder / MARK
    return mark.is_file() and mark.read_text("ascii", "replace").strip() == str(row.id)


def mark_folder(folder: Path, row: Transfer) -> None:
    """From now on it is of this transfer."""
    write_whole(folder / MARK, f"{row.id}\n".encode())


def open_folder(folder: Path, row: Transfer) -> None:
    """An empty folder becomes that of this transfer, its own is gone on with.

    Raises:
        TransferFolderError: something else lies there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if all(path.name == HALF_MARK or SIGNS.fullmatch(path.name) for path in folder.iterdir()):
        mark_folder(folder, row)
    if not is_of(folder, row):
        raise TransferFolderError(folder=folder)


def drop_package(packages: Path, name: str) -> None:
    """What may not go does not lie in what is handed over."""
    (packages / name).unlink(missing_ok=True)


def named(session: Session, row: Transfer) -> Iterator[TransferItem]:
    """What a manifest names: all of which the package is there, or was and is acknowledged."""
    return items_of(session, row.id, TransferItemState.BUILT, TransferItemState.RECEIPTED)


def title_of(row: Transfer, medium: int, lang: str) -> str:
    """What the list of one medium is headed with."""
    text = messages.text("packages.transfer.title", lang, number=row.name, partner=row.partner)
    if row.media == 1:
        return text
    return text + messages.text("packages.transfer.medium", lang, number=medium, count=row.media)


def _page(items: Iterable[TransferItem], title: str, lang: str) -> Iterator[str]:
    """A table of the packages for a browser, without a script or a word from elsewhere."""
    escaped = html.escape(title)
    yield f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escaped}</title>{_STYLE}</head><body><h1>{escaped}</h1>\n"
    yield f"<p>{html.escape(messages.text('packages.transfer.verify', lang))} "
    yield f'<a href="{GUIDE}">{GUIDE}</a></p>\n'
    yield "<div><table><thead><tr>\n"
    for name in _COLUMNS:
        head = messages.text(f"packages.transfer.{_HEADS.get(name, name)}", lang)
        yield f"<th>{html.escape(head)}</th>\n"
    yield "</tr></thead><tbody>\n"
    yield from map(_line, items)
    yield "</tbody></table></div></body></html>\n"


def _line(item: TransferItem) -> str:
    facts: Mapping[str, object] = {name: getattr(item, name) for name in _COLUMNS}
    link = f'<a href="{PACKAGES}/{html.escape(item.file)}">{html.escape(item.file)}</a>'
    cells: Sequence[str] = [
        link if name == "file" else html.escape(str(value)) for name, value in facts.items()
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
