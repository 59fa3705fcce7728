"""An operator changes the row of what was destroyed: its tombstone tells what was there."""

from pathlib import Path

from sqlalchemy import update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.keeping.fixity.catalogue import check_catalogue
from tests.faults.archive_service.evidence.rewriting import change
from tests.worlds.archive import OPERATOR
from tests.worlds.retention.removing import MARKED, destroyed, marked_home, without_grace


def test_a_destroyed_case_file_is_told_by_its_tombstone(tmp_path: Path) -> None:
    read = marked_home(tmp_path / "first", backed_up=False)
    with without_grace(read, tmp_path / "home") as services:
        destroyed(services)
        assert check_catalogue(services, actor=OPERATOR).ok
        gone = CaseFile.code == MARKED
        change(services, update(CaseFile).where(gone).values(title="Hồ sơ khác"))
        told = check_catalogue(services, actor=OPERATOR)
        assert {key.split("/")[1] for key, _ in told.acts} == {"removal"}
