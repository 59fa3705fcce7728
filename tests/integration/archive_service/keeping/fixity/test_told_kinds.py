"""Rows changed in the database alone: what acts of other kinds and events of decisions tell."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from archive_service import clock
from archive_service.audit import record_event
from archive_service.catalogue.agencies import changes
from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.catalogue.agencies.given import Ending
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import SeriesIn
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.given import OwnFieldIn
from archive_service.catalogue.use_requests.acts import make_access_request, refuse_access_request
from archive_service.catalogue.use_requests.given import Wish, Words
from archive_service.catalogue.vocabularies.lists import add_term
from archive_service.domain.agencies.agency import Agency, AgencyChange, AgencySuccession
from archive_service.domain.agencies.fonds import Series
from archive_service.domain.agencies.own_field import OwnField, OwnKind, OwnSubject
from archive_service.domain.agencies.term import Term, TermKind
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.mode_change import ModeChange, ModeChangeState
from archive_service.domain.intake.outage import Outage, ReservedNumber
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.keeping.migration_batch import MigrationBatch
from archive_service.domain.people.account import Role
from archive_service.domain.retention.hold import Hold, HoldOrder
from archive_service.domain.retention.retention import RetentionEvent
from archive_service.domain.signing.copy_signing import SigningOrder
from archive_service.keeping.copies.acts import tell_of_copy
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.keeping.fixity.decided_rows import decided_otherwise
from archive_service.keeping.fixity.told_rows import untold
from archive_service.services import Services
from ingest.late_entries.acts import record_outage
from retention.holds.acts import place_holds
from retention.terms.events import record_happening
from tests.integration.archive_service.keeping.fixity.changed_rows import (
    require_found,
    told_otherwise,
)
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, add_person

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
TOLD = {
    "title of a series": ("series", update(Series).values(title="Khác")),
    "choices of a field": ("own-field", update(OwnField).values(required=True)),
    "note of a term": ("term", update(Term).values(note="Khác")),
    "another term": ("term", update(Term).values(merged_into_id=Term.id)),
    "who took over": ("agency", delete(AgencySuccession)),
    "why it ended": ("agency", update(AgencyChange).values(reason="Khác")),
    "mode that waits": ("mode-change", update(ModeChange).values(asked_by="hung")),
    "mode as decided": (
        "mode-change",
        update(ModeChange).values(state=ModeChangeState.CONFIRMED, decided_by="hung"),
    ),
    "day of a term": ("retention-event", update(RetentionEvent).values(basis="Khác")),
    "taken back": ("retention-event", update(RetentionEvent).values(withdrawn_by="lan")),
    "what is held": ("hold", update(Hold).values(placed_at=LONG_AGO)),
    "outage": ("outage", update(Outage).values(began_at=LONG_AGO)),
    "number on paper": ("outage", update(ReservedNumber).values(void_reason="Hỏng")),
    "number gone": ("outage", delete(ReservedNumber)),
    "identity of a copy": (
        "copy",
        update(EnrolledCopy).values(identity=str(uuid4())),
    ),
    "since when a copy counts": (
        "copy",
        update(EnrolledCopy).values(enrolled_at=LONG_AGO),
    ),
}
SLIPPED_IN: dict[str, tuple[type[Any], dict[str, str]]] = {
    "agency": (Agency, {"code": "H40.77"}),
    "hold-order": (HoldOrder, {}),
    "mode-change": (ModeChange, {}),
    "outage": (Outage, {}),
    "own-field": (OwnField, {"name": "khac"}),
    "retention-event": (RetentionEvent, {}),
    "series": (Series, {"code": "II"}),
}
DECIDED = {
    "who refused": update(AccessRequest).values(decided_by="lan"),
    "when": update(AccessRequest).values(decided_at=LONG_AGO),
    "opened again": update(AccessRequest).values(state=AccessRequestState.ASKED),
    "taken back": update(AccessRequest).values(state=AccessRequestState.WITHDRAWN),
}


@pytest.fixture(scope="module")
def services(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An archive where some of everything was done by its own acts."""
    with open_home(copy_home(held_home, tmp_path_factory.mktemp("kinds") / "home")) as services:
        lan, hung = person(services, "lan"), person(services, "hung")
        add_person(services, "doc.gia", Role.READER)
        fonds_acts.add_series(services, "H40.18", SeriesIn(code="I", title="Nhóm I"), actor=lan)
        own_fields_acts.define(
            services,
            OwnFieldIn(
                agency="H40.18",
                subject=OwnSubject.CASE_FILE,
                name="soTrang",
                kind=OwnKind.NUMBER,
                label="Số trang",
            ),
            actor=lan,
        )
        describe_case_file(
            services, RESTRICTED_CODE, {1: {"mode": "01"}}, reason="Hết mật", actor=lan
        )
        wish = Wish(
            code=RESTRICTED_CODE,
            document=1,
            purpose="Xác minh",
            person="Trần Văn An",
            identity="C1234567",
        )
        asked = make_access_request(services, wish, actor=person(services, "doc.gia"))
        refuse_access_request(services, asked.id, Words(text="Điều 31"), actor=hung)
        now = clock.now()
        began = now - dt.timedelta(hours=1)
        record_outage(services, began, now, "Mất điện", numbers=(1, 2), actor=lan)
        enlist_agency(services, "H40.19", "Sở Khác", actor=OPERATOR)
        changes.end_agency(
            services,
            "H40.19",
            Ending(on=clock.today(), reason="12/NQ-HĐND", successors=["H40.18"]),
            actor=OPERATOR,
        )
        with services.writing() as session:
            add_term(session, TermKind.KEYWORD, "Đất đai", actor=lan, variants=["Ruộng đất"])
            row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
            day = clock.today()
            record_happening(session, row, kind="contract-ends", on=day, basis="9/TL-HĐ", actor=lan)
            copy = session.scalars(select(EnrolledCopy).order_by(EnrolledCopy.name)).first()
            assert copy is not None
            tell_of_copy(session, copy, "copy:renewed", actor=OPERATOR, reason="Đĩa mới")
        code = [OPEN_CODE]
        place_holds(services, code, reason="Thanh tra", authority="7/QĐ-TTT", actor=hung)
        yield services


@pytest.mark.parametrize("attack", TOLD)
def test_rows_that_their_act_contradicts_are_found(services: Services, attack: str) -> None:
    kind, statement = TOLD[attack]
    require_found(services, kind, statement)


@pytest.mark.parametrize("attack", DECIDED)
def test_a_decision_that_its_event_contradicts_is_found(services: Services, attack: str) -> None:
    with services.unit_of_work() as uow:  # nothing of it is committed
        (row,) = uow.session.scalars(select(AccessRequest)).all()
        name = f"access-request {row.id}"
        assert not list(decided_otherwise(uow.session))
        uow.session.execute(DECIDED[attack])
        uow.session.expire_all()
        assert list(decided_otherwise(uow.session)) == [name]


@pytest.mark.parametrize("kind", SLIPPED_IN)
def test_a_row_that_no_act_tells_of_is_found(services: Services, kind: str) -> None:
    rows, other = SLIPPED_IN[kind]
    with services.unit_of_work() as uow:  # nothing of it is committed
        assert not list(untold(uow.session))
        row = uow.session.scalars(select(rows).limit(1)).one()
        columns = {column.key: getattr(row, column.key) for column in rows.__table__.columns}
        made = columns | {"id": uuid4()} | other
        uow.session.execute(insert(rows).values(made))
        assert list(untold(uow.session)) == [f"{kind} {made['id']}"]


def test_a_copy_that_was_retired_by_hand_is_found(services: Services) -> None:
    with services.unit_of_work() as uow:  # nothing of it is committed
        uow.session.execute(update(EnrolledCopy).values(state=CopyStanding.RETIRED))
        names = uow.session.scalars(select(EnrolledCopy.name).order_by(EnrolledCopy.name)).all()
        assert list(untold(uow.session)) == [f"copy {name}" for name in names[1:]]
        assert told_otherwise(uow.session) == {"copy"}


def test_an_order_for_seals_may_be_handed_over_until_it_ends(services: Services) -> None:
    lan, mai = person(services, "lan"), person(services, "mai")
    with services.writing() as session:
        agency = session.scalars(select(CaseFile.agency_id)).first()
        assert agency is not None
        row = SigningOrder(
            id=uuid4(), agency_id=agency, account=lan.account, ordered_at=clock.now(), total=1
        )
        session.add(row)
        session.flush()
        record_event(session, "copies:ordered", of=row, actor=lan)
        name = f"signing-order {row.id}"
    assert orders_otherwise(services, account=mai.account) == []
    with services.writing() as session:
        row = session.scalars(select(SigningOrder)).one()
        record_event(session, "copies:signed", of=row, actor=mai)
    assert orders_otherwise(services, account=lan.account) == [name]
    assert orders_otherwise(services, account=mai.account) == []


def orders_otherwise(services: Services, *, account: str) -> list[str]:
    with services.writing() as session:
        session.execute(update(SigningOrder).values(account=account))
    with services.read_only() as session:
        return list(decided_otherwise(session))


def test_what_was_decided_by_nobody_is_an_incident_until_it_is_gone(services: Services) -> None:
    with services.writing() as session:
        row = MigrationBatch(
            id=uuid4(),
            puid="fmt/40",
            target="pdfa",
            reason="Định dạng cũ",
            proposed_by="lan",
            proposed_at=LONG_AGO,
            approved_by="hung",
            approved_at=LONG_AGO,
        )
        session.add(row)
        name = f"migration-batch {row.id}"
    (named,) = check_catalogue(services, actor=OPERATOR).acts
    assert named[0] == name
    with services.writing() as session:
        session.execute(delete(MigrationBatch))
    assert check_catalogue(services, actor=OPERATOR).ok
