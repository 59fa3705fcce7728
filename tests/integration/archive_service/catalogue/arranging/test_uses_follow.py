"""Past uses follow their document: in another order nobody is told who used its neighbour."""

from archive_service import clock
from archive_service.catalogue.arranging.acts import reorder
from archive_service.catalogue.arranging.given import OrderIn
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.openings.acts import list_openings
from archive_service.catalogue.use_requests.acts import grant_access_request, make_access_request
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.catalogue.use_requests.past_uses import list_past_uses
from archive_service.domain.case_files.access_request import Wanted
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.services import Services
from tests.integration.archive_service.catalogue.arranging.arranged import arranged_home, home
from tests.worlds.any_row import any_row
from tests.worlds.archive import person
from tests.worlds.ingest.three_documents import THREE

__all__ = ["arranged_home", "home"]  # fixtures


def test_uses_are_told_of_the_document_that_was_used(services: Services) -> None:
    lan, head, reader = (person(services, name) for name in ("lan", "hung", "binh"))
    order = OrderIn(order=[2, 1, 3], reason="Chỉnh lý")
    with services.writing() as session:
        row = get_case_file(session, THREE, actor=lan)
        for role, document in zip(("officer", "clerk"), row.documents, strict=False):
            about = {"document_id": document.id, "ordinal": document.ordinal, "role": role}
            any_row(session, OpeningRecord, case_file_id=row.id, at=clock.now(), **about)
    reorder(services, THREE, order, actor=lan)
    wish = Wish(code=THREE, document=1, purpose="Hồ sơ về tôi", wants=Wanted.USES)
    made = make_access_request(services, wish, actor=reader)
    grant_access_request(services, made.id, Grant(), actor=head)
    told = list_past_uses(services, made.id, actor=reader)
    assert [(use.role, use.document) for use in told.uses] == [("clerk", 1)]
    shown = list_openings(services, THREE, actor=lan).openings
    assert sorted((one.role, one.document) for one in shown) == [("clerk", 1), ("officer", 2)]
