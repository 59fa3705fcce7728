"""A recall that is granted while a version is built is in the next one."""

from sqlalchemy import select

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.holdings.rows import whole_case_file
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import RecallKind
from archive_service.services import Services
from archive_service.workflow import steps
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, do_all


def test_the_version_after_it_tells_of_the_recall(services: Services) -> None:
    """The build read the rows before: what it made is known to be behind."""
    archivist = person(services, "lan")
    edit = {0: {"title": "Hồ sơ khác"}}
    describe_case_file(services, OPEN_CODE, edit, reason="Sửa", actor=archivist)
    with services.read_only() as session:
        found = session.scalar(select(CaseFile.id).where(CaseFile.code == OPEN_CODE))
        assert found is not None
        seen = whole_case_file(session, found)
    effect = steps.build(seen, services, None)  # type: ignore[arg-type]  # it asks no lease
    wish = Wish(kind=RecallKind.RECALL, reason="Ban hành sai thẩm quyền")
    asked = ask(services, OPEN_CODE, "1", wish, actor=person(services, "bach"))
    confirm_recall(services, asked.id, DecisionIn(reason="Đồng ý"), actor=archivist)
    with services.writing() as session:
        row = session.get_one(CaseFile, seen.id)
        effect(session, row)
        assert (row.version_built, row.version_wanted) == (2, 3)
    do_all(services)
