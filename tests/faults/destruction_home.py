"""The archive that destructions are tried on, and what stops them in the middle."""

from pathlib import Path

from archive_service.worker import work
from archive_service.workflow.intake import accept, submit
from tests.factories.archive import PDF_NAME, Backends, new_home, person
from tests.factories.backends import read_settings, write_settings
from tests.factories.door import case_row, document_row, write_pdf, write_sheet
from tests.factories.killing import Killer, Moment
from tests.factories.removing import open_with_erasers

COUNT = 3
CODES = tuple(f"H40.18.2025.{10 + number}.QLCT" for number in range(COUNT))
MARKS = ("Quetzalcoatl", "Xochimilco", "Popocatepetl")  # one a case file, in nothing else


class Stopped(BaseException):
    """The process ends here, as far as what it does can tell."""


class Stopper(Killer):
    """Stops the work at the k-th moment of a kind, in this process."""

    def is_due(self, moment: Moment) -> bool:
        """Count this moment."""
        if super().is_due(moment):
            raise Stopped
        return False


def stored_home(place: Path, backends: Backends | None = None) -> Path:
    """A home with the case files in two copies; each is full of its mark."""
    home = new_home(place / "home", backends)
    settings = read_settings(home)
    settings["storage"]["staging_grace_s"] = 0
    write_settings(home, settings)
    with open_with_erasers(home) as services:
        for code, mark in zip(CODES, MARKS, strict=True):
            folder = place / code
            write_pdf(folder / PDF_NAME, words=mark)
            write_sheet(
                folder / "Hồ sơ.xlsx",
                [case_row(code, description=mark)],
                [document_row(PDF_NAME, code, subject=mark)],
            )
            (one,) = submit(folder, actor=person(services, "bach"), services=services)
            work(services, until_empty=True)
            accept(one, actor=person(services, "lan"), services=services)
            work(services, until_empty=True)
    return home
