"""The trail narrowed to a kind of which there are few events reads those, not the whole trail."""

from sqlalchemy import func, insert, select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.given import EventsSought
from archive_service.evidence.trail import find_events
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import steps_of

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
