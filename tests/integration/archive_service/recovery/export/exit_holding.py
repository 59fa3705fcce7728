"""A holding at its end: one copy and what was exported, nothing of the archive beside them."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.demo.sample import make_sample
from archive_service.packaging.model import DATA, RecordStatus
from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from retention.disposition import execution
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval, ListShown
from retention.transfer.closing.remove import remove
from retention.transfer.given import RemovalApproval
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.command import Command
from tests.worlds.digitize.scanned import scanned_case
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.sent_packages import CODE, put, sip, with_fields, zipped
from tests.worlds.retention.dispositions import HEAD, make_due, new_otp, submitted
from tests.worlds.retention.removing import resume, without_grace
from tests.worlds.transfer.replies import closed, is_over
from tests.worlds.transfer.transfers import two_archives

SIGNED, SCANNED, REPLACED = "H40.18.2025.07.QLCT", "H40.18.2025.21.QLCT", CODE
LENT, LINKED = "H40.18.2025.31.QLCT", "H40.18.2025.32.QLCT"
DESTROYED, HANDED_OVER = "H40.18.2015.33.QLCT", "H40.18.2019.34.QLCT"
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
    """Case files signed, digitized, replaced, linked, destroyed and handed over."""
    first = new_home(place / "first")
    with open_home(first) as services:
        handed_in = _take_all_in(services, place / "sources")
    _hand_over(first, place)
    home = _destroy(place / "giver", place / "home")
    Command(home).ask("evidence", "seal")
    for form in ("aip", "bag"):
        given = ("--all", "--form", form, "--to", place / form)
        Command(home).ask("case", "export", *given, account="hung")
    store = Path(shutil.move(home / "kho1", place / "kho1"))
    for gone in (
        first,
        home,
        place / "giver",
        place / "receiver",
    ):  # whoever reads has nothing else
        shutil.rmtree(gone)
    lent = _digest((place / "sources" / "lent" / "2.pdf").read_bytes())
    return ExitHolding(store, place / "aip", place / "bag", handed_in, lent)


def _hand_over(first: Path, place: Path) -> None:
    """To a historical archive, which has its receipt given; no byte of it stays in ``giver``."""
    with two_archives(first, place) as two:
        row = closed(two, place, HANDED_OVER)
        is_over(two.giver, row)
        otp = new_otp(two.giver, HEAD)
        remove(two.giver, row, RemovalApproval(otp=otp), actor=person(two.giver, HEAD))
        work(two.giver, until_empty=True)


def _destroy(giver: Path, home: Path) -> Path:
    """By a list with all its papers, in ``home``."""
    with without_grace(giver, home) as services:
        resume(services)  # what of the other one waited for its time of grace
        make_due(services, DESTROYED)
        row, otp = submitted(services, DESTROYED), new_otp(services, HEAD)
        head = person(services, HEAD)
        decision_acts.approve(
            services, row, DecisionApproval(otp=otp, number="41/QĐ-SCT"), actor=head
        )
        execution.execute(services, row, ListShown(), actor=person(services, "lan"))
        work(services, until_empty=True)
    return home


def _take_all_in(services: Services, folder: Path) -> dict[str, frozenset[str]]:
    folder.mkdir()
    handed_in = {
        SIGNED: _bring_in(services, _signed(services, folder / "sample")),
        SCANNED: _bring_in(services, scanned_case(folder / "scan", code=SCANNED, documents=2)),
        LENT: _bring_in(services, _plain(folder / "lent", LENT, 3)),
        LINKED: _bring_in(services, _plain(folder / "linked", LINKED, 1)),
        DESTROYED: _bring_in(services, _plain(folder / "gone", DESTROYED, 1)),
        HANDED_OVER: _bring_in(services, _plain(folder / "over", HANDED_OVER, 1)),
    }
    first, newer = _replacing(folder)
    for name, files in (("first", first), ("newer", newer)):
        _bring_in(services, zipped(folder / f"{name}.zip", files))
    documents = {**first, "newer": newer[_DOCUMENT]}
    handed_in[REPLACED] = frozenset(
        _digest(data)
        for path, data in documents.items()
        if path.startswith(DATA) or path == "newer"
    )
    link(
        services,
        LENT,
        2,
        LinkIn(into=LINKED, reason="Cùng một việc"),
        actor=person(services, "lan"),
    )
    work(services, until_empty=True)
    return handed_in


def _bring_in(services: Services, source: Path) -> frozenset[str]:
    """In custody, and its documents' digests; of a ZIP none."""
    (identifier,) = submit(source, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    accept(services, identifier, actor=person(services, "lan"))
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
