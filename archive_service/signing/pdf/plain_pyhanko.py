"""PyHanko as it comes, with nothing of ours around it: what our signing is measured against."""

import io
from pathlib import Path
from typing import Any

from archive_service.signing.key_stores.secret import read_secret
from archive_service.signing.timestamp import TimestampService


class BareKey:
    """A PKCS#12 key, opened by pyHanko alone; its passphrase lies beside it."""

    def __init__(self, file: Path, timestamps: TimestampService | None) -> None:
        from pyhanko.sign.signers import SimpleSigner

        from archive_service.signing.pdf.pyhanko_adapters import PyhankoTimestamper

        passphrase = read_secret(file.with_suffix(".pass"))
        self._key: Any = SimpleSigner.load_pkcs12_data(file.read_bytes(), (), passphrase)
        self._stamps = None if timestamps is None else PyhankoTimestamper(timestamps)

    def sign(self, source: Path, target: Path, *, field: str) -> None:
        """Signed and stamped, but not verified."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf

        metadata = PdfSignatureMetadata(
            field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(source.read_bytes()))
        signed = sign_pdf(writer, metadata, signer=self._key, timestamper=self._stamps)
        target.write_bytes(signed.getvalue())
