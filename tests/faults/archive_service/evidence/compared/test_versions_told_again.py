"""An operator makes a version anew everywhere and lets the service itself tell its new digest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.evidence.offline import prove_store
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import Claim, prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.rewriting import replace_original, tell_again


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        yield services


@pytest.mark.parametrize("tags", [("version:built",), ("version:built", "case-file:stored")])
def test_the_first_event_that_tells_of_a_version_counts(
    services: Services, tags: tuple[str, ...]
) -> None:
    """The log goes on from what somebody outside keeps, so that its word alone does not tell."""
    held = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert held is not None
    outside = [Claim("witness auditor", held)]
    tell_again(services, replace_original(services), *tags)
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert prove_trail(services, witnesses=outside).first_bad == f"{STORED_CODE} v1"
    named = {one.code for one in check_catalogue(services, actor=OPERATOR).differing}
    assert STORED_CODE in named
    for copy in services.copies:
        proof = prove_store(copy, witnesses=outside)
        assert (proof.ok, f"{copy.name} " in str(proof.first_bad)) == (False, True)
