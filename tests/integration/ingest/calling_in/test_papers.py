"""The published list as a signed paper; the kind of case file that a plan's entry names."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import select

from archive_service.domain.agencies.file_plan import FilePlanEntry
from archive_service.domain.intake.collection import COLLECTION
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.pdf.validate import inspect_signatures
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.signed_papers import CollectionUnsignedError, read_signed
from ingest.drafts import acts as drafts_acts
from ingest.file_plan.acts import approve_plan, import_plan
from ingest.file_plan.checks import FilePlanFindingsError
from ingest.file_plan.views import open_plan
from ingest.submissions.acts import submit
from tests.worlds.archive import OPERATOR, copy_home, head_of_agency, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.ingest.calling_in import AGENCY, ENDED, THIS, code, plans_home, publish
from tests.worlds.papers.bad_input import small_case
from tests.worlds.papers.coded import told_of

WORK = "administrative-work"
OPENING = "Văn bản mở đầu công việc (kế hoạch, tờ trình, đề án, công văn đến…)"


@pytest.fixture(scope="module")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plans_home(tmp_path_factory.mktemp("papers") / "home")


@pytest.fixture
def services(first_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(first_home, tmp_path / "home")) as services:
        yield services


def test_a_published_list_is_signed_under_its_number_and_kept(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    told = publish(services)
    list_id, lan = told.id, person(services, "lan")
    with pytest.raises(CollectionUnsignedError):
        read_signed(services, list_id, actor=lan)
    calling_in_acts.print_list(services, list_id, tmp_path / "before.pdf", "pdf", actor=lan)
    do_all(services)
    name, data = read_signed(services, list_id, actor=person(services, "bach"))
    assert name == f"danh-muc-nop-luu-01-DMNL-{THIS}.pdf"
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(data)
    (signature,) = inspect_signatures(paper, services.trust)
    assert signature.trusted
    checked = told_of(services, data)
    assert (checked.state, checked.kind) == ("valid", "collection-list")
    assert tools.verapdf([paper])[0].passed
    calling_in_acts.print_list(services, list_id, tmp_path / "again.pdf", "pdf", actor=lan)
    assert (tmp_path / "again.pdf").read_bytes() == data
    assert (tmp_path / "before.pdf").read_bytes() != data
    with services.read_only() as session:
        acts = session.scalars(select(Act).where(Act.kind == COLLECTION)).all()
        assert [act.written for act in acts] == [True, True]
        assert "collection:signed" in session.scalars(select(AuditEvent.tag)).all()


def test_it_is_signed_once_however_often_the_job_runs(services: Services) -> None:
    told = publish(services)
    do_all(services)
    lan, list_id = person(services, "lan"), told.id
    before = read_signed(services, list_id, actor=lan)
    with services.writing() as session:
        services.jobs.add(session, "sign-collection", subject_id=list_id)
    do_all(services)
    assert read_signed(services, list_id, actor=lan) == before


def test_the_signed_paper_comes_back_and_an_unsigned_list_is_signed_after_a_rebuild(
    services: Services,
) -> None:
    first = publish(services)
    do_all(services)
    second = publish(services, ENDED - 1)
    lan = person(services, "lan")
    before = read_signed(services, first.id, actor=lan)
    rebuild(services, actor=OPERATOR)
    assert read_signed(services, first.id, actor=lan) == before
    do_all(services)
    assert read_signed(services, second.id, actor=lan)[1].startswith(b"%PDF-")


def name_kind(services: Services, notation: str, kind: str) -> UUID:
    with services.unit_of_work() as uow:
        rows = uow.session.scalars(select(FilePlanEntry).where(FilePlanEntry.notation == notation))
        found = {row.plan.year: row for row in rows}
        for row in found.values():
            row.rule_set = kind
        uow.commit()
        return found[ENDED].id


def titles(services: Services, draft_id: UUID) -> set[str]:
    shown = drafts_acts.show(services, draft_id, actor=person(services, "bach"))
    return {item.rule.title for item in shown.items}


def test_the_kind_that_the_plan_names_chooses_the_rules_of_a_draft(services: Services) -> None:
    bach = person(services, "bach")
    plain = drafts_acts.open_for_entry(services, name_kind(services, "02.TN", ""), actor=bach)
    assert plain is not None
    assert OPENING not in titles(services, plain)
    # By its title as well as by its code: a person writes it into a spreadsheet.
    for notation, kind in (("01.TN", WORK), ("05.XD", "Hồ sơ công việc hành chính")):
        draft = drafts_acts.open_for_entry(
            services, name_kind(services, notation, kind), actor=bach
        )
        assert draft is not None
        assert OPENING in titles(services, draft)
        shown = drafts_acts.show(services, draft, actor=bach)
        assert (shown.planned, shown.draft.rule_set) == (WORK, "")
        drafts_acts.choose_rules(services, draft, "procedure-example", actor=bach)
        assert OPENING not in titles(services, draft)


def test_the_desk_judges_by_the_same_kind(services: Services, tmp_path: Path) -> None:
    def asked_for(notation: str) -> set[str]:
        small_case(tmp_path / notation, code=code(notation))
        (sent,) = submit(tmp_path / notation, actor=person(services, "bach"), services=services)
        do_all(services)
        with services.read_only() as session:
            rows = session.get_one(Submission, sent).findings
            return {row.facts["rule"] for row in rows if row.code == "completeness-missing"}

    assert not any(rule.startswith(WORK) for rule in asked_for("02.TN"))
    name_kind(services, "01.TN", WORK)
    assert f"{WORK}/result-document" in asked_for("01.TN")


def sheet(folder: Path, kind: str) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["Số và ký hiệu", "Tiêu đề hồ sơ", "Thời hạn", "Người lập", "Loại hồ sơ"])
    page.append(["01.TH", "Hồ sơ kế hoạch năm", "20 năm", "Nguyễn Văn Bách", kind])
    target = folder / "plan.xlsx"
    book.save(target)
    return target


def test_a_plan_names_kinds_and_one_that_is_none_keeps_it_from_approval(
    services: Services, tmp_path: Path
) -> None:
    lan = person(services, "lan")
    for year, kind in ((THIS, WORK), (THIS + 1, "Hồ sơ lạ")):
        made = import_plan(services, sheet(tmp_path, kind), agency=AGENCY, year=year, actor=lan)
        plan_id = made.id
        (entry,) = open_plan(services, plan_id, actor=lan).entries
        assert entry.rule_set == kind
        if year == THIS:
            approve_plan(services, plan_id, actor=head_of_agency(services))
            continue
        with pytest.raises(FilePlanFindingsError):
            approve_plan(services, plan_id, actor=head_of_agency(services))
        codes = [finding.code for finding in open_plan(services, plan_id, actor=lan).findings]
        assert codes == ["plan-kind-unknown"]
    rebuild(services, actor=OPERATOR)
    with services.read_only() as session:
        rows = session.scalars(select(FilePlanEntry).where(FilePlanEntry.notation == "01.TH"))
        assert [row.rule_set for row in rows] == [WORK]
