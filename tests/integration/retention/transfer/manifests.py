"""Manifests of transfers that say something else than the giver meant, signed by whom one likes."""

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from lxml import etree

from archive_service.signing.port import Signer
from archive_service.signing.xml.finder import DSIG
from archive_service.signing.xml.signing import sign_xml

Change = Callable[[etree._Element], None]


def signed_anew(folder: Path, signer: Signer, change: Change = lambda _root: None) -> None:
    """The manifest in ``folder`` after a change, with a signature of its own."""
    place = folder / "manifest.xml"
    root = etree.fromstring(place.read_bytes())
    for old in list(root.iter(f"{{{DSIG}}}Signature")):
        above = old.getparent()
        assert above is not None
        above.remove(old)
    change(root)
    (head,) = root.iterchildren("{*}head")
    place.write_bytes(sign_xml(root, head, signer).read())


def setting(**attributes: str) -> Change:
    """Attributes of the manifest itself."""
    return lambda root: _set(root, attributes)


def in_head(part: str, **attributes: str) -> Change:
    """Attributes of ``giver`` or ``receiver``."""

    def change(root: etree._Element) -> None:
        (found,) = root.iter(f"{{*}}{part}")
        _set(found, attributes)

    return change


def of_package(named: str, /, **attributes: str) -> Change:
    """Attributes of one package."""

    def change(root: etree._Element) -> None:
        (found,) = (element for element in root.iter("{*}package") if element.get("code") == named)
        _set(found, attributes)

    return change


def without(code: str) -> Change:
    """One package is named no more."""

    def change(root: etree._Element) -> None:
        (found,) = (element for element in root.iter("{*}package") if element.get("code") == code)
        root.remove(found)

    return change


def together(*changes: Change) -> Change:
    """One after another."""

    def change(root: etree._Element) -> None:
        for one in changes:
            one(root)

    return change


def package_of(folder: Path, code: str) -> Path:
    """Where the package of a case file lies."""
    root = etree.fromstring((folder / "manifest.xml").read_bytes())
    (found,) = (element for element in root.iter("{*}package") if element.get("code") == code)
    return folder / str(found.get("file"))


def packed_anew(place: Path, change: Callable[[str, bytes], Mapping[str, bytes]]) -> dict[str, str]:
    """The ZIP at ``place`` with other members; what the manifest has to say of it then."""
    with zipfile.ZipFile(place) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(place, "w") as new:
        for name, data in members.items():
            for changed, content in change(name, data).items():
                new.writestr(changed, content)
    data = place.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": str(len(data))}


def _set(element: etree._Element, attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        element.set(name, value)
