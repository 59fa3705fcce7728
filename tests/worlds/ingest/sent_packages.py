"""Packages as senders make them: SIPs of ours with real PDFs, whole, changed and damaged."""

import hashlib
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from archive_service.packaging.markup import parse_xml, xml_bytes
from archive_service.packaging.mets import METS
from archive_service.packaging.model import (
    DATA,
    Package,
    PackageDocument,
    PackageFile,
    PackageKind,
    RecordStatus,
)
from archive_service.packaging.tree import metadata_files
from tests.worlds.door import write_pdf
from tests.worlds.ingest.packages import AT, RECORD, TEXT

CODE = "H40.18.2025.08.QLCT"
UUID = "5B1F0C9A-3D52-4C1B-9A55-0F0C2B7D1E11"


def sip(folder: Path, *, documents: int = 2, code: str = CODE, **changed: Any) -> dict[str, bytes]:
    """All files of a SIP_hoso by path; ``changed`` are those of ``Package``."""
    made: list[PackageDocument] = []
    data: dict[str, bytes] = {}
    for number in range(1, documents + 1):
        pdf = write_pdf(folder / f"{number}.pdf", words=f"{code} {number}").read_bytes()
        path = f"quyet dinh {number}.pdf"
        data[DATA + path] = pdf
        file = PackageFile(path, hashlib.sha256(pdf).hexdigest(), len(pdf), "application/pdf", AT)
        fields = TEXT | {
            "docId": f"{code}.{number}",
            "docCode": f"{code}.{number:07}",
            "maintenance": "01",
            "issuedDate": "2025-03-01",
            "codeNumber": f"{number}",
            "numberOfPage": "1",
        }
        made.append(PackageDocument(number, f"quyet dinh {number}", fields, files=(file,)))
    record = {name: value for name, value in RECORD.items() if name != "arcFileCode"} | {
        "fileCode": code,
        "maintenance": "01",
        "startDate": "2025-01-15",
        "endDate": "2025-12-20",
        "totalDoc": str(documents),
        "numberOfPage": str(documents),
    }
    values: dict[str, Any] = {
        "ocfl_id": f"urn:uuid:{UUID}",
        "kind": PackageKind.SIP,
        "archive_code": "TTLT",
        "archive_name": "Lưu trữ",
        "agency_code": "H40.18",
        "agency_name": "Sở Công trình tỉnh Sơn Lam",
        "fonds_code": "H40.18",
        "software_version": "1.0",
        "created_at": AT,
        "label": record["title"],
        "fields": record,
        "documents": made,
        "record_status": RecordStatus.NEW,
    }
    package = Package(**(values | changed))
    return {**metadata_files(package), **data}


def with_fields(files: Mapping[str, bytes], path: str, **fields: str) -> dict[str, bytes]:
    """The same with other values in one flat descriptive file; METS is made to fit."""
    root = parse_xml(files[path])
    for name, value in fields.items():
        element = root.find(name)
        if element is None:
            element = root.makeelement(name)
            root.append(element)
        element.text = value
    return put(files, path, xml_bytes(root))


def put(files: Mapping[str, bytes], path: str, data: bytes) -> dict[str, bytes]:
    """The same with other bytes in one metadata file, and digests and sizes that fit again."""
    changed = dict(files) | {path: data}
    for mets in ("representations/rep1/METS.xml", "METS.xml"):
        if path != mets:
            changed[mets] = _sealed(changed, mets)
    return changed


def _sealed(files: Mapping[str, bytes], mets: str) -> bytes:
    root = parse_xml(files[mets])
    base = mets.rpartition("METS.xml")[0]
    for element in root.iter(f"{{{METS}}}mdRef", f"{{{METS}}}file"):
        inner = element if element.tag.endswith("mdRef") else element[0]
        href = inner.get("{http://www.w3.org/1999/xlink}href") or ""
        content = files.get(base + unquote(href))
        if content is not None:
            element.set("CHECKSUM", hashlib.sha256(content).hexdigest())
            element.set("SIZE", str(len(content)))
    return xml_bytes(root)


def edited(
    files: Mapping[str, bytes], path: str, *pairs: tuple[str, str | Callable[[re.Match[str]], str]]
) -> dict[str, bytes]:
    """The same with text of one file replaced, each pattern at least once; nothing else fits it."""
    text = files[path].decode()
    for pattern, put_in in pairs:
        text, count = re.subn(pattern, put_in, text)
        if not count:
            raise ValueError(f"{pattern!r} is not in {path}")
    return dict(files) | {path: text.encode()}


def lay_down(folder: Path, files: Mapping[str, bytes]) -> Path:
    """As a folder."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def zipped(target: Path, files: Mapping[str, bytes], *, root: str = f"uuid-{UUID}") -> Path:
    """As a ZIP with one folder at its root; with none where ``root`` is empty."""
    with zipfile.ZipFile(target, "w") as packed:
        for path, data in files.items():
            packed.writestr(f"{root}/{path}" if root else path, data)
    return target


def renamed(files: Mapping[str, bytes], change: Callable[[str], str]) -> dict[str, bytes]:
    """The same under other paths."""
    return {change(path): data for path, data in files.items()}


def only(package: Package, **changed: Any) -> Package:
    """The package with other values."""
    return replace(package, **changed)
