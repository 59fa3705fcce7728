"""A recall that gives another case file a further version leaves an event about that one."""

from sqlalchemy import select

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import RecallKind
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all


def test_the_log_tells_why_the_other_case_file_has_a_further_version(services: Services) -> None:
    archivist = person(services, "lan")
    edit = {0: {"title": "Hồ sơ khác"}}
    describe_case_file(services, RESTRICTED_CODE, edit, reason="Sửa", actor=archivist)
    do_all(services)
    newer = select(Document.doc_code).join(CaseFile, CaseFile.id == Document.case_file_id)
    with services.read_only() as session:
        code = session.scalar(newer.where(CaseFile.code == RESTRICTED_CODE, Document.ordinal == 1))
    wish = Wish(kind=RecallKind.REPLACEMENT, reason="Ban hành sai thẩm quyền", successor=code or "")
    asked = ask(services, OPEN_CODE, "1", wish, actor=person(services, "bach"))
    confirm_recall(services, asked.id, DecisionIn(reason="Đồng ý"), actor=archivist)
    do_all(services)
    assert not check_catalogue(services, actor=OPERATOR).log
