"""A ready archive: set up once a session and copied for each test; its people and case files."""

import atexit
import datetime as dt
import functools
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import acting_as, add_account, get_account
from archive_service.bootstrap import open_services
from archive_service.catalogue.agencies.acts import enlist_agency, get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.home import mark_home
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.services import Services
from archive_service.settings import DEMO_MARK, Settings, load_settings
from archive_service.setup import acts as setup_acts
from archive_service.storage.filesystem import FilesystemStore
from search.index_watch import adopt_index
from tests.worlds.digitize.read_once import KeptReadings
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.page_images import INK, PAPER, font
from tests.worlds.servers.backends import (
    COPIES,
    Backends,
    clone_database,
    clone_index,
    copy_keys,
    drop_database,
    of_this_run,
    read_settings,
    write_settings,
)

__all__ = ["COPIES", "Backends"]

OPERATOR = Actor("os:test", Role.OPERATOR, os_user="test")
OTHER_AGENCY = "H40.20"
PASSWORD = "mot-hai-ba-bon"
# Name → role; those of an agency belong to the sample's, the stranger to the other one.
PEOPLE = {
    "bach": Role.OFFICER,
    "lan": Role.ARCHIVIST,
    "mai": Role.ARCHIVIST,
    "hung": Role.HEAD,
    "binh": Role.READER,
    "stranger": Role.OFFICER,
}
PDF_NAME = "01 Tờ trình.pdf"
PAPER_FOLDER = "02 Biên bản bàn giao"
PAGE_LINES = ("BIÊN BẢN BÀN GIAO", "Trạm bơm Khe Lạnh, xã Sơn Lam")
HISTORICAL_CODE = "H40.98"
UNSIGNED = "kiểm thử, văn bản không được ký"  # a reason: most tests sign no papers
_KEPT = ("copies", "reserve")  # settings that name copies
_SETTINGS: dict[str, dict[str, Any]] = {
    "archive": {"code": "H40.99", "name": "Lưu trữ tỉnh Sơn Lam", "place": "Sơn Lam"},
    "jobs": {"retry_base_s": 0.05},
    "digitize": {"processes": 1},
    "timestamp": {"url": "demo:"},
    "destruction": {"unsigned": UNSIGNED},
}
_HISTORICAL = {
    "code": HISTORICAL_CODE,
    "name": "Lưu trữ lịch sử tỉnh Sơn Lam",
    "place": "Sơn Lam",
    "role": "historical",
}


@functools.cache
def _first_home(backends: Backends, *, historical: bool = False) -> Path:
    """Set up once for each mix of servers, with its rows where all its copies' rows will be.

    What it holds in its copies lies in files, whatever the copies of later homes are. A
    historical archive has keys of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="ready-archive-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = folder / "home"
    home.mkdir()
    own = _SETTINGS | ({"archive": _HISTORICAL} if historical else {})
    mark_home(home)
    write_settings(home, own | Backends(postgresql=backends.postgresql).new_places())
    with open_home(home) as services:
        setup_acts.init_archive(services, actor=OPERATOR)
        agency, _ = enlist_agency(
            services, SAMPLE_AGENCY.new_code, SAMPLE_AGENCY.name, actor=OPERATOR
        )
        other, _ = enlist_agency(
            services, OTHER_AGENCY, "Sở Nông nghiệp tỉnh Sơn Lam", actor=OPERATOR
        )
        with services.unit_of_work() as uow:
            for name, role in PEOPLE.items():
                of_agency = role is Role.OFFICER
                where = other.id if name == "stranger" else agency.id
                add_account(
                    name,
                    role=role,
                    actor=OPERATOR,
                    uow=uow,
                    agency_id=where if of_agency else None,
                    password=PASSWORD if name == "bach" else None,
                )
            before = clock.now() - dt.timedelta(days=2)  # nobody is as new as today
            uow.session.execute(update(Account).values(created_at=before))
            uow.commit()
    return home


def new_home(target: Path, backends: Backends | None = None, *, historical: bool = False) -> Path:
    """A home of its own at ``target``: two copies, two agencies, ``PEOPLE``, nothing held.

    Args:
        target: not there yet.
        backends: on which servers; the database is cloned, so it costs a tenth of a second.
        historical: of a historical archive, with other keys than those of all current ones.
    """
    chosen = backends or of_this_run()
    first = _first_home(Backends(postgresql=chosen.postgresql), historical=historical)
    if chosen == Backends(postgresql=chosen.postgresql):
        return copy_home(first, target)
    home = copy_home(first, target)
    places = replace(chosen, postgresql=None).new_places()
    return _moved(home, read_settings(home) | places)


def of_earlier_release(home: Path) -> Path:
    """The home as a release left it that gave every archive the demo's authority and keys."""
    (home / DEMO_MARK).unlink()
    settings = read_settings(home)
    del settings["timestamp"]
    write_settings(home, settings)
    return home


def copy_home(source: Path, target: Path) -> Path:
    """The same archive once more, on places of its own; nobody may be at work in ``source``."""
    shutil.copytree(source, target)
    settings = read_settings(target)
    clone_database(target, settings)
    urls = [url for kind in _KEPT for url in settings["storage"].get(kind, [])]
    if all(url.startswith("file:") for url in urls) and "search" not in settings:
        return target
    return _moved(target, settings | _beside(settings))


def remove_home(home: Path) -> None:
    """The home and its database; for tests that make hundreds. Buckets stay."""
    drop_database(home)
    shutil.rmtree(home)


def _beside(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same servers, new buckets and a new index."""
    kept = {
        kind: [
            url if url.startswith("file:") else _renamed(url) for url in settings["storage"][kind]
        ]
        for kind in _KEPT
        if kind in settings["storage"]
    }
    search = settings.get("search", {}).get("url", "")
    places: dict[str, dict[str, Any]] = {"storage": {**settings["storage"], **kept}}
    if search.startswith("elasticsearch:"):
        places["search"] = {**settings["search"], "url": _renamed(search)}
    return places


def _renamed(url: str) -> str:
    """The same server, another bucket or prefix."""
    return urlsplit(url)._replace(path=f"/test-{uuid4().hex[:16]}").geturl()


def _moved(home: Path, settings: Mapping[str, Mapping[str, Any]]) -> Path:
    """Let the home rest on the places of ``settings``, and hold there what it holds now."""
    with open_home(home) as before:
        write_settings(home, settings)
        with open_home(home) as after:
            held = (*before.copies, *before.reserves), (*after.copies, *after.reserves)
            for old, new in zip(*held, strict=True):
                if not isinstance(new, FilesystemStore):
                    copy_keys(old, new)
            if before.settings.search.url.startswith("elasticsearch:"):
                clone_index(before.settings.search.url, after.settings.search.url)
            adopt_index(after)
    return home


def settings_of(home: Path) -> Settings:
    """The settings as the home's own file gives them."""
    return load_settings(home, home / "archive.toml")


@contextmanager
def open_home(home: Path) -> Iterator[Services]:
    """The services of a home, closed afterwards; a page that was read before is not read again."""
    opened = open_services(settings_of(home))
    with closing(replace(opened, makers=KeptReadings())) as services:
        yield services


@contextmanager
def open_without_model(home: Path) -> Iterator[Services]:
    """As ``open_home`` where no model of the language is installed: the door reads no pictures."""
    settings = settings_of(home)
    none = settings.home / "no-model"
    none.mkdir()
    digitize = settings.digitize.model_copy(update={"model_dir": str(none)})
    with closing(open_services(settings.model_copy(update={"digitize": digitize}))) as services:
        yield services


def person(services: Services, name: str) -> Actor:
    """One of ``PEOPLE``."""
    with services.read_only() as session:
        return acting_as(
            session, name, os_user="", idle_days=services.settings.web.idle_account_days
        )


def actor_of(services: Services, name: str) -> Actor:
    """Any account, also one that may not sign in."""
    with services.read_only() as session:
        return get_account(session, name).as_actor()


def head_of_agency(services: Services) -> Actor:
    """The head of the sample's agency, ``giamdoc``: an account from the first call on."""
    name = "giamdoc"
    with services.unit_of_work() as uow:
        if uow.session.scalar(select(Account.id).where(Account.name == name)) is None:
            add_account(
                name,
                role=Role.AGENCY_HEAD,
                actor=OPERATOR,
                uow=uow,
                agency_id=get_agency(uow.session, SAMPLE_AGENCY.new_code).id,
                password=PASSWORD,
            )
            uow.commit()
    return person(services, name)


def mixed_case(folder: Path, *, code: str = "H40.18.2025.09.QLCT") -> Path:
    """A good case file of one PDF and one sheet of paper, small enough to be read at once.

    The sheet tells its code beside its picture: no two case files bring the same bytes.
    """
    (folder / PAPER_FOLDER).mkdir(parents=True)
    write_pdf(folder / PDF_NAME, words=code)
    image = Image.new("RGB", (900, 260), PAPER)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(PAGE_LINES):
        draw.text((60, 50 + number * 80), line, font=font(), fill=INK)
    image.save(folder / PAPER_FOLDER / "001.jpg", dpi=(200, 200), quality=85, comment=code.encode())
    documents = [document_row(PDF_NAME, code), document_row(PAPER_FOLDER, code)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], documents)
    return folder


def small_pdf_case(folder: Path, *, code: str = "H40.18.2025.08.QLCT") -> Path:
    """A good case file of one blank PDF: the quickest there is."""
    write_pdf(folder / PDF_NAME, words=code)
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], [document_row(PDF_NAME, code)])
    return folder


@contextmanager
def on_another_disk(home: Path) -> Iterator[Path]:
    """A folder that does not lie on the disk of this home."""
    others = (one for one in map(Path, ("/var/tmp", "/dev/shm")) if one.is_dir())
    place = next((one for one in others if one.stat().st_dev != home.stat().st_dev), None)
    if place is None:
        pytest.skip("all folders lie on one disk")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)
