"""A hold on what is on its way."""

from uuid import UUID

from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import person


def hold(services: Services, code: str) -> UUID:
    hung = person(services, "hung")
    (placed,) = place_holds(services, [code], reason="Thanh tra", authority="12/QĐ", actor=hung)
    return placed.id
