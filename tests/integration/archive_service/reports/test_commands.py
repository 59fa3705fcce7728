"""archive report, archive register: what they say is words, also of a period that is not over."""

import pytest

from archive_service import clock
from tests.worlds.command import Command
from tests.worlds.main_job import empty_archive

YEAR = clock.today().year


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return empty_archive(tmp_path_factory.mktemp("reports") / "home")


def test_a_closed_register_is_told_by_its_name(archive: Command) -> None:
    done = archive.run("register", "close", "submissions", YEAR - 1, account="phutrach")
    assert done.stderr.strip() == f"Đã đóng “Sổ nộp lưu hồ sơ” năm {YEAR - 1}: 0 dòng"


def test_a_report_tells_its_number_and_until_when_it_counts(archive: Command) -> None:
    done = archive.run("report", "make", YEAR, account="luutru")
    assert done.stderr.startswith("Đã lập báo cáo số 01/BC-LT, mã ")
    assert done.stderr.strip().endswith("kỳ chưa kết thúc.")
    shown = archive.run("report", "show", YEAR - 1, account="luutru").stdout
    assert shown.startswith(f"Số liệu từ 01/01/{YEAR - 1} đến 31/12/{YEAR - 1}\n")
    refused = archive.run("report", "make", YEAR + 4, "--json", account="luutru")
    assert (refused.code, refused.error["code"]) == (2, "report-period-ahead")
