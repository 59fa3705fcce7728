"""A draft of a schedule changed entry by entry: what is wrong stands at its field."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.retention import RetentionSchedule
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.schedules import acts as schedules_acts
from retention.schedules import drafts
from retention.schedules.drafts import ScheduleRuleNotFoundError
from retention.schedules.files import ScheduleInvalidError
from retention.schedules.schedules import (
    ScheduleNotFoundError,
    ScheduleOthersError,
    ScheduleOwnError,
    ScheduleStateError,
)
from retention.schedules.what_if import acts as what_if_acts
from retention.terms.known_schedules import known_schedules
from tests.integration.retention.schedules.adopted import adopt, load, written
from tests.worlds.archive import OPERATOR, person

HEAD = {
    "code": "nganh",
    "title": "Bảng thử",
    "instrument": "QĐ 5/QĐ-SNV",
    "article": "Phụ lục",
    "valid_from": "2026-01-01",
}
RULE = {"code": "A.1", "title": "Hợp đồng", "article": "mục 1", "kind": "years", "years": "5"}


def empty(services: Services, name: str = "lan", **head: str) -> UUID:
    told, faults = drafts.begin_empty(services, HEAD | head, actor=person(services, name))
    assert told is not None
    assert faults == []
    return UUID(told["id"])


def put(services: Services, draft: UUID, name: str = "lan", **given: str) -> list[str]:
    """Fields that are wrong."""
    was = given.pop("was", "")
    actor = person(services, name)
    found = drafts.put_rule(services, draft, RULE | given, was=was, actor=actor)
    return [entry["field"] for entry in found]


def rules(services: Services, draft: UUID) -> list[dict[str, Any]]:
    told = schedules_acts.show(services, str(draft), actor=person(services, "lan"))
    return [rule.model_dump(exclude_defaults=True) for rule in told.rules]


def test_entries_are_added_changed_and_taken_out(services: Services) -> None:
    draft, lan = empty(services), person(services, "lan")
    assert rules(services, draft) == []
    assert put(services, draft) == []
    assert put(services, draft, code="A.2", kind="permanent", group="Hành chính") == []
    assert put(services, draft, was="A.1", kind="event", event="contract-ends", years="7") == []
    assert rules(services, draft) == [
        {"code": "A.1", "title": "Hợp đồng", "article": "mục 1", "years": 7}
        | {"event": "contract-ends"},
        {"code": "A.2", "title": "Hợp đồng", "article": "mục 1", "permanent": True}
        | {"group": "Hành chính"},
    ]
    drafts.remove_rule(services, draft, "A.1", actor=lan)
    assert [rule["code"] for rule in rules(services, draft)] == ["A.2"]
    with pytest.raises(ScheduleRuleNotFoundError):
        drafts.remove_rule(services, draft, "A.1", actor=lan)
    with services.read_only() as session:
        tag = "retention-schedule:changed"
        found = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag)).all()
        assert [audit_event.data["what"] for audit_event in found] == [
            "added",
            "added",
            "changed",
            "removed",
        ]
        assert len(session.scalars(select(Act).where(Act.kind == "retention-schedule")).all()) == 1


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"code": ""}, ["code"]),
        ({"code": "B.1"}, ["code"]),
        ({"code": "TT10.2.01"}, ["code"]),
        ({"code": "C" * 61}, ["code"]),
        ({"title": " ", "article": ""}, ["title", "article"]),
        ({"years": ""}, ["years"]),
        ({"years": "-3"}, ["years"]),
        ({"years": "0"}, ["years"]),
        ({"years": "năm"}, ["years"]),
        ({"kind": "event", "event": "lunch"}, ["event"]),
        ({"kind": "event"}, ["event"]),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_changes_nothing(
    services: Services, given: dict[str, str], fields: list[str]
) -> None:
    draft = empty(services)
    assert put(services, draft, code="B.1") == []
    before = rules(services, draft)
    assert put(services, draft, **given) == fields
    assert rules(services, draft) == before


def test_the_head_is_changed_and_judged_with_all_under_it(services: Services) -> None:
    draft, lan = empty(services), person(services, "lan")
    assert put(services, draft) == []

    def headed(**given: str) -> list[str]:
        found = drafts.put_head(services, draft, HEAD | given, actor=lan)
        return [entry["field"] for entry in found]

    assert headed(title="", valid_from="hôm nay") == ["title", "valid_from"]
    assert headed(valid_to="2025-01-01") == ["valid_to"]
    assert headed(title="T" * 501) == ["title"]
    assert headed(title="Bảng của Sở", valid_to="31/12/2030") == []
    told = schedules_acts.show(services, str(draft), actor=lan)
    assert (told.title, str(told.valid_to)) == ("Bảng của Sở", "2030-12-31")
    begun, faults = drafts.begin_empty(services, {"code": "x"}, actor=lan)
    assert begun is None
    assert [fault["field"] for fault in faults] == ["title", "instrument", "article", "valid_from"]


def test_a_draft_of_what_ships_is_its_next_edition_and_may_take_its_place(
    services: Services,
) -> None:
    lan = person(services, "lan")
    told = drafts.begin_from(services, "tt10-2022", actor=lan)
    today = clock.today()
    assert (told["code"], told["edition"], told["state"]) == ("tt10-2022", 2, "draft")
    assert told["document"]["rule_set"]["valid_from"] == today.isoformat()
    shipped = schedules_acts.show(services, "tt10-2022", actor=lan)
    assert [rule["code"] for rule in told["document"]["rules"]] == [
        rule.code for rule in shipped.rules
    ]
    given = {"code": "TT10.2.01", "title": "Khác", "years": "33"}
    assert put(services, UUID(told["id"]), was="TT10.2.01", **given) == []
    with services.read_only() as session:
        before = known_schedules(session).get("TT10.2.01", today)
    adopt(services, told)
    with services.read_only() as session:
        known = known_schedules(session)
        assert known.get("TT10.2.01", today).years == 33
        assert known.get("TT10.2.01", today - dt.timedelta(days=1)) == before


def test_who_changed_a_draft_does_not_adopt_it_and_no_other_changes_it(
    services: Services, tmp_path: Path
) -> None:
    draft = empty(services, "hung")
    assert put(services, draft, "hung") == []
    with pytest.raises(ScheduleOthersError):
        put(services, draft, "lan", code="A.9")
    with pytest.raises(ScheduleOthersError):
        schedules_acts.decide(
            services, draft, adopt=False, reason="Thôi", actor=person(services, "lan")
        )
    with pytest.raises(ScheduleOwnError):
        adopt(services, {"id": str(draft)}, "hung")
    with pytest.raises(ActNotAllowedError):
        put(services, draft, "bach")
    with pytest.raises(ScheduleNotFoundError):
        drafts.begin_from(services, "khong-co", actor=person(services, "lan"))
    told = load(services, written(tmp_path))
    adopt(services, told)
    with pytest.raises(ScheduleStateError):
        put(services, UUID(told["id"]))


def test_who_began_a_draft_drops_it_and_an_empty_one_is_not_adopted(services: Services) -> None:
    draft, lan = empty(services), person(services, "lan")
    with pytest.raises(ScheduleInvalidError):
        adopt(services, {"id": str(draft)})
    told = schedules_acts.decide(services, draft, adopt=False, reason="Thôi", actor=lan)
    assert told["state"] == "dropped"


def test_a_trial_of_what_was_changed_since_is_gone(services: Services) -> None:
    draft, lan = empty(services), person(services, "lan")
    put(services, draft)
    what_if_acts.start(services, draft, actor=lan)
    assert put(services, draft, code="A.2", years="x") == ["years"]
    assert what_if_acts.newest_of(services, draft, actor=lan) is not None
    assert put(services, draft, code="A.2") == []
    assert what_if_acts.newest_of(services, draft, actor=lan) is None


def test_a_draft_as_it_was_changed_outlives_a_rebuild(services: Services, tmp_path: Path) -> None:
    draft, lan = empty(services), person(services, "lan")
    assert put(services, draft) == []
    assert put(services, draft, code="A.2", years="9") == []
    adopted = adopt(services, load(services, written(tmp_path)))["id"]
    before = [schedules_acts.show(services, str(one), actor=lan) for one in (draft, adopted)]
    rebuild(services, actor=OPERATOR)
    lan = person(services, "lan")
    assert [
        schedules_acts.show(services, str(one), actor=lan) for one in (draft, adopted)
    ] == before
    assert len(rules(services, draft)) == 2
    assert put(services, draft, code="A.3", years="1") == []


def test_of_a_lost_database_a_draft_comes_back_as_it_was_begun(services: Services) -> None:
    draft = UUID(drafts.begin_from(services, "tt10-2022", actor=person(services, "lan"))["id"])
    begun = rules(services, draft)
    drafts.remove_rule(services, draft, "TT10.2.01", actor=person(services, "lan"))
    assert rules(services, draft) != begun
    with services.writing() as session:
        session.execute(delete(RetentionSchedule))  # no row of it is left to be carried over
    rebuild(services, actor=OPERATOR)
    assert rules(services, draft) == begun
