"""The later chapters: paper made findable, a term explained, damage healed, the trail verified."""

import datetime as dt
import hashlib
import io
from typing import Any

from archive_service import clock
from archive_service.catalogue.case_files import queries
from archive_service.demo.stage import Stage, prove
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor, Role
from archive_service.evidence.verify import verify_trail
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.fixity.check import FixityRun, conclude, expected_files, iter_check
from archive_service.keeping.fixity.repair import repair_all
from archive_service.storage.fixity.verdict import FixityTally
from archive_service.storage.ocfl.root import object_root, resolve
from archive_service.workflow.case_file import STEPS
from retention.terms.acts import explain_case_file
from search.acts import find


def digitize(stage: Stage) -> dict[str, Any]:
    """The paper one becomes searchable PDF/A in a second version; its scans stay as they came."""
    stage.work("bar-digitizing", ("digitize-case-file", "make-twins"))
    stage.work("bar-storing", STEPS)
    document = queries.case_file(
        stage.services, stage.sample.b_code, actor=stage.people[Role.ARCHIVIST]
    )
    troubled = stage.troubled_jobs()
    prove(not troubled, "every job was done", jobs=troubled)
    prove(document.digitization == "done", "B is digitized", found=document.digitization)
    prove(document.package.version == 2, "B has a second version", found=document.package)
    roles = [{file.role for file in item.files} for item in document.documents]
    prove(all("preservation" in role for role in roles), "each document has its PDF/A", found=roles)
    pages = sum(item.pages or 0 for item in document.documents)
    prove(pages == stage.sample.b_images, "every image is a page", found=pages)
    prove(document.indexed, "the new version is indexed")
    stage.tell("digitized", pages=pages, documents=len(roles))
    stage.tell("second-version", proved=False, code=document.code)
    return {
        "code": document.code,
        "version": document.package.version,
        "documents": len(roles),
        "pages": pages,
    }


def search(stage: Stage) -> dict[str, Any]:
    """A reader finds the page on which words are printed, typed with marks and without."""
    reader, answers = stage.people[Role.READER], []
    documents = queries.case_file(
        stage.services, stage.sample.b_code, actor=stage.people[Role.ARCHIVIST]
    ).documents
    phrase = stage.sample.phrases[0]
    wanted = documents[phrase.document - 1].id
    for typed in (phrase.text, phrase.folded):
        found = find(stage.services, f'"{typed}"', actor=reader)
        pages = [
            hit.page
            for hit in found.hits
            if hit.code == stage.sample.b_code and str(hit.document) == str(wanted)
        ]
        prove(phrase.page in pages, "the printed words were found", typed=typed, hits=found.hits)
        hit = next(hit for hit in found.hits if hit.page == phrase.page)
        stage.tell("found", typed=typed, page=hit.page)
        stage.quote(hit.title)
        stage.quote(" ".join(hit.snippet.split()))
        answers.append({"typed": typed, "hit": hit, "took_ms": found.took_ms})
    return {"searches": answers}


def explain(stage: Stage) -> dict[str, Any]:
    """Until when case file A is kept, and by which text."""
    document = explain_case_file(
        stage.services, stage.sample.a_code, actor=stage.people[Role.OFFICER], lang=stage.lang
    )
    prove(document.ends_on is not None, "A has a last day", found=document)
    prove(all(step.citation for step in document.steps), "each step is cited", found=document)
    day = dt.date.fromisoformat(document.ends_on or "")
    stage.tell("kept-until", code=document.code, on=day)
    for step in document.steps:
        stage.quote(step.text)
        stage.quote(f"  {step.citation}")
    return document.as_json()


def heal(stage: Stage, operator: Actor) -> dict[str, Any]:
    """One byte in one copy is damaged, found, and healed from the other copy."""
    store = stage.services.copies[1]
    key = _damage_one_byte(stage)
    stage.tell("damaged", copy=store.name, file=key.rpartition("/")[2])
    before = _check(stage, operator)
    found = [(fixity_result.copy, fixity_result.key) for fixity_result in before.damaged]
    prove(found == [(store.name, key)], "the damage and no other was found", found=found)
    prove(len(before.troubles()) == 1, "nothing else is wrong", found=before.as_document())
    stage.tell("damage-found", checked=before.checked)
    report = repair_all(stage.services, actor=operator)
    prove(
        [fixity_result.key for fixity_result in report.repaired] == [key],
        "it was healed",
        found=report,
    )
    prove(not report.failed, "nothing was left", found=report.failed)
    after = _check(stage, operator)
    prove(after.intact == after.checked >= before.checked, "all intact", found=after.as_document())
    prove(not after.troubles(), "no trouble is left", found=after.as_document())
    stage.tell(
        "healed", copy=store.name, other=stage.services.copies[0].name, checked=after.checked
    )
    return {
        "damaged": {"copy": store.name, "key": key},
        "found": before.as_document(),
        "repair": report.as_document(),
        "afterwards": after.as_document(),
    }


def verify(stage: Stage) -> dict[str, Any]:
    """The chain of events fits, in the database and in every copy."""
    prove(write_out_evidence(stage.services), "the last events lie in every copy")
    verdict = verify_trail(stage.services.database, copies=stage.services.copies)
    prove(verdict.ok and verdict.events > 0, "the audit chain fits", first_bad=verdict.first_bad)
    stage.tell("chained", events=verdict.events, segments=verdict.segments)
    return {"events": verdict.events, "segments": verdict.segments, "ok": verdict.ok}


def _damage_one_byte(stage: Stage) -> str:
    """Turn one byte of the first page image of B in the second copy; returns the file's key.

    Healing is misused for it: it alone writes over what is there, in a folder and in a bucket.
    """
    services, store = stage.services, stage.services.copies[1]
    with services.read_only() as session:
        row = session.get_one(CaseFile, stage.ids["B"])
        page = next(file for file in row.documents[0].files if file.page_image)
    inventory = resolve(store, row.ocfl_id)
    key = f"{object_root(row.ocfl_id)}/{inventory.manifest[page.sha256][0]}"
    with store.open(key) as image:
        content = bytearray(image.read())
    content[len(content) // 2] ^= 0x01
    wrong = hashlib.sha256(content).hexdigest()
    store.heal(key, io.BytesIO(content), size=len(content), sha256=wrong)
    return key


def _check(stage: Stage, operator: Actor) -> FixityTally:
    run = FixityRun(clock.now())
    total = max(expected_files(stage.services), 1)
    with stage.bar("bar-fixity") as show:
        for number, _ in enumerate(iter_check(stage.services, run), start=1):
            show(min(number / total, 1.0))
    conclude(stage.services, run, actor=operator)
    return run.tally
