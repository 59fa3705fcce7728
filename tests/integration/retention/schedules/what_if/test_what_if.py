"""A draft of a schedule tried on what is kept: what would move, in slices, and nothing touched."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Connection

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.db.engine import WRITING
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.retention.retention import RetentionEvent, WhatIf, WhatIfItem
from archive_service.domain.tables import METADATA
from archive_service.services import Services
from archive_service.worker import run_one
from retention.holds.acts import place_holds
from retention.schedules import acts as schedules_acts
from retention.schedules.files import ScheduleInvalidError
from retention.schedules.schedules import ScheduleStateError
from retention.schedules.what_if import acts as what_if_acts
from retention.schedules.what_if import rules as trials
from retention.schedules.what_if.acts import TRY_JOB, WhatIfNotFoundError
from retention.schedules.what_if.documents import WhatIfDocument
from tests.integration.retention.schedules.what_if.drafted import HEAD, RULE, draft
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.retention.dispositions import make_due, new_otp, proposed


def tried(services: Services, schedule_id: UUID) -> WhatIfDocument:
    """Worked through by the job."""
    lan = person(services, "lan")
    begun = what_if_acts.start(services, schedule_id, actor=lan)
    assert run_one(services, subject_id=begun.id, names=(TRY_JOB,)) == "done"
    return what_if_acts.show(services, begun.id, actor=lan)


def adopt(services: Services, schedule_id: UUID) -> None:
    hung, otp = person(services, "hung"), new_otp(services, "hung")
    schedules_acts.decide(services, schedule_id, adopt=True, reason="QĐ 9", otp=otp, actor=hung)


def items(services: Services, told: WhatIfDocument, **narrowed: Any) -> list[dict[str, Any]]:
    lan = person(services, "lan")
    return what_if_acts.list_items(services, told.id, actor=lan, **narrowed)


def living(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    """All rows but those of trials and of jobs."""
    own = {"what_if", "what_if_item", "job"}
    with services.read_only() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
            if table.name not in own
        }


@pytest.fixture
def two(services: Services) -> Services:
    """Two case files whose jobs ended in 2015, kept until the end of 2020."""
    with services.writing() as session:
        for document in session.scalars(select(Document)):
            document.maintenance = None
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    return services


def test_a_draft_moves_days_in_the_trial_alone(two: Services, tmp_path: Path) -> None:
    tried_on = draft(two, tmp_path, "years = 10")
    before = living(two)
    told = tried(two, tried_on)
    assert living(two) == before
    counts = dict(told.counts)
    assert (counts["looked"], counts["moved"], counts["turns"]["later"][0]) == (2, 2, 2)
    size = sum(entry["size_bytes"] for entry in items(two, told))
    assert counts["moved_bytes"] == counts["rules"]["QT-01"][1] == size > 0
    assert counts["years"] == {"2020": [2, size, 0, 0], "2025": [0, 0, 2, size]}
    assert [
        (entry["code"], entry["ends_before"], entry["ends_after"]) for entry in items(two, told)
    ] == [(code, "2020-12-31", "2025-12-31") for code in sorted((OPEN_CODE, RESTRICTED_CODE))]
    assert counts["due"] == 0


@pytest.mark.parametrize(
    ("term", "turn", "ends_after"),
    [
        ("years = 4", "earlier", "2019-12-31"),
        ("permanent = true", "permanent", None),
        ('event = "contract-ends"\nyears = 5', "waiting", None),
    ],
)
def test_each_kind_of_term_is_a_turn(
    two: Services, tmp_path: Path, term: str, turn: str, ends_after: str | None
) -> None:
    told = tried(two, draft(two, tmp_path, term))
    assert {(entry["turn"], entry["ends_after"]) for entry in items(two, told)} == {
        (turn, ends_after)
    }


def test_the_same_term_moves_nothing_and_a_rule_left_out_is_told(
    two: Services, tmp_path: Path
) -> None:
    first = draft(two, tmp_path, "years = 5")
    assert tried(two, first).counts.moved == 0
    adopt(two, first)
    path = tmp_path / "sau.toml"
    path.write_text(HEAD + RULE.replace("QT-01", "QT-02") + "years = 5\n", encoding="utf-8")
    later = UUID(schedules_acts.load(two, path, {}, actor=person(two, "lan"))["id"])
    counts = dict(tried(two, later).counts)
    assert (counts["looked"], counts["moved"], counts["gone"]) == (2, 0, 2)


def test_documents_events_and_choices_count_as_they_do_when_one_is_classified(
    two: Services, tmp_path: Path
) -> None:
    with two.writing() as session:
        found = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        raised, chosen = found
        raised.documents[0].maintenance = "03"  # 50 years
        chosen.rule = chosen.rule | {"basis": "equivalent", "reason": "giống", "years": 8}
    told = tried(two, draft(two, tmp_path, "years = 6"))
    assert {entry["code"]: entry["ends_after"] for entry in items(two, told)} == {
        raised.code: "2065-12-31",
        chosen.code: "2023-12-31",
    }
    with two.writing() as session:
        event = RetentionEvent(
            case_file_id=chosen.id,
            kind="contract-ends",
            happened_on=dt.date(2018, 5, 1),
            basis="BB 1",
            recorded_by="lan",
            recorded_at=clock.now(),
        )
        session.add(event)
    path = tmp_path / "su-kien"
    path.mkdir()
    told = tried(two, draft(two, path, 'event = "contract-ends"', "years = 6"))
    turns = {entry["code"]: (entry["turn"], entry["ends_after"]) for entry in items(two, told)}
    assert turns == {
        raised.code: ("waiting", None),
        chosen.code: ("later", "2026-12-31"),
    }


def test_what_was_decided_on_stays_as_decided(two: Services, tmp_path: Path) -> None:
    with two.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.rule = row.rule | {"basis": "disposition"}
    told = tried(two, draft(two, tmp_path, "years = 10"))
    assert (told.counts.looked, told.counts.gone) == (1, 0)
    assert [entry["code"] for entry in items(two, told)] == [RESTRICTED_CODE]


def test_what_stands_in_the_way_is_told(two: Services, tmp_path: Path) -> None:
    place_holds(two, [OPEN_CODE], reason="Thanh tra", authority="KL 1", actor=person(two, "hung"))
    proposed(two, RESTRICTED_CODE)
    told = tried(two, draft(two, tmp_path, "years = 10"))
    assert told.counts.conflicts == {"held": 1, "proposed": 1}
    assert [entry["code"] for entry in items(two, told, conflict="held")] == [OPEN_CODE]
    with two.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.state = CaseState.TRANSFERRED
    path = tmp_path / "nua"
    path.mkdir()
    told = tried(two, draft(two, path, "years = 11"))
    assert items(two, told, conflict="transferred")[0]["conflicts"] == ["held", "transferred"]


@pytest.fixture
def one_at_a_time() -> Iterator[None]:
    """Slices of one case file."""
    usual, trials.AT_ONCE = trials.AT_ONCE, 1
    yield
    trials.AT_ONCE = usual


@pytest.mark.usefixtures("one_at_a_time")
def test_what_was_killed_goes_on_after_the_last_slice(two: Services, tmp_path: Path) -> None:
    lan = person(two, "lan")
    row_id = what_if_acts.start(two, draft(two, tmp_path, "years = 10"), actor=lan).id
    with two.writing() as session:  # the first slice of a worker that died after its commit
        row = session.get_one(WhatIf, row_id)
        trial, counts = trials.trial_of(session, row), trials.WhatIfCounts(**row.counts)
        trials.keep(session, row, trials.look(session, row, trial, counts), counts)
    assert what_if_acts.show(two, row_id, actor=lan).counts.moved == 1
    do_all(two)
    told = what_if_acts.show(two, row_id, actor=lan)
    assert (told.counts.moved, len(items(two, told))) == (2, 2)
    assert told.done_at


def test_case_files_are_read_with_nothing_locked(two: Services, tmp_path: Path) -> None:
    asked: dict[bool, list[str]] = {True: [], False: []}

    def note(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and "case_file.end_date" in statement:
            asked[connection.get_execution_options().get(WRITING, False)].append(statement)

    schedule, engine = draft(two, tmp_path, "years = 10"), two.database.engine
    begun = what_if_acts.start(two, schedule, actor=person(two, "lan"))
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert run_one(two, subject_id=begun.id, names=(TRY_JOB,)) == "done"
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked[False]
    assert asked[True] == []


def test_a_second_trial_takes_the_place_of_the_first(two: Services, tmp_path: Path) -> None:
    schedule = draft(two, tmp_path, "years = 10")
    first = tried(two, schedule)
    second = tried(two, schedule)
    lan = person(two, "lan")
    with pytest.raises(WhatIfNotFoundError):
        what_if_acts.show(two, first.id, actor=lan)
    assert what_if_acts.newest_of(two, schedule, actor=lan) == second
    what_if_acts.discard(two, second.id, actor=lan)
    with two.read_only() as session:
        assert session.scalars(select(WhatIfItem)).all() == []
    assert what_if_acts.newest_of(two, schedule, actor=lan) is None


def test_what_holds_is_not_tried_and_not_by_anyone(two: Services, tmp_path: Path) -> None:
    schedule = draft(two, tmp_path, "years = 10")
    with pytest.raises(ActNotAllowedError):
        what_if_acts.start(two, schedule, actor=person(two, "bach"))
    adopt(two, schedule)
    with pytest.raises(ScheduleStateError):
        what_if_acts.start(two, schedule, actor=person(two, "hung"))


def test_a_draft_whose_codes_another_schedule_took_since_is_not_tried(
    two: Services, tmp_path: Path
) -> None:
    path = tmp_path / "khac"
    path.mkdir()
    first = draft(two, path, "years = 10")
    (tmp_path / "so.toml").write_text(
        (path / "bang.toml").read_text("utf-8").replace('"nganh"', '"so"'), encoding="utf-8"
    )
    lan = person(two, "lan")
    second = UUID(schedules_acts.load(two, tmp_path / "so.toml", {}, actor=lan)["id"])
    adopt(two, first)
    with pytest.raises(ScheduleInvalidError):
        what_if_acts.start(two, second, actor=lan)


def test_all_of_it_is_written_to_a_file(two: Services, tmp_path: Path) -> None:
    told = tried(two, draft(two, tmp_path, "years = 10"))
    target, lan = tmp_path / "thu.csv", person(two, "lan")
    what_if_acts.write_items(two, told.id, target, actor=lan, turn="later")
    with target.open(encoding="utf-8-sig") as out:
        rows = list(csv.reader(out))
    assert [row[0] for row in rows[1:]] == sorted((OPEN_CODE, RESTRICTED_CODE))
    assert rows[1][1:5] == ["QT-01", "2020-12-31", "2025-12-31", "Hết hạn muộn hơn"]
    assert what_if_acts.write_items(two, told.id, tmp_path / "t.xlsx", actor=lan).stat().st_size
