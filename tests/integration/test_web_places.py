"""The pages that the top bar offers a role are pages that the role may see."""

import pytest
from flask import Flask, url_for

from archive_service.accounts.accounts import add_account
from archive_service.bootstrap import Services
from archive_service.catalogue.agencies import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.account import Role
from archive_service.web.layout import PLACES
from tests.factories.archive import OPERATOR
from tests.factories.browsers import browser_of


@pytest.mark.parametrize("role", sorted(PLACES))
def test_every_place_of_a_role_opens(app: Flask, services: Services, role: str) -> None:
    with services.unit_of_work() as uow:
        agency = get_agency(uow.session, SAMPLE_AGENCY.new_code)
        name = f"mot-{role}"
        add_account(name, role=Role(role), actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()
    client = browser_of(app, services, name)
    for place in PLACES[role]:
        with app.test_request_context():
            address = url_for(place.endpoint)
        assert client.get(address).status_code == 200, place.key
