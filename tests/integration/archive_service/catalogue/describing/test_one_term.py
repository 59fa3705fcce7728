"""Code and years of a term never contradict, whatever door a change comes by."""

from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.catalogue.describing.acts import DescriptionRefusedError, describe_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.declared_term import TermContradictoryError, contradicts
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE
from tests.worlds.command import Command

WHY = "Theo bảng thời hạn"
LONG = {"maintenance": "07", "term": "80"}


def describe(services: Services, **fields: str) -> None:
    actor = person(services, "lan")
    describe_case_file(services, OPEN_CODE, {0: fields}, reason=WHY, actor=actor)


def term_of(services: Services) -> tuple[str, int | None]:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        return row.maintenance, row.term_years


def test_a_code_beside_other_years_is_refused_at_command_and_act(
    services: Services, home: Path
) -> None:
    describe(services, **LONG)
    for code in ("01", "02"):
        with pytest.raises(DescriptionRefusedError) as refused:
            describe(services, maintenance=code)
        assert [finding.code for finding in refused.value.findings] == ["term-contradictory"]
    answer = Command(home).run(
        "case", "describe", OPEN_CODE, "--set", "maintenance=02", "--reason", WHY, "--json",
        account="lan",
    )  # fmt: skip
    assert answer.code == 2
    assert term_of(services) == ("07", 80)
    describe(services, maintenance="02", term="70")
    assert term_of(services) == ("02", 70)
    with pytest.raises(DescriptionRefusedError):
        describe(services, term="80")


def test_no_unit_of_work_leaves_two_terms(services: Services) -> None:
    describe(services, **LONG)
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.maintenance = "02"
        with pytest.raises(TermContradictoryError):
            uow.session.flush()
    assert term_of(services) == ("07", 80)


def test_years_beside_a_code_contradict_it_or_not() -> None:
    assert contradicts("02", 10)
    assert contradicts("01", 10)
    for code, years in (("02", 70), ("07", 10), ("06", None), (None, 5)):
        assert not contradicts(code, years)
