"""Packages to judge: a small case file with born-digital, scanned and pictured documents."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive_service.packaging.model import (
    DATA,
    DocumentKind,
    FileRole,
    FileSignature,
    Package,
    PackageDocument,
    PackageFile,
    PackageKind,
    PackageLink,
    PremisEvent,
)

AT = dt.datetime(2026, 11, 20, 6, 13, 44, 860000, tzinfo=dt.UTC)
UUID = "6F9619FF-8B86-4D01-B42D-00CF4FC964FF"
CODE = "H40.18.2024.01.TH"

RECORD = {
    "arcFileCode": f"TTLT.{CODE}",
    "fileCode": CODE,
    "title": "Hồ sơ về việc xây dựng đề án số hóa tài liệu <năm 2024> & kế hoạch",
    "maintenance": "05",
    "mode": "01",
    "language": "01",
    "startDate": "2024-01-15",
    "endDate": "2024-12-20",
    "totalDoc": "3",
    "numberOfPage": "9",
    "riskRecovery": "0",
}
REQUEST = {
    "requestID": "YC-2026-0007",
    "requestDate": "2026-11-20",
    "purpose": "01",
    "purposeContent": "Nghiên cứu lịch sử địa phương",
    "feeObjectType": "10",
    "researchTopic": "Lịch sử số hóa",
}
TEXT = {
    "docId": f"{CODE}.1",
    "typeName": "02",
    "codeNumber": "12",
    "codeNotation": "QĐ-UBND",
    "issuedDate": "2024-03-01",
    "organName": "Ủy ban nhân dân huyện",
    "subject": "Quyết định phê duyệt đề án",
    "language": "01",
    "numberOfPage": "3",
    "mode": "01",
    "riskRecovery": "0",
}
FONDS = {
    "code": "P18",
    "name": "Phông Ủy ban nhân dân huyện",
    "state": "closed",
    "period": "1976-2025",
    "closed_on": "2025-07-01",
    "successor_code": "P18-2",
}
PICTURE = {"eventName": "Lễ khai trương", "photographer": "Trần Văn Ảnh", "mode": "01"}


def content(path: str) -> bytes:
    """Some bytes that only this file has."""
    return f"content of {path}\n".encode() * 20


def file(path: str, media_type: str = "application/pdf", **more: Any) -> PackageFile:
    """A file whose bytes are ``content(path)``."""
    data = content(path)
    digest = hashlib.sha256(data).hexdigest()
    made = PackageFile(path, digest, len(data), media_type, AT)
    return replace(made, **more)


def scanned(ordinal: int, *, pages: int = 2) -> PackageDocument:
    """A paper document: images, the PDF/A made of them, its text."""
    stem = f"{ordinal:04}"
    images = [
        file(
            f"{stem}/page-{number}.jpg",
            "image/jpeg",
            role=FileRole.PAGE,
            puid="fmt/43",
            original_name=f"Trang {number}.jpg",
            turn_deg=90 if number == 2 else 0,
        )
        for number in range(1, pages + 1)
    ]
    made = [
        file(
            f"{stem}/{stem}.pdf",
            role=FileRole.PRESERVATION,
            puid="fmt/477",
            format_name="PDF/A-2b",
            derived_from=[image.path for image in images],
        ),
        file(f"{stem}/{stem}.txt", "text/plain", role=FileRole.TEXT, derived_from=[images[0].path]),
    ]
    return PackageDocument(ordinal, stem, text_fields(ordinal), [*images, *made])


def text_fields(ordinal: int) -> dict[str, str]:
    """TT 05 data of one text document."""
    codes = {"docCode": f"{CODE}.{ordinal:07}", "arcDocCode": f"TTLT.{CODE}.{ordinal:07}"}
    return {**TEXT, **codes, "docOrdinal": str(ordinal), "maintenance": "05"}


def born_digital(ordinal: int) -> PackageDocument:
    """A signed PDF with a twin to search in."""
    stem = f"{ordinal:04}"
    signature = FileSignature("Nguyễn Thị Ký", "RSA-SHA256", "q83vEjRW", "PAdES B-LT", "valid")
    original = file(
        f"{stem}/quyet dinh+1.pdf",
        puid="fmt/276",
        original_name="Quyết định số 1.pdf",
        signatures=(signature,),
    )
    twin = file(f"{stem}/twin.pdf", role=FileRole.ACCESS, derived_from=[original.path])
    return PackageDocument(ordinal, stem, text_fields(ordinal), [original, twin])


def pictured(ordinal: int) -> PackageDocument:
    """A photograph."""
    stem = f"{ordinal:04}"
    photo = file(f"{stem}/anh.jpg", "image/jpeg", puid="fmt/43")
    fields = {**PICTURE, "arcFileCode": RECORD["arcFileCode"], "docOrdinal": str(ordinal)}
    return PackageDocument(ordinal, stem, fields, [photo], DocumentKind.PICTURE)


def linked(ordinal: int) -> PackageDocument:
    """A document that lies in another case file of the fonds."""
    target = "urn:uuid:0D8F7B4E-54A1-4F9B-A8C1-6E2A4D1C9B77"
    link = PackageLink("0004.pdf", target, 614, f"{DATA}0001/0001.pdf", "H40.18.2024.02.TH.1")
    return PackageDocument(ordinal, f"{ordinal:04}", text_fields(ordinal), links=(link,))


def package(kind: PackageKind = PackageKind.AIP, **more: Any) -> Package:
    """The case file as one package; name fields of ``Package`` to change them.

    A SIP holds nothing that was digitized.
    """
    documents = [born_digital(1), scanned(2), pictured(3)]
    events = [
        PremisEvent(
            "virus check", AT, "ClamAV 1.4", outcome_note="Không phát hiện mã độc", agent="ClamAV"
        ),
        PremisEvent(
            "transfer",
            AT,
            "Số hóa",
            sources=[f.path for f in documents[1].files[:2]],
            outcomes=[documents[1].files[2].path],
            agent="Trần Thị Quét",
            agent_type="person",
        ),
    ]
    if kind is PackageKind.SIP:
        del documents[1], events[1]
    made = Package(
        ocfl_id=f"urn:uuid:{UUID}",
        kind=kind,
        archive_code="TTLT",
        archive_name="Trung tâm Lưu trữ",
        agency_code="H40.18",
        agency_name="Ủy ban nhân dân huyện",
        fonds_code="P18",
        software_version="0.1.0",
        created_at=AT,
        label=RECORD["title"],
        fields=REQUEST if kind is PackageKind.DIP else RECORD,
        documents=documents,
        events=events,
        files=(file("muc-luc.pdf", original_name="Mục lục văn bản.pdf"),),
        catalogue=b'{"code": "H40.18.2024.01.TH"}\n',
        fonds=FONDS,
        submission_agreement="" if kind is not PackageKind.SIP else "TTNL-2026-01",
    )
    return replace(made, **more)


def write_tree(folder: Path, made: Package, metadata: Mapping[str, bytes]) -> Path:
    """The package on disk below ``folder``, in a folder of its own name; that folder."""
    root = folder / made.folder_name
    for path, data in metadata.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for each in made.iter_files():
        target = root / DATA / each.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content(each.path))
    return root
