"""Times our signing of a PDF, verified before it counts, beside bare pyHanko with the same key."""

import io
import statistics
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from archive_service.bench import home as homes
from archive_service.bench.backends import on_files
from archive_service.bench.material import write_pdf
from archive_service.bench.measure import RUNS, machine, rounded, timed
from archive_service.bootstrap import Services, key_url, open_services
from archive_service.settings import load_settings
from archive_service.signing.pkcs12 import key_file
from archive_service.signing.secret import read_secret

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
            reference_key = _bare_key(services)
            _ours(services, files[:1])
            _bare(services, reference_key, files[:1])
            ours_s, reference_s = [], []
            for _ in range(runs):
                ours_s.append(timed(lambda: _ours(services, files)))
                reference_s.append(timed(lambda: _bare(services, reference_key, files)))
    ours, theirs = statistics.median(ours_s), statistics.median(reference_s)
    return {
        "name": "sign",
        "machine": machine(),
        "documents": documents,
        "ours": _figures(ours, documents),
        "reference": {"name": REFERENCE, **_figures(theirs, documents)},
        "ratio": round(ours / theirs, 3),
        "runs": {"ours_s": rounded(ours_s), "reference_s": rounded(reference_s)},
    }


def _ours(services: Services, files: list[Path]) -> None:
    signer = services.signer()
    for file in files:
        signer.sign_pdf(file, file.with_suffix(".ours"), field=FIELD)


def _bare(services: Services, key: Any, files: list[Path]) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata
    from pyhanko.sign.signers import sign_pdf as bare_sign

    from archive_service.signing.pyhanko_adapters import PyhankoTimestamper

    stamps = services.timestamps
    timestamper = None if stamps is None else PyhankoTimestamper(stamps)
    metadata = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    for file in files:
        writer = IncrementalPdfFileWriter(io.BytesIO(file.read_bytes()))
        signed = bare_sign(writer, metadata, signer=key, timestamper=timestamper)
        file.with_suffix(".bare").write_bytes(signed.getvalue())


def _bare_key(services: Services) -> Any:
    """The archive's key as pyHanko opens it by itself."""
    from pyhanko.sign.signers import SimpleSigner

    home = services.settings.home
    file = key_file(key_url(services.settings, None), home=home)
    passphrase = read_secret(file.with_suffix(".pass"))
    return SimpleSigner.load_pkcs12_data(file.read_bytes(), (), passphrase)


def _figures(seconds: float, documents: int) -> dict[str, float]:
    return {
        "seconds": round(seconds, 3),
        "ms_per_document": round(1000 * seconds / documents, 1),
    }
