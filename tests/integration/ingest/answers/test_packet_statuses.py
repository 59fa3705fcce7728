"""One packet walked from the door into every copy: its sender hears of each step, in order."""

from pathlib import Path
from uuid import UUID

from archive_service.app import create_app
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from ingest.answers.packet_answers import list_answers, write_due
from ingest.submissions.acts import accept
from ingest.submissions.desk.acts import take
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, do_all, program_of
from tests.worlds.door import write_pdf
from tests.worlds.ingest.edxml import Enclosed, PacketOf

PACKET = "000.00.12.H40,2025/08/01,15/CV-SNV"


def test_a_packet_walks_into_every_copy_and_each_step_is_answered_in_order(
    services: Services, tmp_path: Path
) -> None:
    page = write_pdf(tmp_path / "15-CV-SNV.pdf", words="Gói đi hết đường").read_bytes()
    content = PacketOf(document_id=PACKET, attachments=[Enclosed("15-CV-SNV.pdf", page)]).xml()
    system = program_of(create_app(services), services, "bach")
    made = system.post(
        f"/submissions?code={OPEN_CODE}", data=content, content_type="application/xml"
    )
    assert made.status_code == 201, made.get_json()
    (sent,) = made.get_json()["submissions"]
    made_id, lan = UUID(sent["id"]), person(services, "lan")

    assert told(services) == ["01"]
    take(services, made_id, actor=lan)
    assert told(services) == ["01", "04"], "somebody of the archive has it open"
    do_all(services)
    assert told(services) == ["01", "04", "05"]
    accept(services, made_id, actor=lan)
    assert told(services) == ["01", "04", "05", "03"]
    do_all(services)
    with services.read_only() as session:
        assert session.get_one(Submission, made_id).state is SubmissionState.STORED
    assert told(services) == ["01", "04", "05", "03", "06"]
    answers = list_answers(services, actor=person(services, "bach"))
    moments = [answer["at"] for answer in answers if answer["document_id"] == PACKET]
    assert moments == sorted(moments)
    assert write_due(services) == 0


def told(services: Services) -> list[str]:
    """Statuses so far, each where it was first told."""
    found = list_answers(services, actor=person(services, "bach"))
    return [entry["status"] for entry in found if entry["document_id"] == PACKET]
