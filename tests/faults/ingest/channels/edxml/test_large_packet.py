"""An edXML packet of 500 MB: read, and handed in and checked, with flat memory."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from archive_service.bench.peaks import run_watched
from archive_service.domain.intake.submission import Submission, SubmissionState
from tests.worlds.archive import new_home, open_home
from tests.worlds.ingest.edxml import Enclosed, PacketOf, signed_by
from tests.worlds.simulated_signing import Hierarchy

_ATTACHMENT_BYTES = 380 << 20  # 507 MiB in base64
_MOST_KIB = 160 << 10
_READ = """
import resource, sys
from pathlib import Path
from archive_service.settings import load_settings
from archive_service.signing.trust.roots import Trust
from ingest.channels.edxml.parcel import open_packet
path, folder = Path(sys.argv[1]), Path(sys.argv[2])
opened = open_packet(path, path.name, load_settings(folder).limits, Trust.none(), folder=folder)
with opened.parcel:
    print(opened.parcel.entries[0].size_bytes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


_PIECE_BYTES = 3 << 20
_SUBMIT_MIB, _WORK_MIB, _CHILD_MIB = 180, 250, 220


def write_large(target: Path, small: bytes) -> Path:
    """The small packet with so many bytes in the place of its attachment's ``@@@@``."""
    head, tail = small.split(b"@@@@")
    piece = base64.encodebytes(os.urandom(_PIECE_BYTES))
    with target.open("wb") as out:
        out.write(head)
        for _ in range(_ATTACHMENT_BYTES // _PIECE_BYTES):
            out.write(piece)
        out.write(tail)
    return target


@pytest.mark.long
def test_a_packet_of_500_mb_is_never_in_memory(tmp_path: Path) -> None:
    small = PacketOf(attachments=[Enclosed("phim.mp4", encoded="@@@@")]).xml()
    packet = write_large(tmp_path / "lon.edxml", small)
    work = tmp_path / "work"
    work.mkdir()
    told = subprocess.run(
        [sys.executable, "-c", _READ, packet, work], capture_output=True, text=True, check=True
    )
    size, peak_kib = map(int, told.stdout.split())
    assert size == _ATTACHMENT_BYTES // _PIECE_BYTES * _PIECE_BYTES
    assert peak_kib < _MOST_KIB


@pytest.mark.long
def test_a_signed_packet_of_500_mb_is_handed_in_staged_and_checked_in_little_memory(
    tmp_path: Path,
) -> None:
    """Its signature is over the header alone, and it is meant for others: a rule returns it."""
    who = Hierarchy().person(key=rsa.generate_private_key(65537, 2048))
    told = PacketOf(receiver="G99.77", attachments=[Enclosed("phim.mp4", encoded="@@@@")])
    packet = write_large(tmp_path / "lon.edxml", signed_by(told, who, part=True))
    home = new_home(tmp_path / "home")
    archive = [sys.executable, "-m", "archive_service.main", "--home", str(home)]
    environment = dict(os.environ)
    sent, said = run_watched(
        [*archive, "submit", str(packet), "--wait", "--json"], environment=environment
    )
    assert sent.exit_code == 1, said  # it was checked, and errors were found
    worked, said = run_watched([*archive, "work", "--until-empty"], environment=environment)
    assert worked.exit_code == 0, said
    with open_home(home) as services, services.read_only() as session:
        row = session.scalars(select(Submission)).one()
        assert (row.state, row.decided_by) == (SubmissionState.RETURNED, "worker")
        codes = {finding.code for finding in row.findings}
        assert {"edxml-not-for-us", "edxml-signature-partial"} <= codes
        (film,) = [file for file in row.files if file.path.endswith("phim.mp4")]
        assert film.size_bytes == _ATTACHMENT_BYTES // _PIECE_BYTES * _PIECE_BYTES
        assert services.staging.has(film.sha256)
    assert sent.own_mib < _SUBMIT_MIB
    assert worked.own_mib < _WORK_MIB
    assert max(sent.child_mib, worked.child_mib) < _CHILD_MIB
