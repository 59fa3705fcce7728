"""What stands in a package in the place of a document that lies in another one."""

from archive_service.packaging.model import PackageLink


def read_link(path: str, data: bytes) -> PackageLink:
    """What a ``.fetch.txt`` says; that of a SIP names the document alone."""
    name = path.rpartition("/")[2].removesuffix(".fetch.txt")
    parts = data.decode("utf-8", "replace").split()
    if len(parts) < 4:
        return PackageLink(name, "", 0, "", " ".join(parts))
    size = int(parts[1]) if parts[1].isdigit() else 0
    return PackageLink(name, parts[0], size, parts[2], " ".join(parts[3:]))
