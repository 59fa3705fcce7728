"""The report of an incident as PDF/A in the layout of NĐ 30/2020, as it is filled in."""

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph, print_letter
from archive_service.forms.table_form import FormSigner
from archive_service.oversight.reporting.documents import ReportDocument
from archive_service.services import Services
from archive_service.storage.work_folder import work_place


def file_name_of(report: ReportDocument) -> str:
    """By what it reports and when that was known."""
    return f"{_words(f'{report.kind}.file')}-{clock.local(report.known_at):%Y%m%d-%H%M}.pdf"


def printed_report(services: Services, report: ReportDocument) -> bytes:
    """The bytes of the paper, as the report is filled in now."""
    at = clock.now().replace(microsecond=0)
    letter = _letter(services, report)
    with work_place(services.work_folder, "incident-") as place:
        target = place / "report.pdf"
        print_letter(letter, target, at=at, press=services.press)
        return target.read_bytes()


def _letter(services: Services, report: ReportDocument) -> Letter:
    archive, kind = services.settings.archive, report.kind
    today = words.day_in_words(clock.today())
    rows = [
        [
            str(number),
            messages.label("incident-field", field.name, "vi"),
            field.text or _words("blank"),
        ]
        for number, field in enumerate(report.fields, start=1)
    ]
    heads = [_words(f"heads.{name}") for name in ("number", "field", "text")]
    return Letter(
        issuer=archive.name,
        issuer_above=archive.superior,
        name=_words(f"{kind}.name"),
        about=_words(f"{kind}.about"),
        number=_words("no-number"),
        place_and_date=f"{archive.place}, {today}",
        parts=[
            Paragraph(_words("basis", citation=report.citation), "basis"),
            Paragraph(_words("opening", to=report.to)),
            LetterTable(heads, (0.4, 2.0, 4.6), rows, (0,)),
            Paragraph(_words("due", due_at=words.moment(report.due_at))),
        ],
        recipients=[report.to, _words("filed")],
        signers=[FormSigner(_words("signer"))],
        box=0,
    )


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.incident.{key}", "vi", **facts)
