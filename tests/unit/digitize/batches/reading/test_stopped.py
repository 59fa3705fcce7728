"""What is found in a batch too late stops nothing any more, and is told all the same."""

from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.domain.people.incident import Incident
from archive_service.keeping.malware.verdicts import MALWARE_FOUND
from digitize.batches.reading.read import stop_batch
from tests.worlds.archive import new_home, open_home
from tests.worlds.digitize.desk import batch_on_desk
from tests.worlds.digitize.scanning import new_station


@pytest.mark.parametrize("state", [BatchState.RELEASED, BatchState.REJECTED])
def test_malware_that_is_found_after_the_decision_is_told_and_changes_no_state(
    tmp_path: Path, state: BatchState
) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        new_station(services)
        with services.unit_of_work() as uow:
            batch = batch_on_desk(uow.session)
            batch.state = state
            stop_batch(uow.session, batch, MALWARE_FOUND, {"file": "hop.pdf", "signature": "Eicar"})
            assert batch.state is state
            assert uow.session.scalars(select(Incident.kind)).all() == [MALWARE_FOUND]
