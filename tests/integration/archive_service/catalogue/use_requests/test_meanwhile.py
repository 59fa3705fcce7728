"""What is decided while a copy is being made counts for it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    list_access_requests,
    revoke_access_request,
)
from archive_service.catalogue.use_requests.copying import fetch_copy
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.given import AreaGiven, Grant, Redaction, Wish, Words
from archive_service.catalogue.use_requests.redaction import redact_access_request
from archive_service.catalogue.use_requests.rules import (
    AccessRequestChangedError,
    AccessRequestPagesError,
    AccessRequestStateError,
)
from archive_service.catalogue.use_requests.sealing import seal_access_request
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.storage.filesystem import FilesystemStore
from tests.worlds.archive import actor_of
from tests.worlds.clients import RESTRICTED_CODE
from tests.worlds.digitize.scanned import CLERK, add_clerks

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
NAME = AreaGiven(page=1, left=0.1, top=0.2, width=0.5, height=0.1, reason="personal-data")


class ActingStore(FilesystemStore):
    """A copy beside which something happens once, when a PDF is read from it."""

    def __init__(self, root: Path, act: Callable[[], object]) -> None:
        super().__init__(root)
        self._acts = [act]

    def open(
        self, key: str, *, offset: int = 0, length: int | None = None, past_cache: bool = False
    ) -> IO[bytes]:
        if key.endswith(".pdf") and self._acts:
            self._acts.pop()()
        return super().open(key, offset=offset, length=length, past_cache=past_cache)


def beside(services: Services, act: Callable[[], object]) -> Services:
    root = min(services.settings.home.glob("*/copy.json")).parent
    return replace(services, stores=(ActingStore(root, act),))


def test_a_copy_is_not_given_out_once_its_grant_is_revoked(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
    why = Words(text="Điều 21 Luật Lưu trữ")
    then = beside(services, lambda: revoke_access_request(services, asked.id, why, actor=head))
    with pytest.raises(AccessRequestStateError):
        fetch_copy(then, asked.id, actor=reading)


def test_a_copy_without_areas_chosen_meanwhile_is_not_given_out(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
    areas = Redaction(areas=[NAME])
    then = beside(services, lambda: redact_access_request(services, asked.id, areas, actor=head))
    with pytest.raises(AccessRequestChangedError):
        fetch_copy(then, asked.id, actor=reading)
    assert fetch_copy(services, asked.id, actor=reading)


def test_a_copy_without_areas_chosen_meanwhile_is_not_sealed(
    services: Services, asked: AccessRequestDocument, head: Actor
) -> None:
    add_clerks(services)
    clerk = actor_of(services, CLERK)
    grant_access_request(services, asked.id, Grant(authenticated=True), actor=head)
    areas = Redaction(areas=[NAME])
    then = beside(services, lambda: redact_access_request(services, asked.id, areas, actor=head))
    with pytest.raises(AccessRequestChangedError):
        seal_access_request(then, asked.id, actor=clerk)
    (row,) = list_access_requests(services, actor=head).requests
    assert row.sealed_at is None
    assert seal_access_request(services, asked.id, actor=clerk).sealed_at is not None


@pytest.mark.parametrize("pages", [",".join(map(str, range(110, 2, -1))), " , ", "1-"])
def test_pages_are_granted_as_they_are_named_or_not_at_all(
    services: Services, asked: AccessRequestDocument, head: Actor, pages: str
) -> None:
    with pytest.raises(AccessRequestPagesError):
        grant_access_request(services, asked.id, Grant(pages=pages), actor=head)
