"""The chapter of the scanning station: a box of paper with separator sheets goes into custody."""

import tempfile
from pathlib import Path
from typing import Any

from archive_service.catalogue.case_files import queries
from archive_service.demo.case_files import scan_paper
from archive_service.demo.stage import Stage, prove
from archive_service.domain.people.account import Role
from archive_service.workflow.case_file import STEPS
from digitize.batches.desk import acts as desk_acts
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import SEPARATORS, BatchOrder
from digitize.batches.queue.views import show_batch
from search.acts import find
from search.documents import HitDocument

_SEED = 41


def scan_box(stage: Stage) -> dict[str, Any]:
    """The list comes first; then its paper: sheets printed, scanned, measured, released, found."""
    services, text = stage.services, stage.sample.d_text
    station, code = stage.people[Role.STATION], text.fields["code"]
    _take_list(stage)
    with stage.bar("bar-box"):
        box, sheets = _scanned_box(stage, code)
    prove(sheets == len(text.papers), "a separator sheet for each document", sheets=sheets)
    batch_id = intake_acts.import_folder(
        services,
        box,
        BatchOrder(reference="", split=SEPARATORS),
        station=station.account,
        actor=station,
    )
    stage.work("bar-digitizing", ("read-batch",))
    batch = show_batch(services, str(batch_id), actor=station)
    number, found = batch["batch"], batch["documents"]
    places = [(entry["code"], entry["document"], entry["pages"]) for entry in found]
    wanted = [(code, at, len(paper.pages)) for at, paper in enumerate(text.papers, start=1)]
    prove(places == wanted, "the sheets told where the pages belong", found=places)
    unfit = [page["codes"] for page in batch["pages"] if page["undecided"]]
    prove(not unfit, "every page was measured as good", found=unfit)
    pages = sum(len(paper.pages) for paper in text.papers)
    stage.tell("measured", batch=number, sheets=sheets, pages=pages)
    desk_acts.release(services, number, actor=stage.people[Role.ARCHIVIST])
    stage.work("bar-storing", (*STEPS, "digitize-case-file", "make-twins"))
    case_file = queries.case_file(services, code, actor=stage.people[Role.ARCHIVIST])
    troubled = stage.troubled_jobs()
    prove(not troubled, "every job was done", jobs=troubled)
    prove(case_file.digitization == "done", "D is digitized", found=case_file.digitization)
    stage.tell("released", code=code, version=case_file.package.version)
    hit = _find(stage, code)
    return {"batch": number, "code": code, "sheets": sheets, "pages": pages, "hit": hit}


def _take_list(stage: Stage) -> None:
    """Case file D in custody, without a page."""
    stage.ids["D"] = stage.keep(stage.sample.d)


def _scanned_box(stage: Stage, code: str) -> tuple[Path, int]:
    """A folder for each document: its separator sheet, then its pages; and how many sheets."""
    import numpy as np

    from archive_service.demo.scans import page_images, scan
    from archive_service.forms.typst_form import FONTS

    sample, box = stage.sample, stage.sample.d.with_name("D-box")
    pdf, count = intake_acts.print_separators(
        stage.services, code, None, actor=stage.people[Role.STATION]
    )
    box.mkdir()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as printed:
        printed.write(pdf)
        printed.flush()
        sheets = list(page_images(Path(printed.name)))
    for ordinal, (sheet, paper) in enumerate(
        zip(sheets, sample.d_text.papers, strict=True), start=1
    ):
        folder = box / str(ordinal)
        scan_paper(folder, paper, sample.agency, seed=_SEED + ordinal)
        scanned = scan(sheet, np.random.default_rng(_SEED), fonts=FONTS)
        (folder / "000.jpg").write_bytes(scanned)
    return box, count


def _find(stage: Stage, code: str) -> HitDocument:
    (phrase,) = stage.sample.d_text.phrases
    found = find(stage.services, f'"{phrase["text"]}"', actor=stage.people[Role.READER])
    hits = [hit for hit in found.hits if hit.code == code and hit.page == phrase["page"]]
    prove(hits, "its words are found", hits=found.hits)
    stage.tell("found", typed=phrase["text"], page=phrase["page"])
    stage.quote(hits[0].title)
    stage.quote(" ".join(hits[0].snippet.split()))
    return hits[0]
