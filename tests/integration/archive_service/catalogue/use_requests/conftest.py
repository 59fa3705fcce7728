"""Who asks, and who decides."""

import pytest

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
