"""Whatever bytes a sender lays before the readers of packages, packets and lists: an answer.

A refusal is one that people are told; nothing else flies. `pytest --hypothesis-seed=N` with
`HYPOTHESIS_EXAMPLES=N` runs as many of each as one wants.
"""

import io
import os
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_service.errors import ArchiveError
from archive_service.formats.workbook import read_workbook_here
from archive_service.settings import LimitSettings, load_settings
from ingest.channels.eark.custody import custody_of
from ingest.channels.eark.rows import case_file_row
from ingest.channels.eark.xml import read_package_here
from ingest.channels.edxml.handling import handling_of
from ingest.channels.edxml.packet import told_by
from ingest.channels.edxml.read import read_packet
from tests.worlds.damage.mutants import Change, changes, mutant, parts_of, repacked
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.ingest.sent_packages import sip

many = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@cache
def limits() -> LimitSettings:
    return load_settings(Path(tempfile.gettempdir())).limits


@cache
def workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "Hồ sơ.xlsx")
        write_sheet(file, [case_row()], [document_row("01.pdf")])
        return file.read_bytes()


@cache
def package() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return sip(Path(folder))


@cache
def packet() -> bytes:
    return PacketOf(attachments=[Enclosed("15-CV-SNV.pdf", b"%PDF-1.7\n" * 9)]).xml()


def read_list(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "ds.xlsx")
        file.write_bytes(data)
        try:
            read_workbook_here(file, file.name)
        except ArchiveError:
            return


@many
@given(changes())
def test_a_list_is_read_or_refused(wanted: list[Change]) -> None:
    read_list(mutant(workbook(), wanted))


@many
@given(st.data(), changes())
def test_a_list_with_a_part_of_anything_is_read_or_refused(
    data: st.DataObject, wanted: list[Change]
) -> None:
    parts = parts_of(workbook())
    name = data.draw(st.sampled_from(sorted(parts)))
    read_list(repacked(parts | {name: mutant(parts[name], wanted)}))


@many
@given(changes())
def test_a_packet_is_read_or_refused(wanted: list[Change]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read_packet(io.BytesIO(mutant(packet(), wanted)), Path(folder), limits())
            told = told_by(found)
        except ArchiveError:
            return
        handling_of(found, told)


@many
@given(st.data(), changes())
def test_a_package_is_read_or_refused(data: st.DataObject, wanted: list[Change]) -> None:
    files = package()
    told = {name: file for name, file in files.items() if name.endswith((".xml", ".json"))}
    name = data.draw(st.sampled_from(sorted(told)))
    kept = told | {name: mutant(told[name], wanted)}
    with tempfile.TemporaryDirectory() as folder:
        try:
            read = read_package_here(Path(folder), kept, tuple(files))
        except ArchiveError:
            return
    custody_of(read)
    case_file_row(read)
