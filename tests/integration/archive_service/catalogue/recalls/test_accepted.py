"""A replacement that is accepted settles what its packet asked: it stands on both documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import Recall, RecallKind, RecallState
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, give_back, submit
from ingest.submissions.given import Return
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, copy_home, new_home, open_home, person
from tests.worlds.door import write_pdf
from tests.worlds.holding import case_of
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.ingest.sent_packages import CODE, sip, zipped


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one case file of two documents in custody."""
    folder = tmp_path_factory.mktemp("held")
    home = new_home(folder / "home")
    with open_home(home) as services:
        (identifier,) = submit(
            zipped(folder / "first.zip", sip(folder)),
            actor=person(services, "bach"),
            services=services,
        )
        taken(services, identifier)
    return home


@pytest.fixture
def services(first: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(first, tmp_path / "home")) as opened:
        yield opened


def taken(services: Services, one: UUID) -> None:
    checked(services, one)
    accept(services, one, actor=person(services, "lan"))
    work(services, until_empty=True)


def checked(services: Services, one: UUID) -> None:
    while run_one(services, subject_id=one, names=("check-submission",)):
        pass


def packet(services: Services, folder: Path, errand: str, **told: Any) -> UUID:
    """A newer document for the first one in custody, handed in; its submission."""
    pdf = Enclosed("van-ban-moi.pdf", write_pdf(folder / "moi.pdf").read_bytes())
    target = folder / "moi.edxml"
    made = PacketOf(errand=errand, attachments=[pdf], reason="Sai số liệu", **told)
    target.write_bytes(made.xml())
    ids = submit(target, actor=person(services, "bach"), services=services)
    return ids[0]


def recalls(services: Services) -> list[Recall]:
    with services.read_only() as session:
        return list(session.scalars(select(Recall).order_by(Recall.asked_at)))


def relations(document: Document) -> set[tuple[str, str]]:
    return {(relation.relation, relation.target) for relation in document.relations}


def test_an_accepted_replacement_confirms_itself_and_stands_on_both(
    services: Services, tmp_path: Path
) -> None:
    identifier = packet(services, tmp_path, "3", document_id="VB-MOI", replaced=[f"{CODE}.1"])
    (asked,) = recalls(services)
    assert (asked.kind, asked.state) == (RecallKind.REPLACEMENT, RecallState.ASKED)
    taken(services, identifier)
    (done,) = recalls(services)
    assert (done.state, done.decided_by) == (RecallState.GRANTED, "lan")
    old, _, new = case_of(services, CODE).documents
    assert done.decision_reason == f"Đã tiếp nhận văn bản mới: {new.doc_code}."
    assert (old.replaced_in, new.replaced_in) == (2, None)
    assert relations(old) == {("replaced-by", new.doc_code)}
    assert ("replaces", old.id) in {(rel.relation, rel.target_id) for rel in new.relations}
    assert case_of(services, CODE).version_stored == 2, "one version for all of it"
    rebuild(services, actor=OPERATOR)
    old, _, new = case_of(services, CODE).documents
    assert relations(old) == {("replaced-by", new.doc_code)}
    assert [row.state for row in recalls(services)] == [RecallState.GRANTED]


def test_a_replacement_without_a_packet_stands_on_both_as_well(
    services: Services, tmp_path: Path
) -> None:
    identifier = packet(services, tmp_path, "3", document_id="VB-MOI", replaced=[f"{CODE}.2"])
    with services.writing() as session:
        session.delete(session.scalars(select(Recall)).one())
    taken(services, identifier)
    _, old, new = case_of(services, CODE).documents
    assert relations(old) == {("replaced-by", new.doc_code)}
    assert recalls(services) == []


def test_what_is_returned_leaves_the_request_waiting(services: Services, tmp_path: Path) -> None:
    identifier = packet(services, tmp_path, "3", document_id="VB-MOI", replaced=[f"{CODE}.1"])
    checked(services, identifier)
    give_back(services, identifier, Return(reason="Thiếu chữ ký"), actor=person(services, "lan"))
    assert [row.state for row in recalls(services)] == [RecallState.ASKED]
    assert case_of(services, CODE).documents[0].relations == []


def test_a_correction_under_a_hold_is_taken_in_and_its_mark_waits(
    services: Services, tmp_path: Path
) -> None:
    identifier = packet(services, tmp_path, "2", document_id="VB-DC", replaced=[f"{CODE}.1"])
    place_holds(
        services, [CODE], reason="Thanh tra", authority="1/QĐ", actor=person(services, "hung")
    )
    taken(services, identifier)
    assert len(case_of(services, CODE).documents) == 3
    assert [row.state for row in recalls(services)] == [RecallState.ASKED]


def test_an_update_under_the_same_identifier_takes_the_place_of_the_old(
    services: Services, tmp_path: Path
) -> None:
    identifier = packet(services, tmp_path, "2", document_id=f"{CODE}.1")
    taken(services, identifier)
    old, _, new = case_of(services, CODE).documents
    assert (old.replaced_in, old.doc_id) == (2, new.doc_id)
    assert ("corrected-by", new.id) in {(rel.relation, rel.target_id) for rel in old.relations}
    assert ("corrects", old.id) in {(rel.relation, rel.target_id) for rel in new.relations}
    assert [row.state for row in recalls(services)] == [RecallState.GRANTED]
