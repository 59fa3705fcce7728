"""Times one case file of many documents up to its receipt, and the pages that list them."""

import http
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.bench.asking import get_page, p95_of
from archive_service.bench.home import opened
from archive_service.bench.material import TYPED_TITLE, make_case_files
from archive_service.bench.measure import machine
from archive_service.bench.peaks import ByRole
from archive_service.bench.people import make_peopled
from archive_service.bench.station import BenchServerError, serving
from archive_service.bench.walk import Steps, Walk, watched
from ingest.drafts import acts as drafts_acts
from ingest.drafts.taking import take_uploads
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from ingest.uploads.acts import upload_folder

REFERENCE = "a case file of a tenth as many documents, in the same archive before it"
FILE_BYTES = 4 << 10
_ASKED = 20  # times that each page is asked for
_TOGETHER = 50  # files of one request
_ADDED = 10  # files that the officer adds to the draft


@dataclass(slots=True)
class _Way(Steps):
    """Of one case file also its pages: milliseconds and KiB."""

    documents: int = 0
    pages: dict[str, float] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """Milliseconds a document of each step, then the pages."""
        each = {
            f"{name}_ms_per_document": round(1000 * spent / self.documents, 2)
            for name, spent in self.spent_s.items()
        }
        return each | self.pages


def run(documents: int, *, asked: int = _ASKED) -> dict[str, Any]:
    """One case file of ``documents`` small PDFs, by a folder, in a served archive with workers.

    Received, checked, accepted, stored with its receipt and indexed; a second one of as many is
    returned, so that its draft can be looked at and added to. Before it the same with a tenth.

    Raises:
        BenchServerError: the served archive ended, refused something, or hung.
    """
    peaks = ByRole()
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place:
        home = Path(place, "home")
        people = make_peopled(home)
        with serving(home) as (address, alive), opened(home) as services:
            walk = Walk(services, people, address, alive)
            ways: list[_Way] = []
            for count in (max(1, documents // 10), documents):
                with watched(peaks, halfway=bool(ways)):
                    ways.append(_through(walk, Path(place, f"{count}"), count, asked))
    return _figures(documents, ways[0], ways[1], peaks)


def _through(walk: Walk, place: Path, documents: int, asked: int) -> _Way:
    way = _Way(documents=documents)
    archivist = walk.people.archivist_cookie
    kept = walk.submit(_made(place, documents, "A"), way)
    desk = {
        "desk": f"/desk/{kept}",
        "desk_last": f"/desk/{kept}?document={documents}",
        "desk_all": f"/desk/{kept}?part=all",
        "submission": f"/submissions/{kept}",
    }
    _ask(walk, way, asked, archivist, desk)
    walk.keep(kept, way)
    code = walk.submission(kept).code
    pages = {
        "case_file": f"/case-files/{code}",
        "case_file_last": f"/case-files/{code}?document={documents}",
    }
    _ask(walk, way, asked, archivist, pages)
    returned = walk.submit(_made(place, documents, "B"), Steps())
    submissions_acts.give_back(
        walk.services, returned, Return(reason="bench"), actor=walk.people.archivist
    )
    with way.timed("draft_opened"):
        draft = drafts_acts.mend(walk.services, returned, actor=walk.people.officer)
    pages = {"draft": f"/drafts/{draft}", "draft_parts": f"/drafts/{draft}/parts"}
    _ask(walk, way, asked, walk.people.officer_cookie, pages)
    added = [_add(walk, draft, number) for number in range(_ADDED)]
    put = [_put(walk, draft, number) for number in range(_ADDED)]
    way.pages |= {"draft_file_p95_ms": p95_of(added), "draft_field_p95_ms": p95_of(put)}
    _drop(walk, documents, way)
    return way


def _made(place: Path, documents: int, name: str) -> Path:
    (folder,) = make_case_files(
        place / name, count=1, files=documents, file_bytes=FILE_BYTES, series=f"{name}{documents}"
    )
    return folder


def _ask(walk: Walk, way: _Way, times: int, cookie: str, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        spent = []
        for _ in range(times):
            status, body, spent_ms = get_page(walk.address, cookie, path)
            if status != http.HTTPStatus.OK:
                raise BenchServerError(code=f"{path}: {status}")
            spent.append(spent_ms)
        way.pages[f"{name}_p95_ms"] = p95_of(spent)
        way.pages[f"{name}_kib"] = round(len(body) / 1024, 1)


def _add(walk: Walk, draft: UUID, number: int) -> float:
    """Milliseconds of taking one more finished upload into the draft."""
    arrived = _arrived(walk, draft, [number])
    begun = time.perf_counter()
    take_uploads(walk.services, draft, arrived, actor=walk.people.officer)
    return 1000 * (time.perf_counter() - begun)


def _drop(walk: Walk, documents: int, way: Steps) -> None:
    """So many files into an empty draft, as many at once as the page's script sends together."""
    officer = walk.people.officer
    draft = drafts_acts.open_empty(walk.services, actor=officer)
    arrived = _arrived(walk, draft, range(documents))
    with way.timed("dropped"):
        for first in range(0, documents, _TOGETHER):
            some = arrived[first : first + _TOGETHER]
            take_uploads(walk.services, draft, some, actor=officer)


def _arrived(walk: Walk, draft: UUID, numbers: Iterable[int]) -> list[UUID]:
    folder, officer = upload_folder(walk.services), walk.people.officer
    uploads = []
    for number in numbers:
        body = b"%%PDF-1.7 %d" % number
        name = f"them {number}.pdf"
        upload = folder.begin(
            owner=officer.account, name=name, size_bytes=len(body), into=str(draft)
        )
        folder.path(upload.id).write_bytes(body)
        uploads.append(upload.id)
    return uploads


def _put(walk: Walk, draft: UUID, number: int) -> float:
    """Milliseconds of saving one field of the draft."""
    officer = walk.people.officer
    was = drafts_acts.show(walk.services, draft, actor=officer).declared.fields.get("title", "")
    begun = time.perf_counter()
    title = f"{TYPED_TITLE} {number}"
    drafts_acts.put_field(walk.services, draft, 0, "title", title, was=was, actor=officer)
    return 1000 * (time.perf_counter() - begun)


def _figures(documents: int, small: _Way, large: _Way, peaks: ByRole) -> dict[str, Any]:
    ours, reference = large.as_document(), small.as_document()
    steps = [f"{step}_ms_per_document" for step in ("checked", "stored")]
    return {
        "name": "intake --documents",
        "machine": machine(),
        "documents": documents,
        "file_bytes": FILE_BYTES,
        "ours": ours,
        "reference": {"name": REFERENCE, **reference},
        "processes": peaks.as_document(),
        "seconds": {name: round(spent, 2) for name, spent in large.spent_s.items()},
        "ratio": round(max(ours[step] / reference[step] for step in steps), 3),
        "runs": 1,
    }
