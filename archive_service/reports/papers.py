"""A report as a paper or a workbook."""

from uuid import UUID

from archive_service.domain.people.account import Actor
from archive_service.reports.acts import open_report
from archive_service.reports.report_paper import print_report, write_report_xlsx
from archive_service.services import Services
from archive_service.storage.work_folder import work_place


def write_report(
    services: Services, report_id: UUID, form: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the report as ``pdf`` (PDF/A-2b) or ``xlsx``; ``ReportNotFoundError``."""
    document = open_report(services, report_id, actor=actor)
    archive = services.settings.archive
    with work_place(services.work_folder, "report-") as place:
        target = place / f"report.{form}"
        if form == "pdf":
            print_report(
                document,
                target,
                archive=archive.name,
                place=archive.place,
                above=archive.superior,
                press=services.press,
            )
        else:
            write_report_xlsx(document, target)
        of = f"{document['agency']}-" if document["agency"] else ""
        name = f"bao-cao-{of}{document['first']}-{document['last']}.{form}"
        return name, target.read_bytes()
