"""Who asks, and who decides."""

import pytest

from archive_service.catalogue.use_requests.acts import make_access_request
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.domain.people.account import Actor, Role
from archive_service.services import Services
from tests.worlds.archive import actor_of
from tests.worlds.clients import add_person


@pytest.fixture
def reading(services: Services) -> Actor:
    add_person(services, "doc.gia", Role.READER)
    return actor_of(services, "doc.gia")


@pytest.fixture
def head(services: Services) -> Actor:
    add_person(services, "phu.trach", Role.HEAD)
    return actor_of(services, "phu.trach")


@pytest.fixture
def asked(
    request: pytest.FixtureRequest, services: Services, reading: Actor, head: Actor
) -> AccessRequestDocument:
    """What the module's ``WISH`` is of, asked for by who reads."""
    return make_access_request(services, request.module.WISH, actor=reading)
