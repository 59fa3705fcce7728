"""Containers whose signatures are CMS (ASiC with CAdES; ETSI EN 319 162-1, 4.3.3 and 4.4.4)."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import cast

from archive_service.errors import ArchiveError
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.signing.cms.inspect import FIELD, Means, Reading, inspect_cms, partial_report
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.reporting import unjudged
from archive_service.signing.xml.package import (
    Kind,
    has_unsigned,
    open_part_matches,
    opened_package,
    part_name,
    part_of,
    unsigned_parts,
)
from archive_service.signing.xml.references import Reference, UncheckableError
from archive_service.signing.xml.tree import tree_of

_SIGNATURE = re.compile(r"META-INF/[^/]*signature[^/]*\.p7[sm]$", re.IGNORECASE)
_MANIFEST = re.compile(r"META-INF/[^/]*ASiCManifest[^/]*\.xml$", re.IGNORECASE)
_BESIDE = re.compile(r"META-INF/|mimetype$|.*/$")
_MOST = 32
_UNREADABLE = (ArchiveError, UncheckableError, *ZIP_DAMAGE)


def container_signatures(path: Path, means: Means) -> Iterator[SignatureReport]:
    """A report for each; none of a file that is no such container."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with opened_package(path) as package:
            names = [name for name in package.namelist() if _SIGNATURE.match(name)]
            for name in names[:_MOST]:
                yield from _of_signature(package, name, means)
    except _UNREADABLE:
        return  # told already of its other signatures


def taken_out(path: Path, beside: Mapping[str, Path]) -> tuple[str, ...]:
    """Which files beside a container are all that it holds; none where it holds anything else."""
    try:
        with opened_package(path) as package:
            names = unsigned_parts(package, Kind.CONTAINER, ())
            found = [_alike(package, name, beside) for name in names]
    except _UNREADABLE:
        return ()
    return tuple(found) if all(found) else ()


def _alike(package: zipfile.ZipFile, part: str, beside: Mapping[str, Path]) -> str:
    name = PurePosixPath(part).name
    if name not in beside or beside[name].stat().st_size != package.getinfo(part).file_size:
        return ""
    with package.open(part) as within, beside[name].open("rb") as file:
        digests = [hashlib.file_digest(cast("io.BufferedIOBase", within), "sha256").digest()]
        digests.append(hashlib.file_digest(file, "sha256").digest())
    return name if digests[0] == digests[1] else ""


def _of_signature(package: zipfile.ZipFile, name: str, means: Means) -> Iterator[SignatureReport]:
    try:
        signed, listed = _signed_by(package, name)
        readings = [] if signed is None else [Reading.of_source(partial(package.open, signed))]
        reports = inspect_cms(package.read(name), readings, means)
        matches = all(open_part_matches(package, reference) for reference in listed)
    except UncheckableError as wrong:
        yield unjudged(FIELD, wrong.reason, means.now, str(wrong))
        return
    except _UNREADABLE:
        yield unjudged(FIELD, "signature-unreadable", means.now)
        return
    covered = {signed or "", *(part_of(reference, package.namelist()) for reference in listed)}
    in_part = has_unsigned(package, Kind.CONTAINER, covered)
    for report in reports:
        if not matches and report.intact:
            changed = replace(report, outcome=Outcome.BROKEN, intact=False, trusted=False)
            yield replace(changed, errors=("digest-differs",))
        elif in_part:
            yield partial_report(report)
        else:
            yield report


def _signed_by(package: zipfile.ZipFile, name: str) -> tuple[str | None, list[Reference]]:
    """The part that a signature is made over: a manifest with what it lists, or the one file."""
    for manifest in filter(_MANIFEST.match, package.namelist()):
        node = tree_of(package.read(manifest))
        named = (one.attributes.get("URI", "") for one in node.each("SigReference"))
        if name in (part_name(one, package.namelist()) for one in named):
            listed = [Reference.of(one) for one in node.each("DataObjectReference")]
            if not listed:
                raise UncheckableError("DataObjectReference")
            return manifest, listed
    files = [one for one in package.namelist() if not _BESIDE.match(one)]
    return (files[0] if len(files) == 1 else None), []
