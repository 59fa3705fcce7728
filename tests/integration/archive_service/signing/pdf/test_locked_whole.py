"""A signer may let nothing be added to a document: a further signature is told then."""

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.left_field import leave_field
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.simulated_signing import Hierarchy, blank, day, sign, stamp_document

SIGNED, NOW = day(2021, 3), day(2026, 11)


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture
def locked(tmp_path: Path, authority: Hierarchy) -> Path:
    paper = blank(tmp_path / "paper.pdf")
    leave_field(paper, "A", page=0, box=(300, 100, 480, 160))
    with pikepdf.open(paper, allow_overwriting_input=True) as pdf:
        nothing = {"/Type": Name.SigFieldLock, "/Action": Name.All, "/P": 1}
        pdf.Root.AcroForm.Fields[0].Lock = Dictionary(nothing)
        pdf.save(paper)
    return sign(paper, tmp_path / "locked.pdf", authority.person(), at=SIGNED, name="A")


@pytest.fixture
def trust(authority: Hierarchy) -> Trust:
    lists = authority.root_crl(at=day(2026, 10)), authority.crl(at=day(2026, 10))
    return Trust(roots=(authority.root.der,), revocations=lists)


def test_a_further_signature_is_told(locked: Path, authority: Hierarchy, trust: Trust) -> None:
    twice = sign(locked, locked.with_name("2.pdf"), authority.agency(), at=SIGNED, name="B")
    first, second = inspect_signatures(twice, trust, NOW)
    assert first.outcome is Outcome.ALTERED_LATER
    assert first.changes == (Change(ChangeKind.SIGNATURE_FORBIDDEN, "B"),)
    assert (second.outcome, second.changes) == (Outcome.VALID, ())


def test_a_time_stamp_of_the_document_is_none(
    locked: Path, authority: Hierarchy, trust: Trust
) -> None:
    stamper = authority.stamper(day(2021, 4))
    first, *_ = inspect_signatures(
        stamp_document(locked, locked.with_name("2.pdf"), stamper), trust, NOW
    )
    assert (first.outcome, first.changes) == (Outcome.VALID, ())
