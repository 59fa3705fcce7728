"""A manifest as it is read from a medium: once, and again as long as it is the same."""

from pathlib import Path
from uuid import UUID

import pytest

from retention.transfer.messages.tables import MANIFEST_FORM, PackageLine, TransferManifestError
from retention.transfer.packages.manifest_reader import open_manifest, read_manifest

TRANSFER = UUID("00000000-0000-4000-8000-000000000008")


def line(number: int, **other: str) -> str:
    told = {
        "ordinal": str(number),
        "code": f"H40.1.2019.{number:02}.BM",
        "title": f"Hồ sơ {number}",
        "kind": "sip",
        "file": f"packages/{number:02}.sip.zip",
        "sha256": f"{number:064}",
        "size": "10",
        "documents": "1",
        "version": "1",
        "medium": "1",
    } | other
    return "<m:package " + " ".join(f'{name}="{value}"' for name, value in told.items()) + "/>"


def lay(folder: Path, *lines: str) -> Path:
    (folder / "manifest.xml").write_text(
        f'<m:transferManifest xmlns:m="{MANIFEST_FORM.namespace}" id="{TRANSFER}"'
        f' number="01/2026" edition="1" sequence="1" media="1"'
        f' listSha256="{0:064}" created="2026-01-02T03:04:05Z"><m:head>'
        '<m:giver archive="H40.1" archiveName="A" agency="H40.1" agencyName="B"/></m:head>'
        f"{''.join(lines)}</m:transferManifest>",
        encoding="utf-8",
    )
    return folder


def test_it_is_read_again_where_it_lies(tmp_path: Path) -> None:
    manifest = read_manifest(lay(tmp_path, line(1), line(2)))
    seen: list[PackageLine] = []
    MANIFEST_FORM.read(open_manifest(manifest), seen.append)
    assert [package_line.ordinal for package_line in seen] == [1, 2]
    assert (manifest.id, manifest.lines) == (TRANSFER, 2)
    with open_manifest(manifest) as document:
        assert document.read() == (tmp_path / "manifest.xml").read_bytes()


def test_what_became_another_meanwhile_is_not_taken_for_it(tmp_path: Path) -> None:
    manifest = read_manifest(lay(tmp_path, line(1), line(2)))
    lay(tmp_path, line(1), line(3))
    with pytest.raises(TransferManifestError, match=r"manifest\.xml"):
        MANIFEST_FORM.read(open_manifest(manifest), lambda _line: None)
    with open_manifest(manifest) as document, pytest.raises(TransferManifestError):
        document.read()
    (tmp_path / "manifest.xml").unlink()
    with pytest.raises(TransferManifestError):
        open_manifest(manifest)


@pytest.mark.parametrize(
    ("field", "value"),
    [("ordinal", "1"), ("code", "H40.1.2019.01.BM"), ("file", "packages/01.sip.zip")],
)
def test_a_name_of_two_packages_is_told_with_its_line(
    tmp_path: Path, field: str, value: str
) -> None:
    lay(tmp_path, line(1), line(2), line(3, **{field: value}), line(4))
    with pytest.raises(TransferManifestError) as refused:
        read_manifest(tmp_path)
    assert refused.value.facts == {"field": field, "line": 3}
