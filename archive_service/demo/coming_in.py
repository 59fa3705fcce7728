"""The first chapters: an agency is set up, case files come in, are returned, accepted and kept."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive_service import messages
from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.catalogue.agencies.official_list import import_official_list
from archive_service.demo.agency import SampleAgency
from archive_service.demo.case_files import SHEET_NAME
from archive_service.demo.stage import Stage, prove
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.services import Services
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.storage.content import HeldContent
from archive_service.storage.reader import digest_and_size
from ingest.file_plan import acts as file_plan_acts
from ingest.file_plan.documents import FilePlanDocument
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.given import Return

# What sample C has wrong, as the checks name it.
FAULTS = frozenset(
    (
        *("checksum-differs", "format-other-ending", "field-missing"),
        *("record-code-character", "pdf-encrypted"),
    )
)
_KEEPING = ("build-version", "publish-version", "issue-receipt")


def enlist_sample_agency(
    services: Services, agency: SampleAgency, *, operator: Actor, superior: str | None = None
) -> None:
    """Add the agency under its old identifier, and the new one from the day that it holds."""
    old, name = agency.old_code, agency.name
    enlist_agency(services, old, name, actor=operator, superior=superior)
    since = agency.new_since
    enlist_agency(services, agency.new_code, name, actor=operator, same_as=old, valid_from=since)


def set_up_agency(stage: Stage, operator: Actor) -> dict[str, Any]:
    """The agency under both identifiers, the body above it, and its file plan as a draft."""
    services, sample, agency = stage.services, stage.sample, stage.sample.agency
    official = sample.file_plan.with_name("ma-dinh-danh.csv")
    official.write_text(f"code,name\n{agency.superior_code},{agency.superior}\n", encoding="utf-8")
    with services.unit_of_work() as uow:
        import_official_list(official, actor=operator, uow=uow)
        uow.commit()
    enlist_sample_agency(services, agency, operator=operator, superior=agency.superior_code)
    stage.tell("agency", name=agency.name, old=agency.old_code, new=agency.new_code)
    plan = file_plan_acts.import_plan(
        services,
        sample.file_plan,
        agency=agency.new_code,
        year=sample.file_plan_year,
        actor=operator,
    )
    prove(not plan.findings, "the file plan has no faults", found=plan.findings)
    return {
        "agency": {"name": agency.name, "identifiers": [agency.old_code, agency.new_code]},
        "file_plan": plan,
    }


def approve_plan(stage: Stage, plan: FilePlanDocument) -> FilePlanDocument:
    """The file plan in force, by decision of the agency's head."""
    head = stage.people[Role.AGENCY_HEAD]
    approved = file_plan_acts.approve_plan(stage.services, plan.id, actor=head)
    prove(approved.state == "approved", "the file plan is in force", state=approved.state)
    stage.tell("plan", year=stage.sample.file_plan_year, entries=plan.entries)
    return approved


def submit(stage: Stage) -> dict[str, Any]:
    """An officer hands in three case files; each is checked to the end."""
    officer = stage.people[Role.OFFICER]
    folders = {"A": stage.sample.a, "B": stage.sample.b, "C": stage.sample.c}
    with stage.bar("bar-checks") as show:
        for done, (name, folder) in enumerate(folders.items(), start=1):
            stage.ids[name] = stage.hand_in(folder)
            show(done / len(folders))
    documents = _submissions(stage, officer)
    for name, document in documents.items():
        prove(document.state == "checked", "the checks ran", name=name, state=document.state)
        worst = document.worst or "none"
        stage.tell(
            "submitted",
            code=document.code,
            documents=document.documents,
            size=_mib(document.size_bytes),
        )
        stage.quote(document.title)
        stage.tell(f"checked-{worst}", proved=False, count=_count(document, worst))
        expected = "error" if name == "C" else worst
        prove(worst == expected, "only C has faults", name=name, worst=worst)
        prove(name == "C" or worst != "error", "A and B are sound", name=name, worst=worst)
    return {"submissions": [submission.as_json() for submission in documents.values()]}


def give_back(stage: Stage) -> dict[str, Any]:
    """The faulty finding goes back to the officer with every reason."""
    archivist = stage.people[Role.ARCHIVIST]
    reason = messages.text("demo.reason", stage.lang)
    submissions_acts.give_back(
        stage.services, stage.ids["C"], Return(reason=reason), actor=archivist
    )
    document = _submissions(stage, stage.people[Role.OFFICER])["C"]
    errors = [finding for finding in document.findings if finding.severity == "error"]
    found = {finding.code for finding in errors}
    prove(document.state == "returned", "C was returned", state=document.state)
    prove(found >= FAULTS, "every fault was named", missing=FAULTS - found, found=found)
    stage.tell("returned", code=document.code, count=len(errors))
    for finding in errors:
        place = f" [{finding.place}]" if finding.place else ""
        stage.quote(f"{finding.message}{place}")
        stage.quote(f"  → {finding.remedy}")
    return {"submission": document.as_json()}


def accept(stage: Stage) -> dict[str, Any]:
    """Two are accepted, lie verified in both copies, and only then have their receipts."""
    for name in ("A", "B"):
        submissions_acts.accept(stage.services, stage.ids[name], actor=stage.people[Role.ARCHIVIST])
    stage.work("bar-storing", _KEEPING)
    accepted = []
    for name, folder in (("A", stage.sample.a), ("B", stage.sample.b)):
        with stage.services.read_only() as session:
            row = session.get_one(CaseFile, stage.ids[name])
            _prove_stored(stage, row, folder)
            stored, signed = (
                session.scalars(
                    select(AuditEvent).where(
                        AuditEvent.subject_id == str(row.id), AuditEvent.tag == tag
                    )
                ).one()
                for tag in ("case-file:stored", "submission:stored")
            )
            prove(stored.number < signed.number, "stored before it was promised", name=name)
            size, files = row.versions[0].size_bytes, row.versions[0].file_count
        stage.tell(
            "stored",
            code=row.code,
            files=files,
            size=_mib(size),
            copies=[copy.copy for copy in row.copies],
        )
        signer = _prove_receipt(stage, row)
        stage.tell("receipt", proved=False, number=row.receipt_number, signer=signer)
        accepted.append(
            {
                "code": row.code,
                "ocfl_id": row.ocfl_id,
                "copies": [copy.copy for copy in row.copies],
                "files": files,
                "size_bytes": size,
                "receipt": {"number": row.receipt_number, "sha256": row.receipt_sha256},
            }
        )
    return {"stored": accepted}


def _prove_stored(stage: Stage, row: CaseFile, folder: Path) -> None:
    """Every original that was submitted lies byte for byte in every copy, proved anew here."""
    prove(row.version_stored == 1, "version 1 is stored", code=row.code, found=row.version_stored)
    states = {copy.copy: copy.state for copy in row.copies}
    prove(set(states.values()) == {"verified"} and len(states) == 2, "two copies", found=states)
    sent = {
        sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != SHEET_NAME
    }
    prove(sent, "originals were sent", folder=folder)
    for copy in stage.services.copies:
        content = HeldContent((copy,), row.ocfl_id)
        for digest in sent:
            with content.open(digest) as source:
                found, _ = digest_and_size(source)
            prove(found == digest, "originals unchanged", copy=copy.name, sha256=digest)


def _prove_receipt(stage: Stage, row: CaseFile) -> str:
    """The receipt in hand bears a signature that holds; returns whose."""
    prove(row.receipt_sha256, "a receipt was issued", code=row.code)
    with stage.services.staging.path(row.receipt_sha256 or "") as paper:
        (report,) = inspect_signatures(paper, stage.services.trust)
    prove(
        report.intact and report.valid and report.trusted,
        "the receipt's signature holds",
        errors=report.errors,
    )
    return report.signer


def _submissions(stage: Stage, actor: Actor) -> dict[str, SubmissionDocument]:
    documents = queries.submissions(
        stage.services, list(stage.ids.values()), actor=actor, lang=stage.lang
    )
    return dict(zip(stage.ids, documents, strict=True))


def _count(document: SubmissionDocument, severity: str) -> int:
    return sum(finding.severity == severity for finding in document.findings)


def _mib(size_bytes: int) -> float:
    return round(size_bytes / (1 << 20), 1)
