"""The list of minutes: narrowed, page by page, and taken out."""

import re

from flask import Flask
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.handover import acts as handover_acts
from ingest.handover.listing import Narrowing, list_handovers
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import Program, do_all


def test_minutes_are_filtered_and_taken_out_as_a_table(
    app: Flask, services: Services, archivist: Program
) -> None:
    lan = person(services, "lan")
    with services.read_only() as session:
        rows = session.execute(select(Submission.id, Submission.code)).all()
    for row in rows:
        handover_acts.make(services, actor=lan, submission_ids=[row.id])
    do_all(services)
    client = browser_of(app, services, "lan")

    def numbers(asked: str) -> list[str]:
        page = client.get(f"/handovers?{asked}").text.partition('id="made-title"')[2]
        return re.findall(r">(\d\d/BBGN-LT)<", page)

    assert numbers("") == ["02/BBGN-LT", "01/BBGN-LT"]
    assert numbers(f"q={rows[0].code}") == ["01/BBGN-LT"]
    assert numbers("q=02/BB") == ["02/BBGN-LT"]
    assert numbers("state=signed") == ["02/BBGN-LT", "01/BBGN-LT"]
    assert numbers("state=complete") == []
    assert "Không có biên bản nào khớp" in client.get("/handovers?state=complete").text
    table = client.get("/handovers?q=02/BB&export=csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in table] == ["Số", "02/BBGN-LT"]
    found = archivist.get(f"/handovers?text={rows[1].code}&state=signed").get_json()
    assert [handover["number"] for handover in found["handovers"]] == ["02/BBGN-LT"]
    assert list_handovers(services, actor=lan, narrowing=Narrowing(year=1999)).total == 0
