"""Puts what comes from npm into ``static/vendor``, each piece checked against its recorded digest.

Run as ``python -m archive_service.static.vendor`` after ``npm ci --ignore-scripts``; with
``--renew`` after a version in ``package.json`` was raised, to record the new digests.
"""

import argparse
import gzip
import hashlib
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive_service.errors import IntegrityViolationError, NotFoundError

STATIC = Path(__file__).resolve().parent
MODULES = STATIC.parents[1] / "node_modules"
TARGET = STATIC / "vendor"
DIGESTS = STATIC / "vendored.sha256"
STAMP = ".made-from"

TINOS_STYLES = {
    "400-normal": "Regular",
    "400-italic": "Italic",
    "700-normal": "Bold",
    "700-italic": "BoldItalic",
}
SUBSETS = ("latin", "latin-ext", "vietnamese")


class VendoredFileMissingError(NotFoundError):
    """npm has not been run, or the package no longer holds the file."""


class VendoredFileChangedError(IntegrityViolationError):
    """What npm brought is not what was looked at when its digest was recorded."""


def _copied(content: bytes) -> bytes:
    return content


def _without_data_images(content: bytes) -> bytes:
    """Pictures within style sheets are ``data:`` URLs, which our security policy refuses."""
    plain = re.sub(rb'url\((?:"data:(?:[^"\\]|\\.)*"|data:[^)"]*)\)', b"none", content)
    return re.sub(rb"/\*# sourceMappingURL=\S+ ?\*/\s*$", b"", plain)


def _without_source_map(content: bytes) -> bytes:
    return re.sub(rb"//# sourceMappingURL=\S+\s*$", b"", content)


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or every file of a folder, and where it goes below ``vendor/``."""

    source: str
    target: str
    change: Callable[[bytes], bytes] = _copied

    def files(self, modules: Path) -> Iterator[tuple[Path, str]]:
        """Each file to read, with its target; in name order."""
        source = modules / self.source
        if source.is_dir():
            for file in sorted(source.iterdir()):
                yield file, f"{self.target}/{file.name}"
        else:
            yield source, self.target


PIECES = (
    Piece("bootstrap/dist/css/bootstrap.min.css", "css/bootstrap.min.css", _without_data_images),
    Piece("bootstrap/LICENSE", "css/LICENSE-bootstrap"),
    Piece("bootstrap-icons/bootstrap-icons.svg", "icons/bootstrap-icons.svg"),
    Piece("bootstrap-icons/LICENSE", "icons/LICENSE"),
    Piece("htmx.org/dist/htmx.min.js", "js/htmx.min.js"),
    Piece("htmx.org/LICENSE", "js/LICENSE-htmx"),
    Piece("tus-js-client/dist/tus.min.js", "js/tus.min.js", _without_source_map),
    Piece("tus-js-client/LICENSE", "js/LICENSE-tus"),
    Piece("swagger-ui-dist/swagger-ui-bundle.js", "swagger/swagger-ui.js", _without_source_map),
    Piece("swagger-ui-dist/swagger-ui.css", "swagger/swagger-ui.css", _without_data_images),
    Piece("swagger-ui-dist/LICENSE", "swagger/LICENSE"),
    Piece("swagger-ui-dist/NOTICE", "swagger/NOTICE"),
    Piece("pdfjs-dist/build/pdf.min.mjs", "pdfjs/pdf.min.mjs"),
    Piece("pdfjs-dist/build/pdf.worker.min.mjs", "pdfjs/pdf.worker.min.mjs"),
    Piece("pdfjs-dist/wasm", "pdfjs/wasm"),
    Piece("pdfjs-dist/iccs", "pdfjs/iccs"),
    Piece("pdfjs-dist/standard_fonts", "pdfjs/standard_fonts"),
    Piece("pdfjs-dist/cmaps", "pdfjs/cmaps"),
    Piece("pdfjs-dist/LICENSE", "pdfjs/LICENSE"),
    Piece("@fontsource-variable/inter/LICENSE", "fonts/LICENSE-inter"),
    Piece("@fontsource/tinos/LICENSE", "fonts/LICENSE-tinos"),
    *(
        Piece(
            f"@fontsource-variable/inter/files/inter-{subset}-wght-normal.woff2",
            f"fonts/inter-{subset}-wght-normal.woff2",
        )
        for subset in SUBSETS
    ),
    *(
        Piece(
            f"@fontsource/tinos/files/tinos-{subset}-{style}.woff2",
            f"fonts/tinos-{subset}-{style}.woff2",
        )
        for style in TINOS_STYLES
        for subset in SUBSETS
    ),
    Piece(
        "@tesseract.js-data/vie/4.0.0_best_int/vie.traineddata.gz",
        "tessdata/vie.traineddata",
        gzip.decompress,
    ),
)


def vendor(modules: Path = MODULES, target: Path = TARGET, digests: Path = DIGESTS) -> bool:
    """Fill ``target``; ``False`` if everything was already in place.

    Raises:
        VendoredFileMissingError: a file is not in ``modules``.
        VendoredFileChangedError: a file differs from the digest in ``digests``.
    """
    stamp = target / STAMP
    wanted = hashlib.sha256(digests.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted and not list(_absent(target)):
        return False
    recorded = _recorded(digests)
    for piece in PIECES:
        for file, name in piece.files(modules):
            content = _checked(file, modules, recorded)
            _write(target / name, piece.change(content))
    for style, name in TINOS_STYLES.items():
        _write(target / "fonts" / f"Tinos-{name}.ttf", _merged_tinos(target / "fonts", style))
    _write(stamp, wanted.encode())
    return True


def renew(modules: Path = MODULES, digests: Path = DIGESTS) -> None:
    """Record the digests of what npm brought; the difference is then for a person to read."""
    lines = [
        f"{hashlib.sha256(_read(file)).hexdigest()}  {file.relative_to(modules).as_posix()}\n"
        for piece in PIECES
        for file, _ in piece.files(modules)
    ]
    digests.write_text("".join(lines), encoding="ascii")


def _absent(target: Path) -> Iterator[str]:
    names = [piece.target for piece in PIECES]
    names += [f"fonts/Tinos-{style}.ttf" for style in TINOS_STYLES.values()]
    return (name for name in names if not (target / name).exists())


def _recorded(digests: Path) -> dict[str, str]:
    lines = digests.read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise VendoredFileMissingError(file=file.as_posix()) from None


def _checked(file: Path, modules: Path, recorded: dict[str, str]) -> bytes:
    content = _read(file)
    name = file.relative_to(modules).as_posix()
    found = hashlib.sha256(content).hexdigest()
    if recorded.get(name) != found:
        raise VendoredFileChangedError(file=name, expected=recorded.get(name), found=found)
    return content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as out:
        out.write(content)
    Path(out.name).chmod(0o644)
    shutil.move(out.name, path)  # another process never sees half a file


def _merged_tinos(fonts: Path, style: str) -> bytes:
    """One TrueType font out of the subsets: npm carries only these, and printing needs all."""
    from fontTools.merge import Merger
    from fontTools.ttLib import TTFont

    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for subset in SUBSETS:
            part = Path(folder) / f"{subset}.ttf"
            font = TTFont(fonts / f"tinos-{subset}-{style}.woff2", recalcTimestamp=False)
            font.flavor = None
            font.save(part)
            parts.append(str(part))
        whole = Merger().merge(parts)
        # The same bytes on every machine: printed forms embed it, and packages hold those.
        whole.recalcTimestamp = False
        whole["head"].created = whole["head"].modified = font["head"].modified
        whole.save(Path(folder) / "whole.ttf")
        return (Path(folder) / "whole.ttf").read_bytes()


def main() -> int:
    """The command line: 0 done, 1 with the reason on stderr."""
    parser = argparse.ArgumentParser(description="Fill archive_service/static/vendor from npm.")
    parser.add_argument("--renew", action="store_true", help="record the digests found now")
    if parser.parse_args().renew:
        renew()
    try:
        vendor()
    except (VendoredFileMissingError, VendoredFileChangedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
