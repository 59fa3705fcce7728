"""BagIt (RFC 8493): what a bag's manifests say of its files, and its payload as what was sent."""

import codecs
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.storage.staging import StagedObject
from archive_service.text import nfc
from ingest.channels.eark.xml import Fixity, algorithm_of
from ingest.channels.measured import Measured
from ingest.channels.names import SYSTEM_FILES, wrapping_folder
from ingest.channels.parcel import Entry, FileTooLargeError, Parcel

CHECK = "bag"
DECLARATION, PAYLOAD, FETCH, INFO = "bagit.txt", "data/", "fetch.txt", "bag-info.txt"
LINKED = "linked/"  # in a bag of ours: files of documents that other case files keep
KEPT = "bagit/"  # where its own files stand beside the documents
TAG_BYTES = 64 << 20  # of one of them: a manifest of 500,000 files
_MANIFEST = re.compile(r"(?P<tag>tag)?manifest-(?P<algorithm>[a-z0-9-]+)\.txt", re.IGNORECASE)
_LINE = re.compile(r"(?P<digest>[0-9a-fA-F]+)[ \t]+\*?(?:\./)?(?P<path>.+)")
_VERSION = re.compile(r"[0-9]+\.[0-9]+")
_OXUM = re.compile(r"(?im)^payload-oxum[ \t]*:[ \t]*(?P<told>[^\r\n]*)")
_FETCHED = re.compile(r"(?P<url>\S+)[ \t]+(?:[0-9]+|-)[ \t]+(?P<path>.+)")
_TOLD = 200  # findings of one kind, one by one


class BagWithoutManifestError(InputError):
    """No manifest of the payload, or none by a digest that can be computed."""


class BagWithoutPayloadError(InputError):
    """Nothing lies in its folder ``data``: what was sent is its wrapping alone."""


def as_bag(parcel: Parcel) -> Parcel:
    """What lies in the bag, in place of the bag; unchanged where it is none.

    Bytes are compared with every manifest while they are staged; a file that is missing, or that
    no manifest names, is told here. What ``fetch.txt`` names is told, and never fetched.

    Raises:
        BagWithoutManifestError: nothing proves what it holds.
        BagWithoutPayloadError: it holds nothing.
        FileTooLargeError: a manifest is larger than any should be.
    """
    if parcel.declaration is not None:
        return parcel
    paths = [entry.path for entry in parcel.entries]
    prefix = "" if DECLARATION in paths else wrapping_folder(paths)
    entries = {entry.path.removeprefix(prefix): entry for entry in parcel.entries}
    if DECLARATION not in entries and not _is_bag_all_the_same(entries):
        return parcel
    manifests = _Manifests()
    declaration = entries.get(DECLARATION)
    encoding = manifests.declared(b"" if declaration is None else _bytes(declaration))
    for path, entry in entries.items():
        if match := _MANIFEST.fullmatch(path):
            manifests.read(path, match, _bytes(entry), encoding, entries)
    if not manifests.proves_payload:
        raise BagWithoutManifestError(source=parcel.source)
    if not any(path.startswith(PAYLOAD) for path in entries):
        raise BagWithoutPayloadError(source=parcel.source)
    if FETCH in entries:
        manifests.read_fetch(_bytes(entries[FETCH]), encoding)
    gaps = list(manifests.gaps(entries))
    if INFO in entries and not gaps:  # else those tell why it does not match
        manifests.weigh(_bytes(entries[INFO]), encoding, entries)
    inside = _inside(entries)
    held = tuple(replace(entry, path=inside[path]) for path, entry in entries.items())
    compared = _Compared.of(manifests, dict(zip(entries, held, strict=True)))
    return replace(
        parcel,
        channel="bag" if parcel.channel in ("zip", "folder") else parcel.channel,
        entries=tuple(compared.measured.watched(entry) for entry in held),
        findings=(*parcel.findings, *manifests.findings, *gaps),
        beside=frozenset(inside[path] for path in entries if not path.startswith(PAYLOAD)),
        measured=compared,
    )


def _is_bag_all_the_same(paths: Collection[str]) -> bool:
    """Whether nothing but ``bagit.txt`` was left out: beside the payload lie files of a bag."""
    beside = [path for path in paths if not path.startswith(PAYLOAD)]
    manifests = [
        path for path in beside if (found := _MANIFEST.fullmatch(path)) and not found["tag"]
    ]
    others = [
        path for path in beside if path not in (INFO, FETCH) and not _MANIFEST.fullmatch(path)
    ]
    return bool(manifests) and not others


def _inside(entries: Mapping[str, Entry]) -> dict[str, str]:
    """By path in the bag the one under which a file is known from here on."""
    payload = [path.removeprefix(PAYLOAD) for path in entries if path.startswith(PAYLOAD)]
    wrapping = wrapping_folder(payload)
    if any(path.casefold() == f"{wrapping}mets.xml".casefold() for path in payload):
        wrapping = ""  # a package has its folder
    return {
        path: path.removeprefix(PAYLOAD).removeprefix(wrapping)
        if path.startswith(PAYLOAD)
        else f"{KEPT}{path}"
        for path in entries
    }


def _bytes(entry: Entry) -> bytes:
    if entry.size_bytes > TAG_BYTES:
        raise FileTooLargeError(name=entry.path, limit=TAG_BYTES)
    with entry.open() as source:
        return source.read(TAG_BYTES)


@dataclass(slots=True)
class _Manifests:
    """Digests by path in the bag, of all manifests together."""

    announced: list[Fixity] = field(default_factory=list)
    named: dict[str, None] = field(default_factory=dict)  # in their order
    findings: list[Finding] = field(default_factory=list)
    proves_payload: bool = False
    elsewhere: dict[str, str] = field(default_factory=dict)  # by path its address in fetch.txt

    def declared(self, data: bytes) -> str:
        """The encoding of the other tag files, as ``bagit.txt`` says it; that itself is UTF-8."""
        text = data.decode("utf-8-sig", "replace")
        event_facts = {
            name.strip().casefold(): value.strip()
            for name, colon, value in (line.partition(":") for line in text.splitlines())
            if colon
        }
        if not _VERSION.fullmatch(event_facts.get("bagit-version", "")):
            self._tell("bag-declaration", Severity.WARNING, DECLARATION)
        encoding = event_facts.get("tag-file-character-encoding", "UTF-8")
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            facts = {"encoding": encoding[:100]}
            self._tell("bag-encoding-unknown", Severity.ERROR, DECLARATION, **facts)
            return "utf-8"

    def _decoded(self, path: str, data: bytes, encoding: str) -> str:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except (UnicodeError, LookupError):  # also a codec that gives no text
            self._tell("bag-encoding-differs", Severity.ERROR, path, encoding=encoding)
            return data.decode("utf-8", "replace").removeprefix("\ufeff")

    def read_fetch(self, data: bytes, encoding: str) -> None:
        """What the bag leaves to be fetched from elsewhere: it is named, and never fetched."""
        lines = self._decoded(FETCH, data, encoding).splitlines()
        for number, line in enumerate(lines, start=1):
            if found := _FETCHED.fullmatch(line.rstrip()):
                self.elsewhere[nfc(_plain(found["path"]))] = found["url"]
            elif line.strip():
                self._tell("bag-fetch-damaged", Severity.WARNING, FETCH, line=number)

    def read(
        self, path: str, name: re.Match[str], data: bytes, encoding: str, held: Collection[str]
    ) -> None:
        """One manifest of a bag that holds these; a digest that cannot be computed is no proof."""
        algorithm = algorithm_of(name["algorithm"])
        if not algorithm:
            facts: dict[str, object] = {"algorithm": name["algorithm"]}
            self.findings.append(
                Finding(CHECK, "bag-digest-unknown", Severity.WARNING, path, facts)
            )
            return
        self.proves_payload |= not name["tag"]
        letters = 2 * hashlib.new(algorithm, usedforsecurity=False).digest_size
        lines = self._decoded(path, data, encoding).splitlines()
        for number, line in enumerate(lines, start=1):
            found = _LINE.fullmatch(line.rstrip())
            named = "" if found is None else _named(nfc(found["path"]), held)
            if found is not None:
                self.named[named] = None
            if found is not None and len(found["digest"]) == letters:
                self.announced.append(Fixity(named, algorithm, found["digest"].lower(), None))
            elif line.strip():
                self._tell("bag-manifest-damaged", Severity.ERROR, path, line=number)

    def weigh(self, data: bytes, encoding: str, entries: Mapping[str, Entry]) -> None:
        """``Payload-Oxum``, the bytes and files of the payload, where all that counts is here."""
        found = _OXUM.search(self._decoded(INFO, data, encoding))
        if found is None or any(SYSTEM_FILES.search(fixity.path) for fixity in self.announced):
            return  # what a system strew about was counted, and is left out of every parcel
        sizes = [entry.size_bytes for path, entry in entries.items() if path.startswith(PAYLOAD)]
        held, declared = f"{sum(sizes)}.{len(sizes)}", found["told"].strip()
        if declared != held:
            self._tell(
                "bag-oxum-differs", Severity.WARNING, INFO, declared=declared[:50], found=held
            )

    def _tell(self, code: str, severity: Severity, path: str, **facts: object) -> None:
        self.findings.append(Finding(CHECK, code, severity, path, facts))

    def gaps(self, entries: Mapping[str, Entry]) -> Iterator[Finding]:
        """What is named and not there, and what of the payload is there and not named."""
        # What a system strews about is left out of every parcel, named or not.
        absent = [
            path for path in self.named if path not in entries and not SYSTEM_FILES.search(path)
        ]
        missing = [path for path in absent if path not in self.elsewhere]
        awaited = [path for path in self.elsewhere if path not in entries]
        for path in awaited[:_TOLD]:
            url = {"url": self.elsewhere[path][:500]}
            yield Finding(CHECK, "bag-file-elsewhere", Severity.ERROR, path[:900], url)
        if len(awaited) > _TOLD:
            count: dict[str, object] = {"count": len(awaited) - _TOLD}
            yield Finding(CHECK, "bag-files-missing", Severity.ERROR, "", count)
        extra = [path for path in entries if path.startswith(PAYLOAD) and path not in self.named]
        for paths, one, more in (
            (missing, "bag-file-missing", "bag-files-missing"),
            (extra, "bag-file-extra", "bag-files-extra"),
        ):
            for path in paths[:_TOLD]:
                yield Finding(CHECK, one, Severity.ERROR, path[:900])
            if len(paths) > _TOLD:
                facts: dict[str, object] = {"count": len(paths) - _TOLD}
                yield Finding(CHECK, more, Severity.ERROR, "", facts)


def _named(written: str, held: Collection[str]) -> str:
    """Which of the files ``held`` a line names.

    RFC 8493 is tried first. The program of the Library of Congress leaves ``%`` as it is, and some
    of Windows part folders by a backslash: where a file is there under such a name, it is meant.
    """
    plain = _plain(written)
    ways = (plain, written, *(way.replace("\\", "/") for way in (plain, written)))
    return next((path for path in ways if path in held), plain)


def _plain(path: str) -> str:
    """RFC 8493, 2.1.3: line ends and ``%`` in a name are percent-encoded, and nothing else."""
    for escaped, letter in (("%0A", "\n"), ("%0a", "\n"), ("%0D", "\r"), ("%0d", "\r")):
        path = path.replace(escaped, letter)
    return path.replace("%25", "%")


@dataclass(slots=True)
class _Compared:
    """Each file of the bag against its manifests, once: what nobody staged is read for it."""

    measured: Measured
    entries: Mapping[str, Entry]  # by path as it is known from here on, with a digest to compare
    announced: Sequence[Fixity]

    @classmethod
    def of(cls, manifests: _Manifests, held: Mapping[str, Entry]) -> "_Compared":
        """``held`` by path in the bag."""
        announced = [
            Fixity(held[fixity.path].path, fixity.algorithm, fixity.digest, None)
            for fixity in manifests.announced
            if fixity.path in held
        ]
        entries = {entry.path: entry for entry in held.values()}
        return cls(Measured(announced, (), code="bag-digest-differs"), entries, announced)

    def findings(
        self, staged: Mapping[str, StagedObject], withheld: Collection[str] = ()
    ) -> Sequence[Finding]:
        """See ``Announced``; what no row names is read for it."""
        seen = {*staged, *withheld}
        unstaged = [fixity for fixity in self.announced if fixity.path not in seen]
        return [*self.measured.findings(staged), *self._read(unstaged)]

    def _read(self, announced: Sequence[Fixity]) -> Iterator[Finding]:
        for fixity in announced:
            with self.entries[fixity.path].open() as source:
                digest = hashlib.new(fixity.algorithm, usedforsecurity=False)
                while piece := source.read(1 << 20):
                    digest.update(piece)
            if digest.hexdigest() != fixity.digest:
                yield self.measured.differs(fixity, digest.hexdigest())
