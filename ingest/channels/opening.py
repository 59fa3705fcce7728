"""Which way in a path is: a folder, a ZIP, or a spreadsheet alone."""

from pathlib import Path

from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from ingest.channels.folder import open_file, open_folder
from ingest.channels.parcel import NothingSentError, Parcel, ParcelNotFoundError
from ingest.channels.zip_file import open_zip


class ParcelUnknownError(InputError):
    """The file is none of the forms in which case files are submitted."""


def open_parcel(path: Path, limits: LimitSettings) -> Parcel:
    """The parcel at ``path``; close it after use.

    Raises:
        InputError: nothing is there, it is of no known form, or a limit is broken.
    """
    if path.is_dir():
        parcel = open_folder(path, limits)
    elif not path.is_file():
        raise ParcelNotFoundError(path=path.name)
    elif path.suffix.lower() == ".zip":
        parcel = open_zip(path, limits)
    elif path.suffix.lower() == ".xlsx":
        parcel = open_file(path, limits)
    else:
        raise ParcelUnknownError(path=path.name)
    if not parcel.entries:
        with parcel:
            raise NothingSentError(source=parcel.source)
    return parcel
