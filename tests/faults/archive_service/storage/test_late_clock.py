"""A machine whose clock is late cannot sign for a bucket; it must know that it is to blame."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.archive_service.workflow.machines import late_clock
from tests.services.servers import MinioServer

_ASK = """
import hashlib, io, sys
from archive_service.errors import BackendError
from archive_service.storage.s3.store import open_s3_store

def read():
    with store.open("a") as file:
        file.read()

def put():
    store.put("b", io.BytesIO(b"b"), size=1, sha256=hashlib.sha256(b"b").hexdigest())

store = open_s3_store(sys.argv[1])
for ask in (lambda: store.stat("a"), lambda: list(store.iter_keys()), read, put):
    try:
        ask()
        print("answered")
    except BackendError as trouble:
        print(trouble.of_machine, trouble.facts["reason"])
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="the late clock is compiled")
def test_what_a_late_clock_spoils_another_machine_may_do(
    minio: MinioServer, tmp_path: Path
) -> None:
    late = {"LD_PRELOAD": str(late_clock(tmp_path)), "CLOCK_LATE_S": str(2 * 86_400)}
    said = subprocess.run(
        [sys.executable, "-c", _ASK, minio.new_bucket_url()],
        env=os.environ | late,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines() == ["True RequestTimeTooSkewed"] * 4
