"""Every figure of a report against planted numbers, and each of them on its papers."""

import datetime as dt
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pypdfium2
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.intake.finding import Finding, FindingRow, Severity
from archive_service.domain.intake.late_entry import LateEntry
from archive_service.domain.intake.outage import Outage
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.keeping.fixity_pass import FixityPass, FixityTrouble
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.reports import acts as reports_acts
from archive_service.reports.given import ReportIn
from archive_service.reports.period import just_ended, parse_period
from archive_service.reports.report_paper import sections_of
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, person

PERIOD = "2025-H2"
EARLY, LATE_IN_IT = (
    dt.datetime(2025, 8, 1, 3, tzinfo=dt.UTC),
    dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
)


@pytest.fixture
def planted(services: Services) -> Services:
    """A province (level 1) above the sample's agency and one more of level 2, all with figures."""
    with services.writing() as session:
        _plant(session)
    return services


def _plant(session: Session) -> None:
    own = session.scalars(select(CaseFile.agency_id)).first()
    assert own is not None
    province, other = _agency(session, "H97", 1), _agency(session, "H97.01", 2)
    session.flush()
    other.superior_id = province.id
    session.get_one(Agency, own).superior_id = province.id
    session.execute(update(Submission).values(received_at=EARLY, decided_at=EARLY))
    returned = _submission(session, other.id, SubmissionState.RETURNED, EARLY)
    again = _submission(session, other.id, SubmissionState.RETURNED, LATE_IN_IT)
    waiting = _submission(session, other.id, SubmissionState.CHECKED, EARLY)
    _submission(session, other.id, SubmissionState.CHECKED, LATE_IN_IT)
    _submission(session, province.id, SubmissionState.REJECTED, EARLY)
    _submission(session, province.id, SubmissionState.WITHDRAWN, EARLY)
    session.flush()
    _errors(session, {returned.id: ["rule-unknown", "agency-not-own"], again.id: ["rule-unknown"]})
    _late_entries(
        session, [(returned.id, "received"), (again.id, "received"), (waiting.id, "returned")]
    )
    _uses(session, own, {"document:read": 3, "case-file:exported": 2, "copy:issued": 1})
    _uses(session, other.id, {"document:read": 4})
    _forms_and_formats(session)
    _troubles_and_backups(session)


def _agency(session: Session, code: str, level: int) -> Agency:
    row = Agency(code=code, name=f"Cơ quan {code}")
    row.identifiers.append(AgencyIdentifier(code=code, form="new", level=level))
    session.add(row)
    return row


def _submission(
    session: Session, agency_id: UUID, state: SubmissionState, at: dt.datetime
) -> Submission:
    decided = state is not SubmissionState.CHECKED
    row = Submission(
        agency_id=agency_id, channel="rest", state=state, declared={}, submitted_by="bach",
        received_at=at, decided_at=at + dt.timedelta(days=4) if decided else None,
        decided_by="lan" if decided else None,
    )  # fmt: skip
    session.add(row)
    return row


def _errors(session: Session, codes: dict[UUID, list[str]]) -> None:
    for submission, found in codes.items():
        for ordinal, code in enumerate(found):
            finding = Finding("codes", code, Severity.ERROR, facts={})
            session.add(FindingRow.of(finding, submission_id=submission, ordinal=ordinal))


def _late_entries(session: Session, entries: list[tuple[UUID, str]]) -> None:
    outage = Outage(
        began_at=EARLY, ended_at=LATE_IN_IT, reason="Mất điện", entered_by="lan", entered_at=EARLY
    )
    session.add(outage)
    session.flush()
    for subject, what in entries:
        session.add(
            LateEntry(
                outage_id=outage.id,
                subject_id=subject,
                what=what,
                happened_at=EARLY,
                entered_at=LATE_IN_IT,
                entered_by="lan",
                done_by="Lan",
                reason="Mất điện",
                paper="1",
            )
        )


def _uses(session: Session, agency_id: UUID, counts: dict[str, int]) -> None:
    for tag, count in counts.items():
        for _ in range(count):
            record_event(session, tag, subject_id=None, actor=OPERATOR, agency_id=agency_id)


def _troubles_and_backups(session: Session) -> None:
    """One pass, two troubles of which one was healed, three backups of which one failed."""
    day = dt.timedelta(days=1)
    session.add(
        FixityPass(
            copy="kho1", started_at=EARLY, due_by=LATE_IN_IT, part="listing", checked=321,
            seen_at=EARLY, ended_at=EARLY + day,
        )
    )  # fmt: skip
    for key, healed_at in (("a", EARLY + day), ("b", None)):
        session.add(
            FixityTrouble(
                copy="kho1", key=key, unit=key, status="damaged", verdict="copy",
                first_seen_at=EARLY, confirmed_at=EARLY, healed_at=healed_at,
            )
        )  # fmt: skip
    for kind, outcome in (
        ("incremental", BackupOutcome.DONE),
        ("full", BackupOutcome.DONE),
        ("full", BackupOutcome.FAILED),
        ("drill", BackupOutcome.DONE),
    ):
        session.add(
            BackupRun(
                kind=kind, media="/m", started_at=EARLY, ended_at=EARLY + day, outcome=outcome
            )
        )
    for subject, closed_at in (("x", EARLY + day), ("y", None)):
        session.add(
            Incident(
                kind="copy-unreachable", subject=subject, severity=IncidentSeverity.ALARM,
                opened_at=EARLY, seen_at=EARLY, closed_at=closed_at,
            )
        )  # fmt: skip


def _forms_and_formats(session: Session) -> None:
    """One case file electronic, one mixed with a digitized document; one original of its own."""
    electronic, mixed = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
    electronic.confidence_level, mixed.confidence_level = "01", "03"
    session.execute(update(Document).values(confidence_level=None))
    mixed.documents[0].confidence_level = "02"
    originals = session.scalars(
        select(DigitalObject).where(DigitalObject.role == FileRole.ORIGINAL)
    ).all()
    for file in originals:
        file.format_name = "Định dạng thường"
    originals[0].format_name = "Định dạng hiếm"


def _of(rows: list[dict[str, Any]], *names: str) -> dict[str, tuple[Any, ...]]:
    return {row["label"]: tuple(row[name] for name in names) for row in rows}


def _figures(services: Services, period: str = PERIOD, **more: str) -> dict[str, Any]:
    figures = reports_acts.figures_of(
        services, period, actor=person(services, "lan"), **more
    ).figures
    assert isinstance(figures, dict)
    return figures


MEASURES = ("agencies", "received", "accepted", "returned", "rejected", "withdrawn", "backlog")


def test_totals_by_level_and_by_the_body_above_are_the_planted_ones(planted: Services) -> None:
    figures = _figures(planted)
    assert _of(figures["levels"], *MEASURES) == {
        "Cấp 1": (1, 2, 0, 0, 1, 1, 0),
        "Cấp 2": (2, 6, 2, 2, 0, 0, 2),
    }
    assert _of(figures["superiors"], *MEASURES) == {"Cơ quan H97": (3, 8, 2, 2, 1, 1, 2)}
    for name in MEASURES[1:]:
        assert sum(level[name] for level in figures["levels"]) == figures["intake"][name]
    assert figures["intake"]["late"] == 1
    assert _figures(planted, agency="H97.01")["superiors"] == []


def test_months_reasons_and_late_entries_are_the_planted_ones(planted: Services) -> None:
    figures = _figures(planted)
    months = _of(figures["months"], "received", "accepted")
    assert {label: told for label, told in months.items() if any(told)} == {
        "08/2025": (6, 2),
        "12/2025": (2, 0),
    }
    assert {reason["code"]: reason["count"] for reason in figures["reasons"]} == {
        "rule-unknown": 2,
        "agency-not-own": 1,
    }
    assert {late_entry["key"]: late_entry["count"] for late_entry in figures["late_entries"]} == {
        "received": 2,
        "returned": 1,
    }
    assert figures["days_to_decision"] == {"count": 4, "median": 2.0, "longest": 4.0}


def test_a_return_for_the_words_of_a_person_alone_is_among_the_reasons(planted: Services) -> None:
    with planted.writing() as session:
        session.execute(delete(FindingRow).where(FindingRow.code == "rule-unknown"))
    figures = _figures(planted)
    assert {reason["code"]: reason["count"] for reason in figures["reasons"]} == {
        "agency-not-own": 1,
        "own-words": 1,
    }
    assert figures["intake"]["returned"] == 2


def _open(session: Session, agency_id: UUID | None, times: int) -> None:
    now = clock.now()
    for _ in range(times):
        record = OpeningRecord(
            month=f"{now:%Y-%m}",
            at=now,
            case_file_id=uuid4(),
            document_id=uuid4(),
            ordinal=1,
            agency_id=agency_id,
            account="hung",
            role="head",
            door="page",
        )
        session.add(record)


def test_uses_formats_and_forms_are_the_planted_ones(planted: Services) -> None:
    this_year = str(clock.today().year)
    with planted.writing() as session:
        found = session.scalars(select(AgencyIdentifier).where(AgencyIdentifier.code == "H97.01"))
        _open(session, found.one().agency_id, 2)
        _open(session, None, 1)
    uses = {"opened": 3, "read": 7, "exported": 2, "copies": 1}
    assert _figures(planted, this_year)["uses"] == uses
    assert _figures(planted, this_year, agency="H97.01")["uses"]["opened"] == 2
    assert _figures(planted, this_year, agency="H97.01")["uses"]["read"] == 4
    assert set(_figures(planted)["uses"].values()) == {0}
    figures = _figures(planted)
    with planted.read_only() as session:
        originals = select(DigitalObject.id).where(DigitalObject.role == FileRole.ORIGINAL)
        count = len(session.scalars(originals).all())
    formats = {one["label"]: one["count"] for one in figures["formats"]}
    assert formats == {"Định dạng thường": count - 1, "Định dạng hiếm": 1}
    forms = {form["key"]: form for form in figures["forms"]}
    assert {key: form["case_files"] for key, form in forms.items()} == {"01": 1, "02": 0, "03": 1}
    assert {key: form["share"] for key, form in forms.items()} == {
        "01": 50.0,
        "02": 0.0,
        "03": 50.0,
    }
    assert forms["02"]["documents"] == 1
    for name in ("case_files", "documents"):
        assert sum(form[name] for form in forms.values()) == figures["holdings"][name]


def test_the_state_of_infrastructure_is_the_planted_one(planted: Services) -> None:
    told = {entry["key"]: entry["count"] for entry in _figures(planted)["infrastructure"]}
    with planted.read_only() as session:
        accounts = session.scalars(select(Account)).all()
    assert told == {
        "copies": 2, "copies_away": 0, "passes": 1, "files_checked": 321,
        "last_pass": "02/08/2025", "damage_found": 2, "damage_healed": 1, "damage_open": 1,
        "backups": 2, "backups_failed": 1, "last_backup": "02/08/2025", "drills": 1,
        "incidents": 2, "incidents_open": 1, "outages": 1,
        "accounts": sum(account.active for account in accounts), "accounts_closed": 0,
        "log_events": 0, "log_segments": 0,
    }  # fmt: skip
    assert _figures(planted, str(clock.today().year))["infrastructure"][-2]["count"] > 0
    before = {entry["key"]: entry["count"] for entry in _figures(planted, "2024")["infrastructure"]}
    assert (before["damage_open"], before["backups"], before["last_backup"]) == (0, 0, "–")
    assert _figures(planted, agency="H97.01")["infrastructure"] == []


def test_every_figure_stands_in_the_workbook_and_on_the_paper(planted: Services) -> None:
    lan = person(planted, "lan")
    made = reports_acts.make_report(planted, ReportIn(period=PERIOD), actor=lan)
    said = {"difficulties": "Kho chật, thiếu máy quét.", "proposals": "Xin thêm một kho."}
    reports_acts.put_words(planted, UUID(made.id), actor=lan, **said)
    sections = sections_of(made.figures or {})
    _, data = reports_acts.write_report(planted, UUID(made.id), "xlsx", actor=lan)
    book = openpyxl.load_workbook(BytesIO(data))
    assert len(book.worksheets) == len(sections)
    for sheet, section in zip(book.worksheets, sections, strict=True):
        told = [tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert told == [tuple(section.heads), *(tuple(row) for row in section.rows)]
    _, data = reports_acts.write_report(planted, UUID(made.id), "pdf", actor=lan)
    with pypdfium2.PdfDocument(data) as paper:
        pages = [page.get_textpage().get_text_bounded() for page in paper]
    words = "".join("".join(pages).replace("\xad", "").split())
    for section in sections:
        for text in (section.heading, *section.heads):
            assert "".join(text.split()) in words, text
        for row in section.rows:
            assert "".join("".join(_printed(cell) for cell in row).split()) in words, row
    assert all("".join(text.split()) in words for text in said.values())
    assert "Nơinhận:-Lưu:VT,LT.NGƯỜIPHỤTRÁCHLƯUTRỮTHỬNGHIỆM" in words


def _printed(cell: str | float) -> str:
    if isinstance(cell, str):
        return cell
    whole = f"{int(cell):,}".replace(",", ".")
    return whole if cell == int(cell) else f"{cell:.1f}".replace(".", ",")


def test_reports_of_half_years_and_years_are_due_with_the_quarter_that_ends_them() -> None:
    told = {
        dt.date(2026, 1, 1): ["2025-Q4", "2025-H2", "2025"],
        dt.date(2026, 3, 31): ["2025-Q4", "2025-H2", "2025"],
        dt.date(2026, 4, 1): ["2026-Q1"],
        dt.date(2026, 6, 30): ["2026-Q1"],
        dt.date(2026, 7, 1): ["2026-Q2", "2026-H1"],
        dt.date(2026, 10, 1): ["2026-Q3"],
    }
    for day, names in told.items():
        assert just_ended(day) == [parse_period(name) for name in names], day


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (dt.date(2026, 7, 2), ["2026-Q2", "2026-H1"]),
        (dt.date(2027, 1, 2), ["2026-Q4", "2026-H2", "2026"]),
    ],
)
def test_they_are_made_once_each_by_themselves(
    services: Services, day: dt.date, names: list[str]
) -> None:
    lan = person(services, "lan")
    for _ in range(2):
        reports_acts.make_ended(services, day)
    found, total = reports_acts.list_reports(services, actor=lan)
    days = [(entry.first, entry.last) for entry in found]
    periods = [parse_period(name) for name in names]
    assert sorted(days) == sorted(
        (period.first.isoformat(), period.last.isoformat()) for period in periods
    )
    assert total == len(names)
