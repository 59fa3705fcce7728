"""Case files of which a half is paper."""

from sqlalchemy import update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.clients import OPEN_CODE

SHEETS = 12


def make_mixed(services: Services) -> None:
    """As a sender declares it: mixed, with sheets of paper to come."""
    with services.writing() as session:
        mixed = {"confidence_level": "03", "number_of_paper": SHEETS}
        session.execute(update(CaseFile).where(CaseFile.code == OPEN_CODE).values(**mixed))
