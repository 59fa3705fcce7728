"""An operator takes an act, the paper beside it, or a checkpoint out of every copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service import clock
from archive_service.evidence.sealing import seal_log
from archive_service.keeping.fixity.check import FixityRun, iter_check
from archive_service.services import Services
from archive_service.storage.fixity.verdict import Fixity
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import stocked_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        yield services


def missing(services: Services) -> set[str]:
    """Names of what no copy has and each ought to."""
    results = [
        result
        for result in iter_check(services, FixityRun(clock.now()))
        if result.status is Fixity.MISSING
    ]
    return {Path(result.key).name for result in results}


@pytest.mark.parametrize("suffixes", [(".json",), (".json", ".json.sha256"), (".pdf",), ("",)])
def test_a_receipt_that_no_copy_has_is_missing(
    services: Services, suffixes: tuple[str, ...]
) -> None:
    assert not missing(services)
    taken = set()
    for file in services.settings.home.glob("*/acts/receipt/*"):
        if file.name.endswith(suffixes):
            file.chmod(0o600)
            file.unlink()
            taken.add(file.name)
    assert taken
    assert {name for name in taken if not name.endswith(".sha256")} <= missing(services)


def test_a_checkpoint_that_no_copy_has_is_missing(services: Services) -> None:
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert not missing(services)
    files = list(services.settings.home.glob("*/evidence/log/checkpoint/*"))
    for file in files:
        file.chmod(0o600)
        file.unlink()
    assert {file.name for file in files} == missing(services) != set()
