"""Describing what is held: by the door's checks, one version a save, access modes confirmed."""

from typing import Any

import pytest
from sqlalchemy import select

from archive_service import access
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.acts import (
    DescribedMeanwhileError,
    DescriptionRefusedError,
    FieldNotEditedError,
    decide_on_mode,
    describe_case_file,
)
from archive_service.catalogue.describing.documents import DescriptionDone
from archive_service.catalogue.describing.fields import (
    NOT_EDITED,
    DocumentNotInCaseFileError,
    editable,
)
from archive_service.catalogue.describing.mode_changes import (
    CatalogueReasonError,
    ModeChangeDecidedError,
)
from archive_service.catalogue.describing.term_effects import Edits
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.mode_change import ModeChange, ModeChangeState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, do_all

REASON = "Bổ sung tiêu đề theo mục lục cũ"
TITLE = "Hồ sơ xây dựng trạm bơm Khe Lạnh, giai đoạn 2"


def describe(services: Services, edits: Edits, name: str = "lan", **more: Any) -> DescriptionDone:
    return describe_case_file(
        services, OPEN_CODE, edits, actor=person(services, name), **{"reason": REASON} | more
    )


def case(services: Services, name: str = "lan") -> dict[str, Any]:
    return queries.case_file(services, OPEN_CODE, actor=person(services, name)).as_json()


def row(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()


def events(services: Services, tag: str) -> list[dict[str, Any]]:
    with services.read_only() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag))
        return [event.data for event in found]


def test_an_edit_of_case_file_and_documents_is_one_version(services: Services) -> None:
    done = describe(services, {0: {"title": TITLE, "keyword": "trạm bơm"}, 1: {"signer": "Lê A"}})
    assert [(change.document, change.field) for change in done.changes] == [
        (0, "title"), (0, "keyword"), (1, "signer"),
    ]  # fmt: skip
    describe(services, {1: {"issuedDate": "25/7/2025"}})
    do_all(services)
    found = case(services)
    assert (found["title"], found["package"]["version"], found["indexed"]) == (TITLE, 2, True)
    assert found["documents"][0]["signer"] == "Lê A"
    assert found["documents"][0]["date"] == "2025-07-25"
    assert {copy["state"] for copy in found["package"]["copies"]} == {"verified"}


def test_the_trail_tells_what_it_was_and_is_but_not_what_is_withheld(services: Services) -> None:
    before = case(services)["title"]
    describe(services, {0: {"title": TITLE, "description": "Chỉ dùng tại chỗ"}})
    (told,) = events(services, "case-file:described")
    assert told["reason"] == REASON
    assert told["changes"] == [
        {"document": 0, "field": "title", "was": before, "becomes": TITLE},
        {"document": 0, "field": "description"},
    ]


def test_without_a_change_there_is_no_version(services: Services) -> None:
    done = describe(services, {0: {"title": case(services)["title"]}, 1: {}})
    assert done.changes == []
    assert row(services).version_wanted == 1
    assert events(services, "case-file:described") == []


@pytest.mark.parametrize(
    ("ordinal", "field", "value", "code"),
    [
        (0, "title", "", "field-missing"),
        (0, "title", "—", "field-missing"),
        (0, "endDate", "32/13/2025", "date-malformed"),
        (0, "startDate", "31/12/2090", "end-before-start"),
        (0, "language", "xx", "code-not-in-list"),
        (0, "keyword", "x" * 101, "field-too-long"),
        (0, "mode", "Mật", "state-secret"),
        (1, "subject", "  ", "field-missing"),
        (1, "subject", "…", "field-missing"),
        (1, "typeName", "không có", "code-not-in-list"),
    ],
)
def test_what_the_door_refuses_is_refused_here_and_nothing_is_half_saved(
    services: Services, ordinal: int, field: str, value: str, code: str
) -> None:
    edits = {0: {"creator": "Trần B"}, 1: {"signer": "Trần B"}}
    edits[ordinal][field] = value
    with pytest.raises(DescriptionRefusedError) as refused:
        describe(services, edits)
    found = [finding.code for finding in refused.value.findings]
    assert found == [code]
    assert row(services).creator != "Trần B"
    assert row(services).version_wanted == 1
    if code != "end-before-start":
        assert list(refused.value.by_field) == [(ordinal, field)]


def test_fields_that_are_not_described_by_hand_are_refused(services: Services) -> None:
    for name in ("fileCode", "totalDoc", "nothing"):
        with pytest.raises(FieldNotEditedError):
            describe(services, {0: {name: "1"}})
    with pytest.raises(FieldNotEditedError):
        describe(services, {1: {"docCode": "1"}})
    with pytest.raises(DocumentNotInCaseFileError):
        describe(services, {9: {"subject": "x"}})
    with pytest.raises(CatalogueReasonError):
        describe(services, {0: {"title": TITLE}}, reason="  ")


def test_every_field_that_is_asked_for_can_be_kept() -> None:
    for kind in ("case-file", "document", "picture", "media"):
        names = {rule.name for rule in editable(kind)}
        assert not names & NOT_EDITED
        assert "mode" in names
    assert "recordStatus" not in {rule.name for rule in editable("case-file")}


def test_the_second_of_two_editors_is_told(services: Services) -> None:
    seen = row(services).edition
    describe(services, {0: {"title": TITLE}}, edition=seen)
    with pytest.raises(DescribedMeanwhileError):
        describe(services, {0: {"creator": "B"}}, "mai", edition=seen)
    describe(services, {0: {"creator": "B"}}, "mai", edition=seen + 1)


def test_a_hold_stops_it(services: Services) -> None:
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="x", authority="y", actor=head)
    with pytest.raises(CaseFileHeldError):
        describe(services, {0: {"title": TITLE}})


@pytest.mark.parametrize("name", ["bach", "binh", "kiem", "quan"])
def test_only_archive_staff_describe(services: Services, name: str) -> None:
    with pytest.raises(access.ActNotAllowedError):
        describe(services, {0: {"title": TITLE}}, name)


def test_the_last_day_follows_the_end_and_the_term(services: Services) -> None:
    before = row(services)
    assert before.ends_on is not None
    describe(services, {0: {"endDate": "2024-03-01", "startDate": "2024"}})
    after = row(services)
    assert after.ends_on is not None
    assert (after.ends_on.year, after.rule) == (before.ends_on.year - 1, before.rule)
    describe(services, {0: {"maintenance": "Vĩnh viễn"}})
    forever = row(services)
    assert (forever.permanent, forever.ends_on, forever.rule["basis"]) == (True, None, "declared")


def test_a_stricter_mode_holds_at_once_and_a_freer_one_when_confirmed(services: Services) -> None:
    (change,) = describe(services, {0: {"mode": "Sử dụng có điều kiện"}}).waiting
    assert (change.was, change.becomes, row(services).mode) == ("01", "02", "02")
    do_all(services)
    head = person(services, "hung")
    decide_on_mode(services, change.id, confirm=True, reason="Đồng ý", actor=head)
    with pytest.raises(ModeChangeDecidedError):
        decide_on_mode(services, change.id, confirm=False, reason="x", actor=head)
    assert row(services).version_wanted == 2  # nothing changed with the word of the head
    (freer,) = describe(services, {0: {"mode": "01"}}).waiting
    assert (row(services).mode, row(services).version_wanted) == ("02", 2)
    decide_on_mode(services, freer.id, confirm=True, reason="Đồng ý", actor=head)
    do_all(services)
    assert (row(services).mode, row(services).version_stored) == ("01", 3)


def test_asking_for_the_mode_that_was_takes_back_what_waits(services: Services) -> None:
    describe(services, {0: {"mode": "02"}})
    assert describe(services, {0: {"mode": "01"}}).waiting == []
    assert row(services).mode == "01"
    assert len(events(services, "access-mode:refused")) == 1


def test_a_refused_change_of_the_mode_is_taken_back(services: Services) -> None:
    (change,) = describe(services, {1: {"mode": "02"}}).waiting
    assert change.document == 1
    assert case(services)["documents"][0]["mode"] == "02"
    head = person(services, "hung")
    decide_on_mode(services, change.id, confirm=False, reason="Không cần", actor=head)
    assert case(services)["documents"][0]["mode"] == "01"
    assert [event["was"] for event in events(services, "access-mode:refused")] == ["01"]


def test_the_head_confirms_by_asking_and_nobody_else(services: Services) -> None:
    done = describe(services, {0: {"mode": "02"}}, "hung")
    assert (done.waiting, row(services).mode) == ([], "02")
    (change,) = describe(services, {0: {"mode": "01"}}).waiting
    for name in ("lan", "bach", "quan"):
        actor = person(services, name)
        with pytest.raises(access.ActNotAllowedError):
            decide_on_mode(services, change.id, confirm=True, reason="x", actor=actor)


def test_a_rebuild_brings_back_the_description_and_what_waits(services: Services) -> None:
    describe(services, {0: {"title": TITLE, "mode": "02"}, 1: {"signer": "Lê A"}})
    do_all(services)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    found = case(services)
    assert (found["title"], found["documents"][0]["signer"]) == (TITLE, "Lê A")
    with services.read_only() as session:
        (change,) = session.scalars(select(ModeChange)).all()
        assert (change.state, change.becomes) == (ModeChangeState.WAITING, "02")


def test_an_edit_while_a_version_is_built_is_in_the_next_one(services: Services) -> None:
    """The build read the rows before the edit: what it made is known to be behind."""
    from archive_service.catalogue.holdings.rows import whole_case_file
    from archive_service.workflow import steps

    describe(services, {0: {"title": TITLE}})
    with services.read_only() as session:
        seen = whole_case_file(session, row(services).id)
    effect = steps.build(seen, services, None)  # type: ignore[arg-type]  # it asks no lease
    describe(services, {0: {"creator": "Trần B"}})
    with services.writing() as session:
        effect(session, session.get_one(CaseFile, seen.id))
    assert (row(services).version_built, row(services).version_wanted) == (2, 3)
    do_all(services)
