"""Letters that hang on a letter: what stands above each of them is read as above the outer one."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from archive_service.formats.words.read import sections_of


def letter(subject: str, *within: EmailMessage, name: str = "", **heads: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = subject, "khoi@sonlam.gov.vn"
    for head, said in heads.items():
        made[head.replace("_", "-")] = said
    made.set_content("Kính gửi: các đơn vị")
    if not within:
        made.add_alternative("<p>Kính gửi</p>", subtype="html")
    for one in within:
        made.add_attachment(one, filename=name or None)
    return made


def written(path: Path, made: EmailMessage) -> Path:
    path.write_bytes(made.as_bytes())
    return path


@pytest.mark.parametrize(
    "made",
    [
        letter("Chuyển tiếp", letter("Họp"), letter("[MẬT] Kế hoạch kiểm kê")),
        letter("Chuyển tiếp", letter("Họp"), letter("Kế hoạch", X_Do_Mat="Mật")),
        letter("Chuyển tiếp", letter("Chuyển", letter("Họp", Keywords="MẬT"))),
        letter("Chuyển tiếp", letter("Họp"), name="Thông báo MẬT.eml"),
    ],
)
def test_a_mark_above_a_letter_within_a_letter_is_found(tmp_path: Path, made: EmailMessage) -> None:
    path = written(tmp_path / "a.eml", made)
    assert read_mark_here(path, identify_here(path, path.name)) == "MẬT"


def test_who_wrote_a_letter_within_a_letter_and_on_what_is_found(tmp_path: Path) -> None:
    within = letter("Báo cáo trạm bơm Nà Sáng", To="ha@sonlam.gov.vn")
    path = written(tmp_path / "a.eml", letter("Chuyển tiếp", letter("Họp"), within))
    (section,) = sections_of(path, "eml", 0)
    for said in ("Subject: Họp", "Báo cáo trạm bơm Nà Sáng", "To: ha@sonlam.gov.vn"):
        assert said in section.text
    assert section.text.startswith("Subject: Chuyển tiếp\nFrom: khoi@sonlam.gov.vn\n")
    assert read_mark_here(path, identify_here(path, path.name)) == ""
