"""Finds the files a package names: links are written in many ways."""

import posixpath
from collections.abc import Callable, Collection
from urllib.parse import unquote, unquote_plus

from lxml import etree

from archive_service.packaging.markup import parse_xml


class PackageFileMissingError(LookupError):
    """The package names a file it does not hold."""


class PackageXmlError(ValueError):
    """A metadata file of the package is not XML that can be read."""


class Entries:
    """The files of one package by path, and how to read one of them whole."""

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes]) -> None:
        self._paths = frozenset(paths)
        self.read = read

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def find(self, href: str, *, base: str) -> str:
        """The entry that ``href`` means from the folder ``base`` (``""``, or with a final slash).

        Tried as it stands, percent-decoded, and form-decoded as commons-ip writes it.

        Raises:
            PackageFileMissingError: no entry fits, or the link leads out of the package.
        """
        for decode in (str, unquote, unquote_plus):
            path = posixpath.normpath(base + decode(href).removeprefix("file:"))
            if path in self._paths:
                return path
        raise PackageFileMissingError(base + href)

    def xml(self, path: str) -> etree._Element:
        """The root element of a metadata file.

        Raises:
            PackageFileMissingError: no such entry.
            PackageXmlError: not well-formed.
        """
        if path not in self._paths:
            raise PackageFileMissingError(path)
        try:
            return parse_xml(self.read(path))
        except etree.XMLSyntaxError as error:
            raise PackageXmlError(path) from error
