"""A historical archive (lưu trữ lịch sử) tells at its door what is not to be kept permanently."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.clients import do_all
from tests.worlds.papers.bad_input import small_case


def told(
    services: Services, folder: Path, code: str, role: Literal["current", "historical"]
) -> set[str]:
    archive = services.settings.archive.model_copy(update={"role": role})
    here = replace(services, settings=services.settings.model_copy(update={"archive": archive}))
    small_case(folder / role, code=code)
    (sent,) = submit(folder / role, actor=person(services, "bach"), services=here)
    do_all(here)
    with services.read_only() as session:
        return {row.code for row in session.get_one(Submission, sent).findings}


def test_a_fixed_term_is_told_by_a_historical_archive_alone(
    services: Services, tmp_path: Path
) -> None:
    code = "H40.18.2025.4{}.QLCT"
    assert "term-not-permanent" in told(services, tmp_path, code.format(1), "historical")
    assert "term-not-permanent" not in told(services, tmp_path, code.format(2), "current")
