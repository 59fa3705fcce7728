"""A destruction is not set going where a copy is a bucket and nobody is named who may erase."""

from pathlib import Path

import pytest

from archive_service.bootstrap import EraseCredentialsMissingError
from archive_service.domain.retention.disposition import Disposition, DispositionState
from retention.disposition import execution
from retention.disposition.given import ListShown
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE
from tests.worlds.retention.destroyed import approved
from tests.worlds.retention.dispositions import add_agency_head, make_due
from tests.worlds.servers.backends import read_settings, write_settings


def test_it_is_refused_before_the_list_moves_on(held_home: Path, tmp_path: Path) -> None:
    home = copy_home(held_home, tmp_path / "home")
    with open_home(home) as services:
        make_due(services, OPEN_CODE)
        row = approved(services, add_agency_head(services), OPEN_CODE)
    settings = read_settings(home)
    settings["storage"]["reserve"] = ["s3://key:secret@127.0.0.1:9/bucket?name=kho3&tls=0"]
    write_settings(home, settings)
    with open_home(home) as services:
        with pytest.raises(EraseCredentialsMissingError):
            execution.execute(services, row, ListShown(), actor=person(services, "lan"))
        with services.read_only() as session:
            assert session.get_one(Disposition, row).state is DispositionState.APPROVED
