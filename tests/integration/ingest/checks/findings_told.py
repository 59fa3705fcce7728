"""What checks tell of a submission."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from archive_service import messages
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.services import Services
from ingest.checks.each import formats, pdf
from ingest.checks.examine import FileFacts, ToExamine
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.register import Register
from tests.worlds.archive import new_home, open_home

NOTHING = Register({}, None, False, None, {})


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("unopened") / "home")) as opened:
        yield opened


def told(services: Services, path: Path) -> list[str]:
    """Codes of the findings on one file, examined as at the desk."""
    data = path.read_bytes()
    (received,) = services.staging.receive_all([data])
    asked = ToExamine(uuid4(), path.name, received.sha256, len(data), page_image=False)
    return told_of(services, path.name, services.examiner.examine_all([asked])[asked.id])


def told_of(services: Services, name: str, facts: FileFacts) -> list[str]:
    file = ReceivedFile(name, "0" * 64, 1, facts)
    limits = services.settings.limits
    context = CheckContext(DeclaredCaseFile(row=1), {name: file}, NOTHING, limits)
    found = [finding for check in (formats.check, pdf.check) for finding in check(context)]
    for finding in found:
        assert messages.finding(finding.code, "vi", finding.facts | {"place": finding.place}).remedy
    return [finding.code for finding in found]
