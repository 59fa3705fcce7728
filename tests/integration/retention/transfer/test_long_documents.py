"""Long signed documents between two archives: packed in rows and acts, as they are elsewhere."""

import json
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from archive_service import messages
from archive_service.app import create_app
from archive_service.domain.keeping.act import Act
from archive_service.domain.kept_document import PLAIN_BYTES
from archive_service.domain.transfer.transfer import (
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.evidence.compared.told_acts import act_states
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.acts import SIDECAR_SUFFIX, sidecar_line
from retention.transfer.disks.write import Onto, send
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.receive import receive
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from tests.integration.archive_service.recovery.export.exported_holdings import exported
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE
from tests.worlds.public_reader import Reader, by_heading
from tests.worlds.rewriting import forge_trail, naming
from tests.worlds.transfer.replies import once
from tests.worlds.transfer.transfers import TwoArchives, answered

SENT_BEFORE = 2000  # case files that went with an earlier building: the manifest names them too
PACKED = "H4sI"
MANIFEST = TransferMessageKind.MANIFEST


@pytest.fixture
def row(two: TwoArchives, tmp_path: Path) -> UUID:
    """A transfer that was built onto ``disk``, with a manifest of some 800 KB."""
    return very_long(two, tmp_path)


@once
def very_long(two: TwoArchives, folder: Path) -> UUID:
    row, lan = answered(two.giver, OPEN_CODE), person(two.giver, "lan")
    with two.giver.writing() as session:
        session.add_all(
            TransferItem(
                transfer_id=row,
                ordinal=ordinal,
                code=f"H40.18.2019.{ordinal:04}.QĐ",
                title=f"Quyết định số {ordinal} về việc bổ nhiệm cán bộ",
                state=TransferItemState.RECEIPTED,
                version=1,
                documents=3,
                package="sip",
                file=f"{ordinal:07}.sip.zip",
                sha256=f"{ordinal:064x}",
                size_bytes=1000,
            )
            for ordinal in range(2, SENT_BEFORE + 2)
        )
    packages_build.build(two.giver, row, folder=folder / "built", actor=lan)
    send(two.giver, row, Onto(folder / "disk"), actor=lan)
    return row


def kept(services: Services, kind: TransferMessageKind = MANIFEST) -> TransferMessage:
    with services.read_only() as session:
        found = session.scalars(select(TransferMessage).where(TransferMessage.kind == kind)).one()
        session.expunge(found)
    return found


def acts(services: Services) -> list[str]:
    """Documents of messages as the acts of a copy have them."""
    home = services.settings.home
    told = [json.loads(path.read_bytes()) for path in (home / "kho1/acts/transfer").glob("*.json")]
    return [entry["body"]["message"]["document"] for entry in told if "message" in entry["body"]]


def test_a_long_manifest_and_its_reply_go_across_and_are_packed_on_both_sides(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    document = (tmp_path / "disk" / "manifest.xml").read_bytes()
    assert len(document) > PLAIN_BYTES
    receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
    for archive in (two.giver, two.receiver):
        message = kept(archive)
        assert message.document.startswith(PACKED)
        assert len(message.document) < len(document) / 2
        assert message.kept.read() == document
        assert message.kept.is_sound()
        assert acts(archive) == [message.document]
    _a_long_reply_is_the_same_until_there_is_more_to_say(two, row, tmp_path / "disk")


def _a_long_reply_is_the_same_until_there_is_more_to_say(
    two: TwoArchives, row: UUID, disk: Path
) -> None:
    lan = person(two.receiver, "lan")
    first = reply(two.receiver, row, folder=disk, actor=lan).reply
    assert reply(two.receiver, row, folder=disk, actor=lan).reply == first
    read_replies(two.giver, disk, actor=person(two.giver, "lan"))
    document = (disk / "reply-001.xml").read_bytes()
    assert len(document) > PLAIN_BYTES
    for archive in (two.giver, two.receiver):
        message = kept(archive, TransferMessageKind.REPLY)
        assert message.document.startswith(PACKED)
        assert (message.kept.read(), message.sha256) == (document, first.sha256)
    spoil(two.receiver, TransferMessageKind.REPLY)
    told = reply(two.receiver, row, folder=disk, actor=lan).reply
    assert told.sequence == first.sequence + 1


def test_packed_and_plain_rows_come_back_from_their_acts(two: TwoArchives, row: UUID) -> None:
    """Plain ones are as earlier releases kept them, whatever their length."""
    before = kept(two.giver)
    rebuild(two.giver, actor=OPERATOR)
    assert kept(two.giver).document == before.document
    plain = before.kept.read().decode()
    for act in (two.giver.settings.home).glob("kho*/acts/transfer/*.json"):
        told = json.loads(act.read_bytes())
        if "message" in told["body"]:
            told["body"]["message"]["document"] = plain
            rewritten(act, told)
    forge_trail(two.giver, naming(told_plainly(two.giver, plain)))
    rebuild(two.giver, actor=OPERATOR)
    after = kept(two.giver)
    assert (after.document, after.sha256) == (plain, before.sha256)
    assert after.kept.read() == before.kept.read()
    assert after.kept.is_sound()


def test_page_export_and_public_tools_have_it_as_it_was_signed_or_tell_that_it_is_damaged(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    home, place = two.giver.settings.home, f"messages/{row}/manifest-out-001.xml"
    document = (tmp_path / "built" / "manifest.xml").read_bytes()
    client = browser_of(create_app(two.giver), two.giver, "lan")
    at = f"/nop-luu/{row}/messages/manifest-out-1.xml"
    assert client.get(at).data == document
    assert exported(home, tmp_path / "out", who="hung").code == 0
    assert (tmp_path / "out/custody/data" / place).read_bytes() == document
    (tmp_path / "reader").mkdir()
    reader = Reader(tmp_path / "reader", tmp_path, {"PROOF": str(home / "kho1")})
    done = reader.run(by_heading("Messages between two archives", 0))
    assert (done.returncode, done.stderr) == (0, "")
    assert (reader.folder / place).read_bytes() == document
    spoil(two.giver, MANIFEST)  # and goes nowhere any more
    answer = exported(home, tmp_path / "out", who="hung")
    assert (answer.code, answer.document["custody"]["damaged"]) == (1, [place])
    page = client.get(at)
    assert page.status_code == 500
    assert messages.error("kept-document-damaged", web=True).remedy in page.text


def spoil(services: Services, kind: TransferMessageKind) -> None:
    """A letter in its middle is another one."""
    text = kept(services, kind).document
    middle = len(text) // 2
    other = "A" if text[middle] != "A" else "B"
    with services.writing() as session:
        query = update(TransferMessage).where(TransferMessage.kind == kind)
        session.execute(query.values(document=text[:middle] + other + text[middle + 1 :]))


def told_plainly(archive: Services, plain: str) -> dict[str, str]:
    """The rows of its acts say it plainly, too; new digests of acts by the old ones."""
    with archive.writing() as session:
        rows = session.execute(select(Act.id, Act.document)).all()
        ids = [row.id for row in rows]
        before = act_states(session, ids)
        for row in rows:
            if "message" in row.document:
                message = row.document["message"] | {"document": plain}
                said = row.document | {"message": message}
                session.execute(update(Act).where(Act.id == row.id).values(document=said))
        now = act_states(session, ids)
    return {before[name]: now[name] for name in before if before[name] != now[name]}


def rewritten(act: Path, told: object) -> None:
    """The act says this, and its digest fits."""
    data = json.dumps(told, ensure_ascii=False).encode()
    beside = sidecar_line(act.name, sha256(data).hexdigest())
    for path, content in ((act, data), (act.with_name(f"{act.name}{SIDECAR_SUFFIX}"), beside)):
        path.chmod(0o644)
        path.write_bytes(content)
