"""From what a row names as its files to the entries of the parcel."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import DeclaredFile
from archive_service.text import nfc

CHECK = "files"
PAGE_IMAGES = {".jpg", ".jpeg", ".tif", ".tiff", ".png", ".jp2", ".bmp", ".webp"}
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BETWEEN = re.compile(r"[;,\s]+")


@dataclass(frozen=True, slots=True)
class Named:
    """The files of one row, those that are not there included, and what was seen."""

    files: list[DeclaredFile]
    findings: list[Finding]


class FileNames:
    """The names in a parcel, looked up by path, by folder, and whatever their case."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = dict.fromkeys(paths)

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        """Asked for where a name is none of a file, as ``_by_case`` is: most lists need neither."""
        found: dict[str, list[str]] = {}
        for path in self._paths:
            found.setdefault(PurePosixPath(path).parent.as_posix(), []).append(path)
        return found

    @cached_property
    def _by_case(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._paths:
            found.setdefault(_loose(path), []).append(path)
        return found

    def split(self, text: str) -> list[str]:
        """The names in the field ``files``, joined by ``;``; a name may hold one itself."""
        whole = _cleaned(nfc(text).replace("\\", "/"))
        return [whole] if whole in self._paths else _names(text)

    def named(self, names: Iterable[str], digests: str, place: str) -> Named:
        """Resolve names of files, or of folders of page images.

        Args:
            names: as the parcel knows them.
            digests: the field ``sha256``, in the order of the files.
            place: of the row, for findings.
        """
        files: list[DeclaredFile] = []
        findings: list[Finding] = []
        seen: set[str] = set()
        for name in names:
            if name in seen:
                findings.append(Finding(CHECK, "file-named-twice", Severity.WARNING, name[:900]))
                continue
            seen.add(name)
            if name not in self._paths and name in self._by_folder:
                files.extend(self._images(name, findings))
                continue
            path = self._found(name, findings)
            standing = "annex" if files else "main"
            files.append(DeclaredFile(path=path, standing=standing))
        return Named(_with_digests(files, digests, place, findings), findings)

    def _found(self, name: str, findings: list[Finding]) -> str:
        if name in self._paths:
            return name
        alike = self._by_case.get(_loose(name), [])
        if len(alike) == 1:
            findings.append(
                Finding(CHECK, "file-name-case", Severity.INFO, alike[0], {"declared": name})
            )
            return alike[0]
        absolute = _ABSOLUTE.match(name) is not None
        if absolute and _cleaned(name) in self._paths:
            return _cleaned(name)
        code = "file-path-absolute" if absolute else "file-missing"
        findings.append(Finding(CHECK, code, Severity.ERROR, name[:900], {"name": name[:900]}))
        return _cleaned(name)

    def _images(self, folder: str, findings: list[Finding]) -> list[DeclaredFile]:
        images = sorted(
            (path for path in self._by_folder[folder] if is_page_image(path)), key=natural_order
        )
        if not images:
            findings.append(Finding(CHECK, "folder-without-images", Severity.ERROR, folder))
        return [DeclaredFile(path=path, page_image=True) for path in images]


def _loose(path: str) -> str:
    """Equal for names that differ in case, in blanks of any kind, or in dots at an end of a part.

    Word processors and web pages put blanks that do not break into what is copied from them.
    """
    parts = _INVISIBLE.sub("", path.casefold()).split("/")
    return "/".join(" ".join(part.split()).strip(" .") for part in parts)


def is_page_image(path: str) -> bool:
    """Whether the name is that of a page image."""
    return PurePosixPath(path).suffix.lower() in PAGE_IMAGES


def natural_order(path: str) -> list[tuple[int, str]]:
    """Sorts ``2.jpg`` before ``10.jpg``, and otherwise by name."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path)
    ]


def _names(text: str) -> list[str]:
    """Paths as the parcel knows them: NFC, ``/`` between parts; an absolute one stays so."""
    parts = nfc(text).replace("\\", "/").replace("\n", ";").split(";")
    return [_as_written(part.strip()) for part in parts if _cleaned(part)]


def _as_written(part: str) -> str:
    return f"/{_cleaned(part)}" if part.startswith("/") else _cleaned(part)


def _cleaned(part: str) -> str:
    return "/".join(name for name in part.strip().split("/") if name not in ("", "."))


def _with_digests(
    files: list[DeclaredFile], text: str, place: str, findings: list[Finding]
) -> list[DeclaredFile]:
    digests = [digest for digest in _BETWEEN.split(text.strip().lower()) if digest]
    if not digests:
        return files
    if len(digests) != len(files):
        facts = {"digests": len(digests), "files": len(files)}
        findings.append(Finding("checksums", "checksum-count", Severity.ERROR, place, facts))
        return files
    checked: list[DeclaredFile] = []
    for file, digest in zip(files, digests, strict=True):
        if _DIGEST.fullmatch(digest):
            checked.append(file.model_copy(update={"sha256": digest}))
            continue
        checked.append(file)
        event_facts = {"digest": digest[:80]}
        findings.append(
            Finding("checksums", "checksum-malformed", Severity.ERROR, file.path, event_facts)
        )
    return checked


def unnamed(paths: Iterable[str], named: Iterable[Sequence[DeclaredFile]]) -> list[str]:
    """Paths that no row names, in order."""
    taken = {file.path for files in named for file in files}
    return [path for path in paths if path not in taken]
