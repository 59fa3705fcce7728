"""What waits for a decision: a marked document, a bad page, a list, a register, a paper to sign."""

from pathlib import Path
from typing import Any

from archive_service import messages
from archive_service.demo import destroying
from archive_service.demo.case_files import make_born_digital, make_listed, scan_paper
from archive_service.demo.papers import read_case
from archive_service.demo.stage import Stage, prove
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Role
from archive_service.signing.port import Signer
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.queue.views import show_batch
from retention.disposition.papers.given import SignatureIn
from retention.disposition.papers.reading import ask_signature
from retention.transfer.given import Registration
from retention.transfer.register import acts as register_acts

_MARKED, _DUE, _ON_PAPER, _FOR_EVER = "case_i", "case_j", "case_k", "case_l"
_SEED, _BLUR_PX = 53, 6


def leave_decisions(stage: Stage, keys: tuple[Signer, Signer]) -> dict[str, Any]:
    """One of each lies where the person who decides will look; what, by its code or number."""
    due, on_paper, for_ever = (_kept(stage, name, keys) for name in (_DUE, _ON_PAPER, _FOR_EVER))
    return {
        "marked": _hand_in_marked(stage, keys),
        "batch": _scan_badly(stage, on_paper),
        "destruction": _list_for_destruction(stage, due),
        "register": _register(stage, for_ever),
    }


def _made(stage: Stage, name: str, keys: tuple[Signer, Signer]) -> Path:
    """The folder of a case file of the sample, ready to be submitted."""
    sample, text = stage.sample, read_case(name)
    folder = sample.file_plan.parent / name
    if name == _ON_PAPER:
        make_listed(folder, text, sample.agency)
    else:
        person, seal = keys
        make_born_digital(folder, text, sample.agency, person=person, seal=seal)
    return folder


def _kept(stage: Stage, name: str, keys: tuple[Signer, Signer]) -> str:
    """The code of a case file that is in custody now."""
    identifier = stage.keep(_made(stage, name, keys))
    with stage.services.read_only() as session:
        row = session.get_one(CaseFile, identifier)
        prove(row.state is CaseState.STORED, "it is stored", code=row.code, found=row.state)
        return row.code


def _hand_in_marked(stage: Stage, keys: tuple[Signer, Signer]) -> str:
    """A document that bears a mark of secrecy: nobody sees it until a second person has looked."""
    identifier = stage.hand_in(_made(stage, _MARKED, keys))
    with stage.services.read_only() as session:
        row = session.get_one(Submission, identifier)
        code, state = row.code, row.state
    prove(state is SubmissionState.QUARANTINED, "a marked document is set apart", found=state)
    stage.tell("marked", code=code, account=stage.people[Role.HEAD].account)
    return code


def _scan_badly(stage: Stage, code: str) -> str:
    """A batch whose second page was out of focus waits to be looked at."""
    from PIL import Image, ImageFilter

    sample, text = stage.sample, read_case(_ON_PAPER)
    box = sample.file_plan.parent / "K-box"
    with stage.bar("bar-box"):
        scan_paper(box, text.papers[0], sample.agency, seed=_SEED)
        page = box / "002.jpg"
        with Image.open(page) as image:
            dpi, blurred = image.info["dpi"], image.filter(ImageFilter.GaussianBlur(_BLUR_PX))
        blurred.save(page, dpi=dpi)
    station = stage.people[Role.STATION]
    batch_id = intake_acts.import_folder(
        stage.services,
        box,
        BatchOrder(reference="", code=code),
        station=station.account,
        actor=station,
    )
    stage.work("bar-digitizing", ("read-batch",))
    batch = show_batch(stage.services, str(batch_id), actor=station)
    unfit = [page["number"] for page in batch["pages"] if page["undecided"]]
    prove(len(unfit) == 1, "one page was measured as bad", found=unfit)
    codes = batch["pages"][-1]["codes"]
    prove("page-blurred" in codes, "it is told to be out of focus", found=codes)
    number = str(batch["batch"])
    stage.tell("bad-page", batch=number, account=stage.people[Role.ARCHIVIST].account)
    return number


def _list_for_destruction(stage: Stage, code: str) -> str:
    """A list that was reviewed and voted on waits for the head of the agency, and a signature."""
    row = destroying.propose(stage, code)
    destroying.judge(stage, row.id, meeting="22/QĐ-SCT")
    head = stage.people[Role.HEAD]
    asked = ask_signature(
        stage.services,
        row.id,
        "explanation",
        SignatureIn(account=head.account, with_seal=False),
        actor=stage.people[Role.ARCHIVIST],
    )
    stage.tell("list-waits", number=row.number, account=stage.people[Role.AGENCY_HEAD].account)
    stage.tell("paper-waits", name=asked.name, account=head.account)
    return row.number


def _register(stage: Stage, code: str) -> str:
    """A register of what is kept for ever waits for its approval."""
    given = Registration(codes=[code], to=messages.text("demo.historical-archive", stage.lang))
    made = register_acts.register(stage.services, given, actor=stage.people[Role.ARCHIVIST])
    prove(made.state == "draft", "a register waits to be approved", found=made.state)
    stage.tell("register-waits", number=made.number, account=stage.people[Role.AGENCY_HEAD].account)
    return made.number
