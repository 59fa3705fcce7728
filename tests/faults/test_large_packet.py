"""An edXML packet of 500 MB: received with flat memory."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.edxml import Enclosed, PacketOf

_ATTACHMENT_BYTES = 380 << 20  # 507 MiB in base64
_MOST_KIB = 160 << 10
_READ = """
import resource, sys
from pathlib import Path
from archive_service.settings import load_settings
from archive_service.signing.trust import Trust
from ingest.channels.edxml import open_packet
path, folder = Path(sys.argv[1]), Path(sys.argv[2])
opened = open_packet(path, path.name, load_settings(folder).limits, Trust.none(), folder=folder)
with opened.parcel:
    print(opened.parcel.entries[0].size_bytes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.long
def test_a_packet_of_500_mb_is_never_in_memory(tmp_path: Path) -> None:
    head, tail = PacketOf(attachments=[Enclosed("phim.mp4", encoded="@@@@")]).xml().split(b"@@@@")
    piece = os.urandom(3 << 20)
    packet = tmp_path / "lon.edxml"
    with packet.open("wb") as out:
        out.write(head)
        for _ in range(_ATTACHMENT_BYTES // len(piece)):
            out.write(base64.encodebytes(piece))
        out.write(tail)
    work = tmp_path / "work"
    work.mkdir()
    told = subprocess.run(
        [sys.executable, "-c", _READ, packet, work], capture_output=True, text=True, check=True
    )
    size, peak_kib = map(int, told.stdout.split())
    assert size == _ATTACHMENT_BYTES // len(piece) * len(piece)
    assert peak_kib < _MOST_KIB
