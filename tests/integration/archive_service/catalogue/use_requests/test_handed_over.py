"""Who asked at the counter for somebody leaves: a colleague goes on, and the reader is answered."""

from archive_service import clock
from archive_service.accounts.leaving.acts import leave
from archive_service.accounts.leaving.documents import Leaving
from archive_service.catalogue.use_requests.acts import (
    copy_code,
    grant_access_request,
    list_access_requests,
    make_access_request,
)
from archive_service.catalogue.use_requests.copying import fetch_copy
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.catalogue.use_requests.reading import reading_page
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.people.account import Actor, Role
from archive_service.evidence.leaves import iter_misfits
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from tests.worlds.archive import actor_of
from tests.worlds.clients import RESTRICTED_CODE, add_person

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")


def test_a_request_for_another_goes_on_with_who_takes_over(
    services: Services, reading: Actor, head: Actor
) -> None:
    add_person(services, "thay", Role.READER)
    add_person(services, "quan", Role.ADMIN)
    own = make_access_request(services, WISH, actor=reading)
    for_another = WISH.model_copy(update={"person": "Trần Thị Khách", "identity": "079088012345"})
    asked = make_access_request(services, for_another, actor=reading)
    left = Leaving(left_on=clock.today(), reason="Nghỉ hưu", to="thay")
    leave(services, reading.account, left, actor=actor_of(services, "quan"))
    states = {row.id: row.state for row in list_access_requests(services, actor=head).requests}
    assert states == {own.id: "withdrawn", asked.id: "asked"}
    granted = grant_access_request(services, asked.id, Grant(), actor=head)
    assert (granted.asked_by, granted.person) == ("thay", "Trần Thị Khách")
    assert reading_page(services, asked.id, 1, actor=actor_of(services, "thay"))
    grants = [one for one in iter_misfits(services.database) if one.facts.get("part") == "grant"]
    assert grants == [], "and the log tells the same of who reads"


def test_only_a_copy_of_the_leavers_own_counts_as_withdrawn(
    services: Services, reading: Actor, head: Actor
) -> None:
    add_person(services, "quan", Role.ADMIN)
    verdicts = {}
    for person in ("", "Trần Thị Khách"):
        asked = make_access_request(
            services,
            WISH.model_copy(update={"person": person, "identity": "079088012345"}),
            actor=reading,
        )
        grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
        fetch_copy(services, asked.id, actor=reading)
        with services.read_only() as session:
            verdicts[person] = copy_code(session.get_one(AccessRequest, asked.id))
    left = Leaving(left_on=clock.today(), reason="Nghỉ hưu", to=head.account)
    leave(services, reading.account, left, actor=actor_of(services, "quan"))
    told = [verdict_of(services, code).state for code in verdicts.values()]
    assert told == ["withdrawn", "valid"]
    states = [one.state for one in list_access_requests(services, actor=head).requests]
    assert states == ["withdrawn", "withdrawn"], "nobody fetches either any more"
