"""Minutes between two archives: the receiver seals them, the giver signs the same bytes."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.agency import Agency
from archive_service.domain.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.signing.validate import inspect_signatures
from archive_service.workflow.recovery import rebuild
from archive_service.workflow.transfer_minutes import (
    TransferMinutesUnfitError,
    countersign,
    take_signed,
)
from archive_service.workflow.transfer_papers import (
    TransferPaperMissingError,
    TransferPaperUndecidedError,
    TransferPaperUnknownError,
    make_paper,
    papers_of,
    read_paper,
)
from tests.factories.archive import OPERATOR, person
from tests.factories.clients import OPEN_CODE, RESTRICTED_CODE
from tests.factories.transfers import TwoArchives, built, two_archives
from tests.unit.forms.test_destruction_papers import read

BOTH = (OPEN_CODE, RESTRICTED_CODE)
FITS = "ChuKyBenNhan", "ChuKyBenGiao"


@pytest.fixture
def archives(home: Path, tmp_path: Path) -> Iterator[TwoArchives]:
    with two_archives(home, tmp_path) as both:
        yield both


def sent(services: Services, folder: Path) -> UUID:
    """A transfer of two case files that left the giver."""
    row = built(services, folder, *BOTH)
    with services.unit_of_work() as uow:
        uow.session.get_one(Transfer, row).state = TransferState.SENT
        uow.commit()
    return row


def decided(services: Services, *states: TransferItemState) -> UUID:
    """What the receiver has of it: case files in these states, with the reason of what is back."""
    now = clock.now()
    with services.unit_of_work() as uow:
        agency = uow.session.scalars(select(Agency.id).where(Agency.code == "H40.18")).one()
        row = Transfer(
            direction=TransferDirection.IN, agency_id=agency, number=4, year=2026,
            state=TransferState.DECIDED, partner="Lưu trữ hiện hành Sở Công trình",
            partner_number="01/2026", list_sha256="0" * 64, composed_by="lan", composed_at=now,
            received_at=now, decided_by="lan", decided_at=now, manifest_sha256="1" * 64,
        )  # fmt: skip
        uow.session.add(row)
        uow.session.flush()
        for ordinal, (code, state) in enumerate(zip(BOTH, states, strict=True), start=1):
            back = state is TransferItemState.RETURNED
            uow.session.add(
                TransferItem(
                    transfer_id=row.id,
                    ordinal=ordinal,
                    code=code,
                    title=f"Hồ sơ {ordinal}",
                    state=state,
                    reason="Thiếu bản vẽ" if back else "",
                    version=1,
                    documents=3,
                    pages=7,
                    sha256="2" * 64,
                    size_bytes=100,
                    package="sip",
                )
            )  # fmt: skip
        uow.commit()
        return row.id


def test_both_sides_sign_the_same_bytes_and_keep_them(
    archives: TwoArchives, tmp_path: Path, tools: ModuleType
) -> None:
    giver, receiver = archives.giver, archives.receiver
    lan, mai = person(giver, "lan"), person(receiver, "lan")
    going = sent(giver, tmp_path / "out")
    coming = decided(receiver, TransferItemState.STORED, TransferItemState.RETURNED)
    with pytest.raises(TransferPaperMissingError):
        countersign(giver, going, actor=lan)
    made = make_paper(receiver, coming, "minutes", actor=mai)
    _, sealed = read_paper(receiver, coming, "minutes", actor=mai)
    taken = take_signed(giver, going, sealed, actor=lan)
    assert take_signed(giver, going, sealed, actor=lan) == taken
    assert (taken["signatures"], taken["sha256"]) == (made["signatures"], made["sha256"])
    signed = countersign(giver, going, actor=lan)
    assert countersign(giver, going, actor=lan) == signed
    assert take_signed(giver, going, sealed, actor=lan) == signed
    _, both = read_paper(giver, going, "minutes", actor=lan)
    assert both.startswith(sealed)
    kept = take_signed(receiver, coming, both, actor=mai)
    assert take_signed(receiver, coming, both, actor=mai) == kept
    assert (kept["sha256"], kept["signatures"]) == (signed["sha256"], signed["signatures"])
    assert make_paper(receiver, coming, "minutes", actor=mai) == kept
    paper = tmp_path / "minutes.pdf"
    paper.write_bytes(both)
    reports = inspect_signatures(paper, giver.trust)
    assert [(one.field, one.trusted) for one in reports] == [(field, True) for field in FITS]
    (verdict,) = tools.verapdf([paper])
    assert (verdict.passed, verdict.details) == (True, "")
    said = read(paper)
    assert "01 hồ sơ (một hồ sơ), 03 tài liệu" in said
    assert "Thiếu bản vẽ" in said
    rebuild(giver, actor=OPERATOR)
    assert read_paper(giver, going, "minutes", actor=OPERATOR)[1] == both
    assert papers_of(giver, going, actor=OPERATOR)[-1] == signed


def test_minutes_wait_until_all_is_decided_and_stored(archives: TwoArchives) -> None:
    row = decided(archives.receiver, TransferItemState.STORED, TransferItemState.ACCEPTED)
    mai = person(archives.receiver, "lan")
    with pytest.raises(TransferPaperUndecidedError):
        make_paper(archives.receiver, row, "minutes", actor=mai)
    with pytest.raises(TransferPaperUnknownError):
        countersign(archives.receiver, row, actor=mai)


def test_minutes_that_do_not_fit_are_refused(archives: TwoArchives, tmp_path: Path) -> None:
    giver, receiver = archives.giver, archives.receiver
    lan, mai = person(giver, "lan"), person(receiver, "lan")
    going = sent(giver, tmp_path / "out")
    coming = decided(receiver, TransferItemState.STORED, TransferItemState.RETURNED)
    make_paper(receiver, coming, "minutes", actor=mai)
    _, sealed = read_paper(receiver, coming, "minutes", actor=mai)
    make_paper(giver, going, "media", actor=lan)
    _, other = read_paper(giver, going, "media", actor=lan)
    flipped = bytearray(sealed)
    flipped[1000] ^= 1
    for data in (b"%PDF-1.7", other, bytes(flipped)):
        with pytest.raises(TransferMinutesUnfitError):
            take_signed(giver, going, data, actor=lan)
    take_signed(giver, going, sealed, actor=lan)
    countersign(giver, going, actor=lan)
    _, both = read_paper(giver, going, "minutes", actor=lan)
    for data in (b"%PDF-1.7", sealed[:-10], other):
        with pytest.raises(TransferMinutesUnfitError):
            take_signed(receiver, coming, data, actor=mai)
    assert papers_of(receiver, coming, actor=mai)[-1]["edition"] == 1
