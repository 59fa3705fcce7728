"""Who decided on a list, and what is in it, stands in acts: a row that tells otherwise is named."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, inspect, select, update

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.file_plan import (
    FilePlan,
    FilePlanEntry,
    FilePlanHeading,
    FilePlanState,
)
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.handover import HANDOVER_RECORD
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.enrolled_copy import CopyStanding
from archive_service.domain.retention.disposition import (
    CouncilMember,
    Disposition,
    DispositionItem,
    DispositionPaper,
    DispositionState,
    Outcome,
)
from archive_service.domain.retention.hold import HoldOrder
from archive_service.domain.retention.retention import RETENTION_SCHEDULE, ScheduleState
from archive_service.domain.signing.seal_custody import SealCustody
from archive_service.domain.signing.signing_request import SIGNED_PAPER, SigningState
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.keeping.fixity.told_rows import ONLY_BY_ACTS, WITH_ACTS, untold
from archive_service.services import Services
from ingest.file_plan.acts import approve_plan, import_plan
from retention.holds.acts import place_holds
from tests.integration.archive_service.keeping.fixity.changed_rows import (
    require_found,
    told_otherwise,
)
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, head_of_agency, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.destroyed import approved, open_due

OF_PLAN = Act.kind == "file-plan"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ATTACKS = {
    "decided by": ("disposition", update(Disposition).values(decided_by="lan")),
    "decision": ("disposition", update(Disposition).values(decision_number="99/QĐ-SCT")),
    "state": ("disposition", update(Disposition).values(state=DispositionState.PROPOSED)),
    "another list": ("disposition", update(Disposition).values(list_sha256="ab" * 32)),
    "opinion": ("disposition", update(CouncilMember).values(agrees=False)),
    "member": ("disposition", delete(CouncilMember)),
    "reason of a hold": ("hold-order", update(HoldOrder).values(reason="Khác")),
    "agency": ("agency", update(Agency).values(name="Sở Khác")),
    "fonds": ("agency", update(Fonds).values(name="Phông khác")),
    "document of another act": ("file-plan", update(Act).where(OF_PLAN).values(document={})),
    "kind of an act": ("file-plan", update(Act).where(~OF_PLAN).values(kind="file-plan")),
    "identifier": ("agency", update(AgencyIdentifier).values(valid_to=dt.date(2020, 1, 1))),
    "what is on the list": ("disposition", update(DispositionItem).values(outcome=Outcome.WAIT)),
    "why it is on the list": ("disposition", update(DispositionItem).values(reason="Khác")),
    "size on the list": ("disposition", update(DispositionItem).values(size_bytes=1)),
    "receipt of a submission": ("receipt", update(Submission).values(receipt_issued_at=LONG_AGO)),
    "number of a receipt": ("receipt", update(CaseFile).values(receipt_number="9/GTN-LT")),
    "paper of a receipt": ("receipt", update(CaseFile).values(receipt_sha256=None)),
    "day of a receipt": ("receipt", update(CaseFile).values(receipt_issued_at=LONG_AGO)),
    "term in a plan": ("file-plan", update(FilePlanEntry).values(years=1, permanent=False)),
    "title in a plan": ("file-plan", update(FilePlanEntry).values(title="Khác")),
    "who makes it up": ("file-plan", update(FilePlanEntry).values(creator="Khác", unit="Khác")),
    "place in a plan": ("file-plan", update(FilePlanEntry).values(heading="Khác")),
    "note in a plan": ("file-plan", update(FilePlanEntry).values(note="Khác")),
    "plan": ("file-plan", update(FilePlan).values(approved_by="lan")),
}


@pytest.fixture(scope="module")
def services(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A list that the head decided on, a hold on another case file, and a plan in force."""
    home = tmp_path_factory.mktemp("told") / "home"
    with open_due(held_home, home, OPEN_CODE) as (services, secret):
        plan = home.parent / "plan.xlsx"
        write_file_plan(plan, SAMPLE_AGENCY)
        lan = person(services, "lan")
        made = import_plan(services, plan, agency="H40.18", year=clock.today().year, actor=lan)
        approve_plan(services, made.id, actor=head_of_agency(services))
        approved(services, secret, OPEN_CODE)
        hung, code = person(services, "hung"), [RESTRICTED_CODE]
        place_holds(services, code, reason="Thanh tra", authority="7/QĐ-TTT", actor=hung)
        yield services


# Beside the rows of one subject that its act tells: what is other in a copy of one of them.
BESIDE: dict[str, tuple[str, type[Any], dict[str, Any]]] = {
    "an entry of a plan": ("file-plan", FilePlanEntry, {"ordinal": 99, "notation": "99.TH"}),
    "a heading of a plan": ("file-plan", FilePlanHeading, {"ordinal": 99}),
    "a member": ("disposition", CouncilMember, {"ordinal": 99, "account": "mai", "agrees": True}),
    "a paper": ("disposition", DispositionPaper, {"form": "decision", "edition": 9}),
    "a fonds": ("agency", Fonds, {"code": "H40.18.02"}),
}


@pytest.mark.parametrize("slipped", BESIDE)
def test_a_row_slipped_in_beside_those_that_an_act_tells_is_found(
    services: Services, slipped: str
) -> None:
    kind, rows, other = BESIDE[slipped]
    with services.unit_of_work() as uow:  # nothing of it is committed
        assert not told_otherwise(uow.session)
        row = uow.session.scalars(select(rows).limit(1)).one()
        columns = {column.key: getattr(row, column.key) for column in rows.__table__.columns}
        uow.session.execute(insert(rows).values(columns | {"id": uuid4()} | other))
        assert told_otherwise(uow.session) == {kind}


# What counts only so; any other row of these kinds is asked for its act.
COUNTING: dict[str, dict[str, Any]] = {
    "copy": {"state": CopyStanding.RETIRED},
    "file-plan": {"state": FilePlanState.APPROVED},
    HANDOVER_RECORD: {"sha256": "ab" * 32},
    RETENTION_SCHEDULE: {"state": ScheduleState.ADOPTED},
    SIGNED_PAPER: {"state": SigningState.SIGNED},
}


@pytest.mark.parametrize("asked", [*WITH_ACTS, *ONLY_BY_ACTS], ids=lambda asked: str(asked[0]))
def test_a_row_that_no_act_tells_of_is_found(services: Services, asked: Any) -> None:
    kind = asked[0]
    rows = next(table for table in asked if isinstance(table, type))
    with services.unit_of_work() as uow:  # nothing of it is committed
        assert not list(untold(uow.session))
        row = any_row(uow.session, rows, **COUNTING.get(kind, {}))
        (key,) = inspect(row).identity
        assert f"{kind} {key}" in list(untold(uow.session))


def test_who_keeps_a_seal_is_no_row_that_no_act_tells_of(services: Services) -> None:
    with services.read_only() as session:
        agency = session.scalars(select(Agency).where(Agency.served)).first()
        assert agency is not None
    with services.writing() as session:
        row = SealCustody(
            id=uuid4(),
            agency_id=agency.id,
            key="pkcs12:keys/other.p12",
            fingerprint="ab" * 32,
            account="lan",
            holder="Lan",
            number="01/BB-LT",
            year=2025,
            handed_at=LONG_AGO,
            handed_by="admin",
        )
        session.add(row)
        name = f"seal-custody {row.id}"
    (named,) = check_catalogue(services, actor=OPERATOR).acts
    assert named[0] == name
    with services.writing() as session:
        session.execute(delete(SealCustody))
    assert check_catalogue(services, actor=OPERATOR).ok


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_row_that_its_newest_act_contradicts_is_found(services: Services, attack: str) -> None:
    kind, statement = ATTACKS[attack]
    require_found(services, kind, statement)


def test_the_comparison_names_the_act(services: Services) -> None:
    assert not check_catalogue(services, actor=OPERATOR).acts
    _, statement = ATTACKS["decided by"]
    with services.writing() as session:
        session.execute(statement)
    (named,) = check_catalogue(services, actor=OPERATOR).acts
    assert named[0].startswith("acts/disposition/")
