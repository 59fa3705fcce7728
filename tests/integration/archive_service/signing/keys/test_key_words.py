"""A missing or refused key is told by its name, at commands, incidents, papers and the log."""

from pathlib import Path

import pytest

from archive_service import messages
from archive_service.domain.digitization.paper import HANDOVER
from archive_service.domain.intake.collection import COLLECTION
from archive_service.domain.intake.delivery import DELIVERY
from archive_service.domain.intake.handover import HANDOVER_RECORD
from archive_service.domain.keeping.act import RECEIPT
from archive_service.domain.keeping.report import REGISTER
from archive_service.domain.retention.disposition import PAPER
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY
from archive_service.domain.signing.signing_request import SIGNED_PAPER
from archive_service.domain.transfer.transfer import TransferMessageKind
from archive_service.keeping.fixity.reports import REPORT
from archive_service.main import _in_words
from archive_service.notices.incidents import incident_title
from archive_service.recovery.backup.acts import RESTORE
from archive_service.recovery.backup.calendar import DRILL
from archive_service.recovery.upgrade.acts import KIND
from archive_service.signing.keys.watch import look_at_own_key
from retention.transfer.papers import kinds
from tests.worlds.archive import open_home
from tests.worlds.command import Command

PAPERS = (
    SEAL_CUSTODY, SIGNED_PAPER, REPORT, RECEIPT, REGISTER, DRILL, KIND, RESTORE, HANDOVER_RECORD,
    DELIVERY, COLLECTION, PAPER, kinds.PAPER, HANDOVER,
    *(f"transfer-{kind.value}" for kind in TransferMessageKind),
)  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """A new archive that has no key."""
    command = Command(tmp_path / "home")
    command.home.mkdir()
    (command.home / "archive.toml").write_text('[archive]\ncode = "H40.99"\n', encoding="utf-8")
    command.ask("init")
    return command


def test_the_incident_and_the_list_say_that_there_is_no_key(bare: Command) -> None:
    with open_home(bare.home) as services:
        look_at_own_key(services)
    assert "Chưa có khóa ký số" in bare.run("incident", "list").stdout
    assert "Chưa có khóa ký số" in bare.run("status").stdout
    listed = bare.run("key", "list")
    assert "Khóa của lưu trữ: Không tìm thấy khóa ký số" in listed.stderr


def test_an_incident_without_a_cause_of_its_own_keeps_its_name() -> None:
    assert incident_title("key-unusable", {"code": "demo-key"}).startswith("Khóa ký số chỉ để")
    assert incident_title("key-unusable", {"code": "token-away"}) == "Không mở được khóa ký số"


@pytest.mark.parametrize("kind", PAPERS)
def test_each_kind_of_a_signed_paper_has_words(kind: str) -> None:
    for lang in ("vi", "en"):
        assert messages.has(f"labels.signed-paper-kind.{kind}", lang)


def test_the_log_of_a_command_tells_it_in_words() -> None:
    line = {"event": "key-trouble", "code": "signing-key-not-found", "told": {"file": "keys/a.p12"}}
    told = _in_words("vi", line)
    assert told is not None
    assert told.startswith("Chưa ký được")
    assert "keys/a.p12" in told


def test_the_log_of_a_restore_tells_the_new_index_in_words() -> None:
    told = _in_words("vi", {"event": "search-index-begun-anew", "case_files": 3})
    assert told is not None
    assert told.startswith("Chỉ mục tra cứu bắt đầu lại từ đầu: 3 hồ sơ")
