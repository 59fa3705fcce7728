"""Stations of a test archive, and what they send."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.services import Services
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import BatchOrder
from digitize.stations.acts import NewStation, add_station
from tests.worlds.archive import OPERATOR, new_home, open_home
from tests.worlds.clients import Program
from tests.worlds.papers.page_images import page_image

_PIECE_BYTES = 20_000


def new_station(services: Services, name: str, agency: str | None = None) -> str | None:
    """A station and its token; none where it is there already."""
    with services.unit_of_work() as uow:
        new = NewStation(name, agency_id=agency_id_of(services, agency))
        _, token = add_station(new, actor=OPERATOR, uow=uow)
        uow.commit()
    return token


@contextmanager
def home_with_stations(home: Path, *names: str) -> Iterator[Services]:
    """The services of a new archive that holds nothing, with these stations."""
    with open_home(new_home(home)) as opened:
        for name in names:
            new_station(opened, name)
        yield opened


def box_of_three(folder: Path) -> Path:
    """A folder of three pages, the tenth after the second."""
    folder.mkdir()
    for number, lines in ((1, ("một",)), (2, ("hai",)), (10, ("mười",))):
        page_image(folder / f"{number}.jpg", lines=lines, quality=60)
    return folder


def imported(services: Services, folder: Path, station: str = "tram-01", **order: Any) -> ScanBatch:
    """A folder taken in as a closed batch."""
    batch_id = intake_acts.import_folder(
        services,
        folder,
        BatchOrder(reference="", **order),
        station=station,
        actor=OPERATOR,
    )
    return batch_of(services, batch_id)


def batch_of(services: Services, batch_id: UUID) -> ScanBatch:
    """A batch with its sources, detached."""
    with services.read_only() as session:
        row = session.get_one(ScanBatch, batch_id)
        assert row.sources is not None
    return row


def uploaded(program: Program, path: Path) -> str:
    """A file sent piece by piece, as a poor line breaks it up; the upload's id."""
    told = base64.b64encode(path.name.encode()).decode()
    data = path.read_bytes()
    head = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {told},path {told}"}
    place = program.post("/uploads", headers=head).headers["Location"].rpartition("/")[2]
    for begin in range(0, len(data), _PIECE_BYTES):
        headers = {
            "Upload-Offset": str(begin),
            "Content-Type": "application/offset+octet-stream",
        }
        piece = data[begin : begin + _PIECE_BYTES]
        sent = program.ask("PATCH", f"/uploads/{place}", data=piece, headers=headers)
        assert sent.status_code == 204
    return place
