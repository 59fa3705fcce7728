"""A batch on a real PostgreSQL: read, edited, undone, released."""

from pathlib import Path

from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk.given import SeenEdit
from digitize.batches.desk.strip import show_page
from digitize.batches.queue.views import list_batches, list_tickets, show_batch
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home, person
from tests.worlds.digitize.scanning import (
    CODE,
    folder_of_pages,
    import_batch,
    new_station,
    paper_case,
    scanned_page,
    text_of_page,
)


def test_a_batch_goes_its_way_on_postgresql(tmp_path: Path, postgresql: PostgreSql) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        paper_case(services, tmp_path / "case")
        station, archivist = new_station(services), person(services, "lan")
        box = folder_of_pages(tmp_path / "box", 2)
        scanned_page(box / "003.jpg", *text_of_page(3), dpi=72)
        number = import_batch(services, box, station, code=CODE)
        ((row,), total), (_, tickets) = (
            list_batches(services, actor=archivist, limit=5, states=("review",), text=CODE),
            list_tickets(services, actor=station, limit=5),
        )
        assert (total, row["pages"], row["undecided"], row["tickets"]) == (1, 3, 1, 1)
        assert tickets == 1
        (coarse,) = show_batch(services, number, actor=archivist, flagged=True)["pages"]
        assert show_page(services, coarse["id"], actor=archivist)["findings"]
        for kind, facts in (
            ("rotate", {"page": coarse["id"], "turn": 180}),
            ("split", {"page": coarse["id"]}),
        ):
            desk_acts.edit(services, number, kind, facts, actor=archivist)
        work(services, until_empty=True)
        for _ in range(2):
            desk_acts.undo(services, number, SeenEdit(), actor=archivist)
        work(services, until_empty=True)
        facts = {"page": coarse["id"], "reason": "không còn bản giấy nào khác"}
        desk_acts.edit(services, number, "keep", facts, actor=archivist)
        assert desk_acts.release(services, number, actor=archivist).pages == 3
        work(services, until_empty=True)
        ((row,), _) = list_batches(services, actor=archivist, limit=5)
        assert (row["state"], row["tickets"]) == ("released", 0)
