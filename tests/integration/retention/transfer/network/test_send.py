"""A transfer over the network: from the folder that was built to the historical archive's door."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from flask import Response, request

from archive_service import clock
from archive_service.app import create_app
from archive_service.errors import ArchiveError
from archive_service.services import Services
from archive_service.worker import run_one
from retention.transfer.network import send as network_send
from retention.transfer.network.sending_job import hours_pause
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.site import answering
from tests.worlds.transfer.networked import acquaint, networked, send, spool
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def states(services: Services, row: UUID) -> tuple[str, set[str]]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return told.state, {transfer_item.state for transfer_item in told.items}


def test_what_was_built_arrives_and_goes_through_the_door(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        send(two, row)
        assert states(two.giver, row) == ("sent", {"sent"})
        assert states(two.receiver, row) == ("received", {"arrived"})
        told = network_send.sending_of(two.giver, row, actor=OPERATOR)
        assert told is not None
        assert (told.packages, told.packages_sent, told.trouble) == (2, 2, None)
        assert told.bytes_sent == told.size_bytes > 0
        assert told.finished_at is not None
        assert spool(two.receiver) == []
        there = register_acts.show(two.receiver, row, actor=OPERATOR)
        assert there.partner_code == two.giver.settings.archive.code
        for transfer_item in there.items:
            content = (tmp_path / "out" / "packages" / transfer_item.file).read_bytes()
            assert transfer_item.sha256 == hashlib.sha256(content).hexdigest()
        send(two, row)  # once more: nothing lacks
        again = network_send.sending_of(two.giver, row, actor=OPERATOR)
        assert again is not None
        assert (again.packages, again.bytes_sent) == (0, 0)
        assert register_acts.show(two.receiver, row, actor=OPERATOR) == there


@contextmanager
def older(services: Services) -> Iterator[str]:
    """The site of an archive that knows nothing of several packages in one request."""
    app = create_app(services)

    def hide(response: Response) -> Response:
        if response.is_json and "batch_bytes" in (told := response.get_json()):
            left = {name: one for name, one in told.items() if not name.startswith("batch_")}
            response.set_data(json.dumps(left))
        return response

    def refuse() -> Response | None:
        is_batch = request.method == "POST" and request.path.endswith("/packages")
        return Response(status=405) if is_batch else None

    app.after_request(hide)
    app.before_request(refuse)
    with answering(app) as url:
        yield url


def test_an_older_archive_is_sent_one_package_after_another(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    with older(two.receiver) as url:
        acquaint(two, url)
        send(two, row)
        assert states(two.giver, row) == ("sent", {"sent"})
        assert states(two.receiver, row) == ("received", {"arrived"})
        assert spool(two.receiver) == []


def test_what_changed_in_the_folder_is_not_sent(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    first, second = sorted((tmp_path / "out" / "packages").iterdir())
    whole = first.read_bytes()
    with networked(two):
        lan = person(two.giver, "lan")
        for damaged, code in (
            (whole[:-1], "transfer-built-damaged"),
            (bytes([whole[0] ^ 1]) + whole[1:], "partner-refused"),
        ):
            first.write_bytes(damaged)
            network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
            while run_one(two.giver) not in (None, "retry"):
                pass
            told = network_send.sending_of(two.giver, row, actor=OPERATOR)
            assert told is not None
            assert (told.trouble or {})["code"] == code
            assert states(two.receiver, row) == ("received", {"awaited"})
        first.write_bytes(whole)
        send(two, row)
        assert states(two.receiver, row) == ("received", {"arrived"})
    assert second.is_file()


@pytest.mark.parametrize(
    ("hours", "at", "pause"),
    [
        ("", "12:00", None),
        ("22:00-05:00", "23:30", None),
        ("22:00-05:00", "04:59", None),
        ("22:00-05:00", "05:00", dt.timedelta(hours=17)),
        ("22:00-05:00", "21:00", dt.timedelta(hours=1)),
        ("08:00-17:00", "07:30", dt.timedelta(minutes=30)),
        ("08:00-17:00", "17:00", dt.timedelta(hours=15)),
        ("08:00-08:00", "07:00", None),
    ],
)
def test_packages_wait_for_their_hours(hours: str, at: str, pause: dt.timedelta | None) -> None:
    day = dt.datetime.combine(dt.date(2026, 3, 2), dt.time.fromisoformat(at), clock.LOCAL_ZONE)
    assert hours_pause(hours, day) == pause


def _refused(two: TwoArchives, row: UUID, to: str, code: str) -> None:
    with pytest.raises(ArchiveError) as refused:
        network_send.send(two.giver, row, to, actor=person(two.giver, "lan"))
    assert refused.value.code == code


def test_nothing_goes_to_who_does_not_take_it(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    _refused(two, row, HISTORICAL_CODE, "partner-unknown")
    _refused(two, row, "https://la.example", "partner-unknown")
    takes = PartnerFacts(name="Lưu trữ", receives=True, url="https://la.example")
    seal = [("seal.crt", two.receiver.signer().certificate.der)]
    partners_acts.add(two.giver, "X.1", PartnerGiven(takes, certificates=seal), actor=OPERATOR)
    _refused(two, row, "https://la.example/", "partner-token")
    no = PartnerGiven(PartnerFacts(gives=True, receives=False))
    partners_acts.change(two.giver, "X.1", no, actor=OPERATOR)
    _refused(two, row, "X.1", "partner-takes-nothing")
    with networked(two):
        send(two, row)
        yes = PartnerGiven(PartnerFacts(receives=True), token=b"ma")
        partners_acts.change(two.giver, "X.1", yes, actor=OPERATOR)
        _refused(two, row, "X.1", "transfer-other-partner")


def test_a_server_that_refuses_or_is_away_is_told_as_it_is(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    giver = two.giver.settings.archive.code
    with networked(two):
        partners_acts.retire(two.receiver, giver, actor=OPERATOR)
        send(two, row)
        told = network_send.sending_of(two.giver, row, actor=OPERATOR)
        assert told is not None
        assert (told.trouble or {})["code"] == "partner-refused"
        assert (told.trouble or {})["facts"]["status"] == "401"
    lan = person(two.giver, "lan")
    network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
    while run_one(two.giver) not in (None, "retry"):
        pass
    told = network_send.sending_of(two.giver, row, actor=OPERATOR)
    assert told is not None
    assert (told.trouble or {})["code"] == "partner-silent"
    assert states(two.giver, row) == ("built", {"built"})
