"""The trail narrowed to a kind of which there are few events reads those, not the whole trail."""

from sqlalchemy import func, insert, select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.given import EventsSought
from archive_service.evidence.trail import find_events
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import counted, steps_of

MORE = 3000


def record_more(services: Services, tag: str = "document:read", more: int = MORE) -> None:
    """So many events more, of reading where no other tag is named."""
    with services.writing() as session:
        last = session.scalar(select(func.max(AuditEvent.number))) or 0
        row = session.get_one(AuditEvent, last)
        columns = [attribute.key for attribute in AuditEvent.__mapper__.column_attrs]
        seed = {name: getattr(row, name) for name in columns} | {"tag": tag}
        numbers = range(last + 1, last + 1 + more)
        events = [seed | {"number": number, "sha256": f"{number:064x}"} for number in numbers]
        session.execute(insert(AuditEvent), events)


def tags_found(services: Services, kind: str) -> tuple[set[str], int]:
    with services.read_only() as session:
        actor = person(services, "kiem")
        rows, total = find_events(
            session, EventsSought.model_validate({"kind": kind}), actor=actor, limit=50
        )
    return {row.tag for row in rows}, total


def test_a_rare_kind_costs_as_much_in_a_long_trail(services: Services) -> None:
    few = steps_of(services, lambda: tags_found(services, "agency"))
    record_more(services)
    assert steps_of(services, lambda: tags_found(services, "agency")) <= few + MORE


def test_all_of_a_kind_and_no_other_is_found(services: Services) -> None:
    record_more(services)
    with services.read_only() as session:
        held = session.scalars(select(AuditEvent.tag)).all()
    for kind in ("agency", "document", "submission"):
        of_kind = [tag for tag in held if tag.startswith(f"{kind}:")]
        found, total = tags_found(services, kind)
        assert total == len(of_kind) > 0
        assert found <= set(of_kind)
    assert tags_found(services, "no-such-kind") == (set(), 0)


def test_events_that_nobody_has_words_for_are_found_by_their_kind(services: Services) -> None:
    record_more(services, "agency:of-another-release", 1)
    assert "agency:of-another-release" in tags_found(services, "agency")[0]


def test_what_lies_before_a_late_page_is_counted_off_by_numbers_alone(services: Services) -> None:
    """A million events are an index of numbers; their rows would be the whole trail."""
    record_more(services, more=200)
    sought = EventsSought.model_validate({})
    with services.read_only() as session, counted(services) as seen:
        kiem = person(services, "kiem")
        newest, total = find_events(session, sought, actor=kiem, limit=MORE)
        page, _ = find_events(session, sought, actor=kiem, limit=50, offset=170)
        early, _ = find_events(
            session, sought, actor=kiem, limit=50, offset=total - 50, oldest_first=True
        )
    assert total == len(newest) > 220
    assert page == newest[170:220]
    assert early == newest[:50][::-1]
    told = [one for one in seen if "OFFSET" in one and "audit_event.data" in one]
    assert len(told) == 3
    for one in told:
        inner = one.partition("FROM audit_event JOIN (")[2].partition("OFFSET")[0]
        assert inner.split()[:4] == ["SELECT", "audit_event.number", "AS", "number"]
        assert "audit_event.data" not in inner
