"""The page of a batch that was stopped says what for, and who goes on with it."""

import pytest

from archive_service.app import create_app
from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.services import Services
from digitize.batches.reading.verdicts import MALWARE
from tests.worlds.browsers import browser_of
from tests.worlds.digitize.desk import batch_on_desk
from tests.worlds.digitize.scanning import new_station

FOUND = {
    "check": "malware", "code": MALWARE, "severity": "error", "place": "1.jpg",
    "facts": {"signature": "Eicar"},
}  # fmt: skip


SAID = ("có tệp chứa mã độc", "trang có dấu mật")


@pytest.mark.parametrize(("findings", "said"), [([FOUND], SAID[0]), ([], SAID[1])])
def test_a_stopped_batch_says_what_it_was_stopped_for(
    services: Services, findings: list[dict[str, object]], said: str
) -> None:
    new_station(services)
    with services.writing() as session:
        row = batch_on_desk(session, state=BatchState.STOPPED)
        row.findings = findings
        address = f"/scanning/batches/{row.number}"
    page = browser_of(create_app(services), services, "lan").get(address).text
    assert [one for one in SAID if one in page] == [said]
