"""Packages before outside judges."""

from dataclasses import replace
from typing import Any

from archive_service.packaging.model import Package, PackageKind
from archive_service.packaging.outgoing import as_loose, as_sip, for_historical_archive
from tests.worlds.ingest.packages import (
    born_digital,
    file,
    linked,
    package,
    pictured,
)

# What the circular forces, each with its reason in docs/packages.md; another id is our fault.
FORCED = {
    PackageKind.SIP: {"CSIP107", "SIP2"},
    PackageKind.AIP: {"CSIP107", "CSIP1"},
    PackageKind.DIP: {"CSIP107", "CSIP2"},
}


def errors(report: dict[str, Any]) -> set[str]:
    return {
        rule["id"]
        for rule in report["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }


def loose_documents() -> Package:
    """SIP_tailieu."""
    whole = as_sip(package(PackageKind.SIP, documents=[born_digital(1), pictured(3)]))
    return as_loose(whole, (), code="H40.18.2026.01.0000001", title="Tài liệu bổ sung")


def linked_with_bytes(kind: PackageKind) -> Package:
    """A document that another case file keeps, its file beside the link."""
    document = linked(4)
    there = file("linked-0004/0001.pdf", original_name="Quyết định.pdf")
    link = replace(document.links[0], name=there.path, file=there, file_code="H40.18.2024.02.TH")
    resolved = replace(document, files=[there], links=[link])
    return for_historical_archive(package(kind, documents=[born_digital(1), resolved]))
