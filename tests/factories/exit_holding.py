"""A holding at its end: one copy and what was exported, nothing of the archive beside them."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive_service.bootstrap import Services
from archive_service.demo.sample import make_sample
from archive_service.packaging.model import DATA, RecordStatus
from archive_service.worker import work
from archive_service.workflow.intake import accept, submit
from archive_service.workflow.linking import link
from tests.factories.archive import new_home, open_home, person
from tests.factories.command import Command
from tests.factories.destroyed import carried_out, open_due
from tests.factories.door import case_row, document_row, write_pdf, write_sheet
from tests.factories.scanned import scanned_case
from tests.factories.sent_packages import CODE, put, sip, with_fields, zipped

SIGNED, SCANNED, REPLACED = "H40.18.2025.07.QLCT", "H40.18.2025.21.QLCT", CODE
LENT, LINKED, DESTROYED = "H40.18.2025.31.QLCT", "H40.18.2025.32.QLCT", "H40.18.2015.33.QLCT"
_DOCUMENT = f"{DATA}quyet dinh 1.pdf"
_EAD_DOC = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"


@dataclass(frozen=True)
class ExitHolding:
    """Where it lies, and what was handed in, by code: SHA-256 of each file."""

    store: Path  # one copy, as it stood on its disk
    packages: Path  # what ``case export --all`` wrote, as AIP
    bags: Path  # the same as bags
    submitted: Mapping[str, frozenset[str]]
    linked: str  # SHA-256 of a document that stands in two case files


def exit_holding(place: Path) -> ExitHolding:
    """Case files born digital and signed, digitized, replaced, linked and destroyed."""
    first = new_home(place / "first")
    with open_home(first) as services:
        submitted = _take_all_in(services, place / "sources")
    with open_due(first, place / "home", DESTROYED) as (services, secret):
        carried_out(services, secret, DESTROYED)
    home = place / "home"
    for form in ("aip", "bag"):
        given = ("--all", "--form", form, "--to", place / form)
        Command(home).ask("case", "export", *given, account="lan")
    store = Path(shutil.move(home / "kho1", place / "kho1"))
    for gone in (first, home):  # whoever reads has nothing else
        shutil.rmtree(gone)
    lent = _digest((place / "sources" / "lent" / "2.pdf").read_bytes())
    return ExitHolding(store, place / "aip", place / "bag", submitted, lent)


def _take_all_in(services: Services, folder: Path) -> dict[str, frozenset[str]]:
    folder.mkdir()
    submitted = {
        SIGNED: _bring_in(services, _signed(services, folder / "sample")),
        SCANNED: _bring_in(services, scanned_case(folder / "scan", code=SCANNED, documents=2)),
        LENT: _bring_in(services, _plain(folder / "lent", LENT, 3)),
        LINKED: _bring_in(services, _plain(folder / "linked", LINKED, 1)),
        DESTROYED: _bring_in(services, _plain(folder / "gone", DESTROYED, 1)),
    }
    first, newer = _replacing(folder)
    for name, files in (("first", first), ("newer", newer)):
        _bring_in(services, zipped(folder / f"{name}.zip", files))
    documents = {**first, "newer": newer[_DOCUMENT]}
    submitted[REPLACED] = frozenset(
        _digest(data)
        for path, data in documents.items()
        if path.startswith(DATA) or path == "newer"
    )
    link(services, LENT, 2, LINKED, reason="Cùng một việc", actor=person(services, "lan"))
    work(services, until_empty=True)
    return submitted


def _bring_in(services: Services, source: Path) -> frozenset[str]:
    """In custody, and its documents' digests; of a ZIP none."""
    (one,) = submit(source, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    accept(one, actor=person(services, "lan"), services=services)
    work(services, until_empty=True)
    files = (path for path in source.rglob("*") if path.is_file() and path.suffix != ".xlsx")
    return frozenset(_digest(path.read_bytes()) for path in files)


def _signed(services: Services, folder: Path) -> Path:
    """Five documents, each with the signatures of a person and of the agency."""
    return make_sample(folder, seed=1, authority=services.authority).a


def _plain(folder: Path, code: str, documents: int) -> Path:
    names = [f"{number}.pdf" for number in range(1, documents + 1)]
    for name in names:
        write_pdf(folder / name, words=f"{code} {name}")
    rows = [document_row(name, code, subject=f"Văn bản {name}") for name in names]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], rows)
    return folder


def _replacing(folder: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """A SIP of two documents, and one that replaces the second of them."""
    for name in ("sip", "newer"):
        (folder / name).mkdir()
    newer = sip(folder / "newer", documents=1, record_status=RecordStatus.REPLACEMENT)
    newer = with_fields(newer, _EAD_DOC, docId=f"{CODE}.2", codeNumber="2", subject="Bản mới")
    other = write_pdf(folder / "newer" / "other.pdf", words="Bản mới").read_bytes()
    return sip(folder / "sip"), put(newer, _DOCUMENT, other)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
