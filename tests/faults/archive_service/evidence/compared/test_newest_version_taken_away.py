"""An operator takes the newest version out of every copy: the older one is valid, and signed."""

import shutil
from pathlib import Path

from sqlalchemy import select

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.keeping.fixity.check import check_all
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from tests.faults.archive_service.evidence.rewriting import sealed
from tests.worlds.archive import COPIES, OPERATOR, open_home, person
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.clients import do_all


def described(services: Services) -> str:
    """A second version is in every copy; where the package lies there."""
    edits, lan = {0: {"title": "Hồ sơ khác"}}, person(services, "lan")
    describe_case_file(services, STORED_CODE, edits, reason="Sửa tên", actor=lan)
    do_all(services)
    sealed(services)
    with services.read_only() as session:
        query = select(CaseFile.ocfl_id).where(CaseFile.code == STORED_CODE)
        return object_root(session.scalars(query).one())


def put_back(home: Path, root: str) -> None:
    for copy in COPIES:
        folder = home / copy / root
        shutil.rmtree(folder / "v2")
        for name in ("inventory.json", "inventory.json.sha256"):
            (folder / name).unlink()
            shutil.copy(folder / "v1" / name, folder / name)


def test_a_version_that_no_copy_has_any_more_is_named(tmp_path: Path) -> None:
    home = stocked_home(tmp_path / "home")
    with open_home(home) as services:
        root = described(services)
        assert check_catalogue(services, actor=OPERATOR).ok
        put_back(home, root)
        (found,) = check_catalogue(services, actor=OPERATOR).differing
        assert (found.code, found.version) == (STORED_CODE, 2)
        assert [(field.field, field.package) for field in found.fields] == [
            ("inventory.json", None)
        ]
        missing = check_all(services, progress=lambda _: None).missing
        assert {result.key for result in missing} == {f"{root}/v2/inventory.json"}


def test_while_a_copy_is_away_nothing_is_said_of_what_it_may_hold(tmp_path: Path) -> None:
    home = stocked_home(tmp_path / "home")
    with open_home(home) as services:
        root = described(services)
        put_back(home, root)
        (home / COPIES[0]).rename(home / "away")
        assert check_catalogue(services, actor=OPERATOR).ok
