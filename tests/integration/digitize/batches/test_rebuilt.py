"""Batches that are not released yet come through a rebuild: no copy holds them."""

from pathlib import Path
from typing import Any

from archive_service.domain.people.account import Actor, Role
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import READ_JOB, BatchOrder
from digitize.stations.acts import NewStation, add_station
from tests.worlds.archive import OPERATOR, new_home, open_home
from tests.worlds.papers.page_images import page_image


def test_an_open_batch_and_its_station_are_carried_over(tmp_path: Path) -> None:
    box = tmp_path / "Hộp 1"
    box.mkdir()
    page_image(box / "1.jpg", lines=("một",), quality=50)
    with open_home(new_home(tmp_path / "home")) as services:
        with services.unit_of_work() as uow:
            add_station(NewStation("tram-01", device="fi-7160"), actor=OPERATOR, uow=uow)
            uow.commit()
        closed = _sent(services, box)
        order = BatchOrder(reference="mở")
        begun, _ = intake_acts.open_batch(services, order, station="tram-01", actor=OPERATOR)
        before = [_told(services, one) for one in (closed, begun.number)]
        rebuild(services, actor=Actor("os:test", Role.OPERATOR))
        assert [_told(services, one) for one in (closed, begun.number)] == before
        lease = services.jobs.claim(names=[READ_JOB])
        assert lease is not None
        assert str(lease.subject_id) == before[0]["id"]
        again, new = intake_acts.open_batch(services, order, station="tram-01", actor=OPERATOR)
        assert (again.number, new) == (begun.number, False)
        later, _ = intake_acts.open_batch(
            services, BatchOrder(reference="sau"), station="tram-01", actor=OPERATOR
        )
        assert later.number > begun.number


def _sent(services: Services, box: Path) -> str:
    batch_id = intake_acts.import_folder(
        services, box, BatchOrder(reference=""), station="tram-01", actor=OPERATOR
    )
    return str(batch_id)


def _told(services: Services, batch: str) -> dict[str, Any]:
    return intake_acts.intake_document(services, batch, actor=OPERATOR, lang="vi")
