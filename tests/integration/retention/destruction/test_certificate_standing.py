"""What a certificate of destruction says while a place is open, and whether the copies keep it."""

import datetime as dt
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import messages
from archive_service.catalogue.linking.acts import end_link, link
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import PAPER
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from retention.disposition import execution
from retention.disposition.given import ListShown
from retention.disposition.papers.reading import certificate_of, compare_anew
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.destroyed import (
    approved,
    carried_out,
    certificate_words,
    open_due,
    watch,
)
from tests.worlds.retention.dispositions import HEAD
from tests.worlds.retention.removing import iter_marked, resume

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def due(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, str]]:
    with open_due(held_home, tmp_path / "home", *BOTH) as opened:
        yield opened


def newest(services: Services, row: UUID) -> Any:
    return certificate_of(services, row, actor=OPERATOR)["paper"]


def code_on(said: str) -> str:
    """The code by which anybody checks the certificate."""
    (code,) = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){4}", said)
    return str(code)


def test_a_certificate_edited_in_every_copy_does_not_pass(due: tuple[Services, str]) -> None:
    services, secret = due
    row = carried_out(services, secret, *BOTH)
    told = compare_anew(services, row, actor=OPERATOR)["comparison"]
    assert [copy["agrees"] for copy in told["copies"]] == [True, True]
    number = f'"number": "{"01/GCNH-LT"}"'.encode()
    for name in ("kho1", "kho2"):
        for file in (services.settings.home / name / "acts" / PAPER).glob("*.json"):
            data = file.read_bytes().replace(number, number.replace(b"01", b"09"))
            file.chmod(0o600)
            file.write_bytes(data)
            file.with_name(f"{file.name}.sha256").chmod(0o600)
            line = f"{sha256(data).hexdigest()}  {file.name}\n"
            file.with_name(f"{file.name}.sha256").write_text(line)
    found = compare_anew(services, row, actor=OPERATOR)["comparison"]
    assert [copy["agrees"] for copy in found["copies"]] == [False, False]
    assert not found["data_intact"]
    (services.settings.home / "kho1").rename(services.settings.home / "away")
    told = compare_anew(services, row, actor=OPERATOR)["comparison"]["copies"]
    assert [entry["agrees"] for entry in told] == [None, False]


def test_what_a_former_version_of_another_case_file_tells_of_it_is_named(
    due: tuple[Services, str],
) -> None:
    services, secret = due
    lan = person(services, "lan")
    told = link(
        services, OPEN_CODE, 1, LinkIn(into=RESTRICTED_CODE, reason="Dùng chung"), actor=lan
    )
    work(services, until_empty=True)
    end_link(services, RESTRICTED_CODE, told.ordinal, UnlinkIn(reason="Ghép nhầm"), actor=lan)
    work(services, until_empty=True)
    row = carried_out(services, secret, OPEN_CODE)
    with services.read_only() as session:
        query = select(CaseFile.ocfl_id).where(CaseFile.code == RESTRICTED_CODE)
        root = object_root(session.scalars(query).one())
    stays = services.settings.home / "kho1" / root
    assert list(iter_marked(stays, f"H40.99.{OPEN_CODE}".encode()))
    assert messages.text("labels.removal-kept.elsewhere", "vi") in certificate_words(services, row)


def test_while_a_copy_is_away_a_provisional_certificate_is_there_for_who_only_reads(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    away = services.settings.home / "kho2"
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    away.rename(tmp_path / "away")
    work(services, until_empty=True)
    watch(services)
    told = compare_anew(services, row, actor=person(services, HEAD))
    assert (told["certificate"]["provisional"], told["certificate"]["open"]) == (True, 2)
    assert told["comparison"]["data_intact"]
    said = certificate_words(services, row)
    assert "Giấy chứng nhận hủy (tạm lập)".upper() in said.upper()
    on = dt.date.fromisoformat(told["certificate"]["disposition"]["execute_by"])
    provisional = code_on(said)
    assert verdict_of(services, provisional).state == "valid"
    for words in ("kho không trả lời", "Nối lại hoặc sửa nơi lưu", f"{on:%d/%m/%Y}"):
        assert words in said
    watch(services)
    assert told["paper"] == newest(services, row), "it says the same"
    (tmp_path / "away").rename(away)
    resume(services)
    watch(services)
    told = compare_anew(services, row, actor=person(services, HEAD))
    assert (told["certificate"]["provisional"], told["certificate"]["open"]) == (False, 0)
    assert told["certificate"]["replaces"] == "01/GCNH-LT"
    said = certificate_words(services, row)
    assert "tạm lập" not in said.lower()
    assert verdict_of(services, provisional).state == "withdrawn"
    checked = verdict_of(services, code_on(said))
    assert (checked.state, checked.kind) == ("valid", "destruction-certificate")
    assert checked.digests == [newest(services, row)["sha256"]]
