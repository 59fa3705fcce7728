"""What is told of a batch and its documents when they are counted and compared anew."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.orm import object_session

from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.people.account import Actor, Role
from digitize.batches.desk.changes import (
    BatchFindingNotFoundError,
    Desk,
    ScanDocumentNotInBatchError,
    decide,
)
from digitize.batches.queue.tickets import SecretNotRescannedError, require_askable
from digitize.batches.reading.order import refresh
from digitize.batches.reading.verdicts import SECRECY
from digitize.batches.release.sampling import plan
from digitize.batches.release.targets import ListedDocument, Target
from tests.worlds.archive import new_home, open_home
from tests.worlds.digitize.desk import NOW, batch_on_desk
from tests.worlds.digitize.scanning import new_station

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def batch(tmp_path: Path) -> Iterator[ScanBatch]:
    """A batch on the desk, in a unit of work that is never committed."""
    with open_home(new_home(tmp_path / "home")) as services:
        new_station(services)
        with services.unit_of_work() as uow:
            yield batch_on_desk(uow.session)


def told(batch: ScanBatch) -> list[list[str]]:
    """The findings of each document."""
    return [[finding["code"] for finding in document.findings] for document in batch.documents]


@pytest.mark.parametrize(
    ("code", "ordinals", "expected"),
    [
        ("", (1, 2), [["document-without-code"], ["document-without-code"]]),
        ("H40.18.2025.99.TH", (1, 2), [["document-code-unknown"], ["document-code-unknown"]]),
        (CODE, (None, 1), [["document-without-ordinal"], []]),
        (CODE, (9, 1), [["document-not-in-list"], []]),
        (CODE, (2, 1), [["document-has-pages"], []]),
        (CODE, (1, 1), [[], ["document-doubled"]]),
    ],
)
def test_a_document_that_has_no_place_of_its_own_in_the_list_is_told(
    batch: ScanBatch, code: str, ordinals: tuple[int | None, int], expected: list[list[str]]
) -> None:
    """Of two listed documents the first waits for its pages, the second has them."""
    listed = tuple(
        ListedDocument(ordinal, f"Văn bản {ordinal}", 0, awaits_pages=ordinal == 1)
        for ordinal in (1, 2)
    )
    for document, ordinal in zip(batch.documents, ordinals, strict=True):
        document.case_code, document.document_ordinal = code, ordinal
    refresh(batch, {CODE: Target(CODE, "Hồ sơ", None, listed)})
    assert told(batch) == expected


@pytest.mark.parametrize(("expected", "differs"), [(2, False), (3, False), (1, True), (4, True)])
def test_blank_backs_may_be_counted_and_need_not(
    batch: ScanBatch, expected: int, *, differs: bool
) -> None:
    listed = ListedDocument(1, "Văn bản 1", expected, awaits_pages=True)
    document = batch.documents[0]
    document.case_code, document.document_ordinal = CODE, 1
    for number, page in enumerate(batch.pages[:3]):
        page.document_id, page.blank = document.id, number == 1
    for page in batch.pages[3:]:
        page.removed_at = NOW
    batch.pages_expected = expected
    refresh(batch, {CODE: Target(CODE, "Hồ sơ", None, (listed,))})
    codes = [finding["code"] for finding in (*document.findings, *batch.findings)]
    assert codes == (["document-pages-differ", "batch-pages-differ"] if differs else [])


def test_a_batch_of_nothing_and_one_whose_sample_failed_are_told(batch: ScanBatch) -> None:
    drawn = [str(page.id) for page in batch.pages]
    batch.sample = {"plan": plan(len(drawn)).as_dict(), "drawn": drawn}
    for page in batch.pages:
        page.decision = "rescan"
    refresh(batch, {})
    assert "batch-sample-failed" in [finding["code"] for finding in batch.findings]
    for page in batch.pages:
        page.removed_at = NOW
    refresh(batch, {})
    assert "batch-empty" in [finding["code"] for finding in batch.findings]


def test_what_is_not_of_the_batch_and_a_page_with_a_mark_are_refused(batch: ScanBatch) -> None:
    session = object_session(batch)
    assert session is not None
    desk = Desk(session, batch, Actor("lan", Role.HEAD))
    with pytest.raises(ScanDocumentNotInBatchError):
        desk.document(uuid4())
    with pytest.raises(BatchFindingNotFoundError):
        decide(desk, finding="no such one", reason="Đã xem")
    page = batch.pages[0]
    require_askable(page)
    page.findings = [{"code": SECRECY, "severity": "error", "place": page.name, "facts": {}}]
    with pytest.raises(SecretNotRescannedError):
        require_askable(page)
