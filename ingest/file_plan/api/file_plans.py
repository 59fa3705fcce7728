"""File plans (danh mục hồ sơ): imported as drafts, in force once approved."""

import tempfile
from pathlib import Path

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.reader import sha256_of
from ingest.file_plan.acts import approve_plan, import_plan, list_plans
from ingest.file_plan.documents import FilePlanList, ImportedFilePlanDocument

bp = APIBlueprint("api_file_plans", __name__, tag="file-plans", url_prefix="/file-plans")


class FilePlanIn(BaseModel):
    """A spreadsheet in the layout of NĐ 30/2020, and whose plan of which year it is."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile
    agency: str
    year: int


@bp.get("")
@bp.output(FilePlanList)
def list_all() -> FilePlanList:
    """The plans the account may see, newest year first."""
    return FilePlanList(file_plans=list_plans(services(), actor=current_actor()))


@bp.post("")
@bp.input(FilePlanIn, location="form_and_files")
@bp.output(ImportedFilePlanDocument, status_code=201)
@takes(Body.PAPER, "file-plan:import")
def add(form_and_files_data: FilePlanIn) -> Answer:
    """Read a plan as a draft, with all that was seen while reading it."""
    given = form_and_files_data

    def create() -> ImportedFilePlanDocument:
        with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="plan-") as folder:
            path = Path(folder) / "plan.xlsx"
            given.file.save(path)
            return import_plan(
                services(),
                path,
                agency=given.agency,
                year=given.year,
                actor=current_actor(),
                lang=language(),
            )

    digest = sha256_of(given.file.stream)
    given.file.stream.seek(0)
    return answer_once(f"{given.agency}\n{given.year}\n{digest}", create)


offer(bp, "/<uuid:plan_id>/approve", approve_plan)
