"""Times our signing of PDFs, verified before they count, beside bare pyHanko with the same key.

And a batch of copies as a clerk's order has them signed: one key, one visible mark each.
"""

import statistics
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from archive_service import clock
from archive_service.bench import home as homes
from archive_service.bench.backends import on_files
from archive_service.bench.material import write_pdf
from archive_service.bench.measure import RUNS, machine, rounded, timed
from archive_service.bootstrap import key_url, open_services
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.signing.copies.sealed import put_seal
from archive_service.signing.key_stores.pkcs12 import key_file
from archive_service.signing.pdf.plain_pyhanko import BareKey
from archive_service.signing.seals.acts import Seal

REFERENCE = "pyHanko, signed and not verified"
FIELD = "Signature"


def run(*, documents: int = 20, file_bytes: int = 200 << 10, runs: int = RUNS) -> dict[str, Any]:
    """Medians over runs in turn, each document with a time stamp of the demo authority."""
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as folder:
        place = Path(folder)
        homes.make_home(place / "home", [], on_files(1))
        files = [place / f"{number:04}.pdf" for number in range(documents)]
        for number, file in enumerate(files):
            write_pdf(file, file_bytes, seed=number)
        with closing(open_services(load_settings(place / "home"))) as services:
            file = key_file(key_url(services.settings, None), home=services.settings.home)
            key = BareKey(file, services.timestamps)
            _ours(services, files[:1])
            _bare(key, files[:1])
            _batch(services, files[:1])
            ours_s, batch_s, reference_s = [], [], []
            for _ in range(runs):
                ours_s.append(timed(lambda: _ours(services, files)))
                batch_s.append(timed(lambda: _batch(services, files)))
                reference_s.append(timed(lambda: _bare(key, files)))
    ours, theirs = statistics.median(ours_s), statistics.median(reference_s)
    batch = statistics.median(batch_s)
    return {
        "name": "sign",
        "machine": machine(),
        "documents": documents,
        "ours": _figures(ours, documents)
        | {"batch_ms_per_document": _figures(batch, documents)["ms_per_document"]},
        "reference": {"name": REFERENCE, **_figures(theirs, documents)},
        "ratio": round(ours / theirs, 3),
        "runs": {
            "ours_s": rounded(ours_s),
            "batch_s": rounded(batch_s),
            "reference_s": rounded(reference_s),
        },
    }


def _ours(services: Services, files: list[Path]) -> None:
    signer = services.signer()
    for file in files:
        signer.sign_pdf(file, file.with_suffix(".ours"), field=FIELD)


def _batch(services: Services, files: list[Path]) -> None:
    """What a clerk's order does to each copy: the mark drawn, signed, verified, into staging."""
    seal = Seal(services.signer(), "", uuid4(), services.settings.archive.name, "")
    for file in files:
        target = file.with_suffix(".sealed")
        put_seal(services, file, target, seal, at=clock.now().replace(microsecond=0))
        with target.open("rb") as source:
            services.staging.receive(source)


def _bare(key: BareKey, files: list[Path]) -> None:
    for file in files:
        key.sign(file, file.with_suffix(".bare"), field=FIELD)


def _figures(seconds: float, documents: int) -> dict[str, float]:
    return {
        "seconds": round(seconds, 3),
        "ms_per_document": round(1000 * seconds / documents, 1),
    }
