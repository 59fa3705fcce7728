"""Letters that hang on a letter: what stands above each of them is read as above the outer one."""

import struct
from email.message import EmailMessage
from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from archive_service.formats.words.read import sections_of
from tests.worlds.papers.compound import compound


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


def outlook(subject: str, within: str = "") -> bytes:
    """As Outlook keeps it, with a letter that hangs on it."""
    streams = {"__properties_version1.0": bytes(32), "__substg1.0_0037001F": wide(subject)}
    if within:
        storage = "__attach_version1.0_#00000000/__substg1.0_3701000D"
        streams[f"{storage}/__substg1.0_0037001F"] = wide(within)
    return compound(streams)


def winmail(subject: str) -> bytes:
    data = subject.encode()
    return b"\x78\x9f\x3e\x22\0\0\1" + struct.pack("<HHI", 0x8004, 1, len(data)) + data + b"\0\0"


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "data", "mark"),
    [
        ("a.msg", outlook("[MẬT] Kế hoạch kiểm kê"), "MẬT"),
        ("b.msg", outlook("Chuyển tiếp", within="Kế hoạch (TỐI MẬT)"), "TỐI MẬT"),
        ("c.msg", outlook("Chuyển tiếp", within="Bảo mật thông tin"), ""),
        ("winmail.dat", winmail("[MẬT] Kế hoạch kiểm kê"), "MẬT"),
    ],
)
def test_a_mark_in_a_subject_of_outlook_is_found_as_in_any_other(
    tmp_path: Path, name: str, data: bytes, mark: str
) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_mark_here(tmp_path / name, identify_here(tmp_path / name, name)) == mark
