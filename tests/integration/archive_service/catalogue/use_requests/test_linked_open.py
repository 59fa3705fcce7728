"""A document that lies open elsewhere: who is refused it where it is linked is told where."""

import pytest

from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.catalogue.use_requests.acts import make_access_request
from archive_service.catalogue.use_requests.given import Wish
from archive_service.catalogue.use_requests.rules import AccessRequestNeedlessError
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all


def test_the_refusal_names_the_place_where_it_can_be_read(
    services: Services, reading: Actor
) -> None:
    lan = person(services, "lan")
    place = link(
        services, OPEN_CODE, 1, LinkIn(into=RESTRICTED_CODE, reason="Cùng một việc"), actor=lan
    )
    do_all(services)
    wish = Wish(code=place.code, document=place.ordinal, purpose="Tìm hiểu lịch sử")
    with pytest.raises(AccessRequestNeedlessError) as refused:
        make_access_request(services, wish, actor=reading)
    assert refused.value.facts == {"code": OPEN_CODE, "ordinal": 1}
