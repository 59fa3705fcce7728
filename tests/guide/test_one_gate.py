"""Stored bytes leave through one gate: nothing else in the product removes or replaces them."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.guide.removing import REMOVES, STORE, WRITES, ways_out
from tests.guide.sources import PACKAGES, ROOT, assert_none, nodes, place, python_files, tree

ERASERS = "archive_service/storage/erase/"
_WORKFLOW, _STORAGE = "archive_service/workflow/", "archive_service/storage/"

# Who may, and why; a folder ends with a slash. A file that is named here and does nothing of the
# kind any more fails, too.
MAY: dict[str, dict[str, tuple[str, ...]]] = {
    REMOVES: {
        "the gate's hands": (f"{ERASERS}filesystem.py", f"{ERASERS}loose_file.py"),
        "staging, uploads and half-written files are nobody's record yet": (
            "archive_service/storage/staging.py",
            "archive_service/storage/uploads.py",
            "archive_service/storage/filesystem.py",
            "archive_service/storage/transfer_inbox.py",
        ),
        "its own half-made file gets its name when it is whole": (
            "archive_service/formats/pdf/pdfa.py", "archive_service/forms/typst_form.py",
            "archive_service/packaging/export.py", "archive_service/packaging/reading_order/pdf.py",
            "archive_service/recovery/backup/run.py", "archive_service/recovery/backup/keys.py",
            "archive_service/signing/trust/demo_authority.py",
            "archive_service/signing/pdf/sign.py",
            "archive_service/static/vendor.py",
            "archive_service/storage/durable.py",
            "archive_service/recovery/restore/acts.py",
            "archive_service/recovery/export/holding_list.py",
        ),
        "a package that may not go any more leaves the folder that is handed over": (
            "retention/transfer/packages/folder.py", "archive_service/recovery/export/holdings.py",
            "archive_service/recovery/export/custody_proof.py", "retention/transfer/disks/disk.py",
            "retention/transfer/disks/media.py",
        ),
        "the sign of who writes a folder goes with him": (
            "retention/transfer/disks/writing_sign.py",
        ),
        "a passphrase that was typed goes with the process that asked for it": (
            "archive_service/first_run/commands/asking.py",
        ),
        "the session of who logs out at the shell goes with them": (
            "archive_service/accounts/entering/at_shell.py",
        ),
        "one name for a key that two may make at once": (
            "archive_service/accounts/second_factor.py", "archive_service/web/csrf.py",
        ),
        "folders that are handed in: what was taken is moved aside": (
            "digitize/batches/intake/folder_watch.py", "ingest/submissions/drop_folder/watch.py",
        ),
        "a pack is verified elsewhere, by openssl": (
            "archive_service/recovery/export/court/stamps.py",
        ),
        "chrony is asked about the clock": ("archive_service/storage/machine_clock.py",),
        "another program reads a file of the work folder": (
            "archive_service/formats/child.py", "archive_service/formats/identify.py",
            "archive_service/formats/sandbox/confinement.py",
            "archive_service/formats/sandbox/program.py",
        ),
        "what a parser made on the way, in its own folder": (
            "archive_service/formats/child.py", "archive_service/formats/child_loop.py",
            "archive_service/formats/output.py",
        ),
        "an index filled beside another goes with what it was filled for": (
            "search/fts5/file.py",
        ),
        "a database that cannot be read is put aside": ("archive_service/db/migrate.py",),
        "benches work on homes of their own": ("archive_service/bench/",),
        "the demo makes its own home anew, which bears its mark": ("archive_service/demo/home.py",),
    },
    STORE: {
        "the gate's hands": (f"{ERASERS}s3.py", f"{ERASERS}bench_bucket.py"),
        "staging is nobody's record yet": ("archive_service/storage/s3/staging.py",),
        "the root inventory goes on to its next version": ("archive_service/storage/publish.py",),
        "damaged bytes are replaced by those that have the digest": (
            "archive_service/storage/fixity/repair.py",
            "archive_service/storage/copies/catch_up.py",
        ),
        "the setting of that name is read": ("archive_service/keeping/fixity/calendar.py",),
        "a chapter of the demo damages a byte and has it healed": (
            "archive_service/demo/keeping_on.py", "archive_service/demo/story.py",
        ),
    },
    WRITES: {
        "the gate's hands": (f"{ERASERS}loose_file.py",),
        "a store's own files, staging and uploads": (
            "archive_service/storage/content.py",
            "archive_service/storage/durable.py",
            "archive_service/storage/filesystem.py",
            "archive_service/storage/s3/staging.py",
            "archive_service/storage/staging.py",
            "archive_service/storage/uploads.py",
            "archive_service/storage/transfer_inbox.py",
        ),
        "where a person says: a command's --to": (
            "archive_service/catalogue/use_requests/commands.py",
            "archive_service/notices/fault_reports/commands.py",
            "archive_service/reports/commands.py", "archive_service/cli/passwords.py",
            "archive_service/signing/copies/commands.py",
            "archive_service/signing/desk/commands.py",
            "archive_service/signing/keys/commands.py",
            "digitize/batches/intake/commands/intake.py",
            "digitize/paper/commands.py", "digitize/stations/commands.py",
            "ingest/deliveries/commands.py", "ingest/handover/commands.py",
            "retention/disposition/papers/commands.py", "retention/schedules/commands.py",
            "retention/transfer/papers/commands.py", "retention/transfer/partners/commands.py",
        ),
        "benches and the demo make what they hand in": (
            "archive_service/bench/", "archive_service/demo/",
        ),
        "a paper, a table or a picture in a file of its own": (
            "archive_service/recovery/restore/minutes.py",
            "archive_service/forms/docx.py", "archive_service/recovery/export/holding_list.py",
            "archive_service/forms/tables.py",
            "archive_service/forms/typst_form.py", "archive_service/static/vendor.py",
            "ingest/calling_in/acts.py", "retention/disposition/papers/reading.py",
            "archive_service/recovery/export/case_file.py",
            "archive_service/recovery/export/custody_proof.py",
            "archive_service/keeping/fixity/reports.py", "ingest/channels/spreadsheet_template.py",
        ),
        "a pack for a court, in a folder that a person names; its verifier's work folder": (
            "archive_service/recovery/export/court/",
        ),
        "a ZIP goes out as it is read, and lies nowhere here": (
            "retention/transfer/packages/download.py",
        ),
        "a file of the work folder, before it is received": (
            "ingest/submissions/api/bodies.py", "archive_service/formats/identify.py",
            "archive_service/formats/output.py", "archive_service/formats/pdf/opening.py",
            "archive_service/formats/convert/text.py", "archive_service/packaging/export.py",
            "archive_service/notices/fault_reports/acts.py",
            "archive_service/packaging/joined_pdf.py",
            "archive_service/signing/pdf/plain_pyhanko.py",
            "archive_service/signing/pdf/left_field.py", "archive_service/signing/pdf/opened.py",
            "archive_service/signing/pdf/outgoing.py", "archive_service/signing/pdf/sign.py",
            "digitize/batches/intake/folder_watch.py", "ingest/submissions/drop_folder/watch.py",
            "archive_service/keeping/formats/watch.py", "ingest/edxml/packets.py",
            "archive_service/signing/desk/acts.py", "archive_service/signing/desk/trial.py",
            "retention/transfer/papers/minutes.py",
            "retention/transfer/receiving/packages.py", "retention/transfer/disks/decryption.py",
            "digitize/batches/sources/pdf_pages.py", "digitize/documents/pdfa.py",
            "digitize/documents/text_file.py",
            "digitize/twins/ocrmypdf_plugin.py",
            "digitize/twins/text.py", "ingest/channels/bulk.py", "ingest/channels/eark/package.py",
            "ingest/channels/edxml/parcel.py", "ingest/channels/edxml/history.py",
            "ingest/channels/edxml/read.py", "ingest/channels/edxml/row_packets.py",
            "ingest/edxml/enclosed_signatures.py",
            "ingest/channels/spreadsheet.py",
            "archive_service/formats/workbook.py",
            "archive_service/formats/words/letters.py",
            "archive_service/formats/enclosed.py", "archive_service/formats/secrecy.py",
            "archive_service/signing/inspect.py", "digitize/page_one/enclosed_pages.py",
            "ingest/deliveries/settle.py",
        ),
        "what is handed over, in its folder and on a disk": (
            "retention/transfer/disks/disk.py",
        ),
        "an index that is damaged is emptied and made anew": ("search/fts5/file.py",),
        "secrets and keys of the service, made once": (
            "archive_service/accounts/second_factor.py",
            "archive_service/signing/trust/demo_authority.py",
            "archive_service/signing/key_stores/pin.py",
            "archive_service/web/csrf.py",
        ),
        "locks and marks of the service itself": (
            "archive_service/db/package_writers.py", "archive_service/db/process_locks.py",
            "archive_service/main.py", "retention/transfer/disks/writing_sign.py",
        ),
        "backups and what a restore lays into a new home": (
            "archive_service/recovery/backup/run.py", "archive_service/recovery/backup/files.py",
            "archive_service/recovery/backup/keys.py",
            "archive_service/recovery/backup/beside_rows.py",
        ),
    },
}  # fmt: skip


@cache
def _ways_out(file: Path) -> tuple[tuple[ast.AST, str, str], ...]:
    return tuple(ways_out(nodes(file)))


def _may(kind: str, name: str) -> bool:
    named = [file for files in MAY[kind].values() for file in files]
    return name in named or any(one.endswith("/") and name.startswith(one) for one in named)


@pytest.mark.parametrize("kind", sorted(MAY))
def test_only_who_is_named_here_with_a_reason_removes_replaces_or_writes_files(kind: str) -> None:
    found, does = [], set()
    for file in python_files(*PACKAGES):
        name = str(file.relative_to(ROOT))
        hits = [(node, way) for node, one, way in _ways_out(file) if one == kind]
        does |= {name} if hits else set()
        if not _may(kind, name):
            found += [f"{place(file, node)} {kind} {way}" for node, way in hits]
    for one in (one for files in MAY[kind].values() for one in files):
        if not any(name.startswith(one) for name in does):
            found.append(f"{one} is named for {kind} and does no such thing")
    assert_none(found)


EVIL = (
    "import os\nos.remove(path)",
    "from os import remove as away\naway(path)",
    "import os as system\nsystem.remove(path)",
    "import os\nsystem = os\nsystem.unlink(path)",
    "import posix\nposix.remove(path)",
    "from os import *\nremove(path)",
    "import os\ngetattr(os, 're' + 'move')(path)",
    "getattr(path, 'unlink')()",
    "from operator import methodcaller\nmethodcaller('unlink')(path)",
    "from importlib import import_module\nimport_module('shutil').rmtree(path)",
    "gone = path.unlink\ngone()",
    "from pathlib import Path\nPath.unlink(path)",
    "path.write_bytes(b'')",
    "path.write_text('')",
    "import os\nos.truncate(path, 0)",
    "import os\nos.open(path, os.O_WRONLY | os.O_TRUNC)",
    "open(path, 'wb').close()",
    "open(path, mode='w').close()",
    "open(path, mode).close()",
    "path.open('wb').close()",
    "path.open(mode='r+b').truncate()",
    "import shutil\nshutil.move(path, other)",
    "from shutil import rmtree as tidy\ntidy(path)",
    "import shutil\nshutil.copyfile('/dev/null', path)",
    "import os\nos.replace(other, path)",
    "import os\nos.rename(path, other)",
    "path.rename(other)",
    "other.replace(path)",
    "import subprocess\nsubprocess.run(['rm', '-rf', path])",
    "from subprocess import run\nrun(['rm', '-rf', path])",
    "import os\nos.system('rm -rf ' + path)",
    "import os\nos.execvp('rm', ['rm', path])",
    "bucket.client().call('DELETE', bucket.name, key)",
    "bucket.client().call(method='DELETE', bucket=bucket.name)",
    "client.remove_object(bucket, key)",
    "store.heal(key, source, size=1, sha256=digest)",
    "store.replace(key, source, size=0, sha256=digest)",
)
HARMLESS = (
    "text.replace('a', 'b')",
    "now.replace(microsecond=0)",
    "from dataclasses import replace\nreplace(row, reason='')",
    "import dataclasses\ndataclasses.replace(row)",
    "path.open('rb').read()",
    "open(path, encoding='utf-8').read()",
    "staging.open(digest)",
    "import os\nos.stat(path)",
    "api.route(methods=['GET'])",
    "stale = []\nstale.remove(one)",
)


@pytest.mark.parametrize("source", EVIL)
def test_each_way_to_make_a_file_go_is_seen(source: str) -> None:
    assert list(ways_out(tuple(ast.walk(ast.parse(source)))))


@pytest.mark.parametrize("source", HARMLESS)
def test_what_makes_no_file_go_is_not_taken_for_it(source: str) -> None:
    assert not list(ways_out(tuple(ast.walk(ast.parse(source)))))


def _names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def test_the_port_of_the_stores_has_no_delete() -> None:
    port = ROOT / "archive_service" / "storage" / "port.py"
    if not port.exists():
        return
    words = {"delete", "remove", "erase", "unlink", "discard"}
    methods = [node.name for node in ast.walk(tree(port)) if isinstance(node, ast.FunctionDef)]
    assert_none(name for name in methods if words & set(name.split("_")))


# Who may reach for what removes: the gate erases, bootstrap alone hands its hands out.
REACHES = {
    "open_erasers": ("archive_service/bootstrap.py",),
    "open_gate": (
        "archive_service/bootstrap.py",
        "archive_service/services.py",
        "retention/destruction/acts.py",
    ),
    "erase": (ERASERS,),
    "erase_file": (ERASERS, "archive_service/storage/destroy/gate.py"),
    "erase_all": (ERASERS, "archive_service/storage/destroy/gate.py"),
    "removing_since": (
        "archive_service/domain/case_files/case_file.py",
        "archive_service/storage/destroy/gate.py",
        "retention/destruction/tombstones.py",  # as the tombstone tells it
    ),
}


def _sets(node: ast.AST) -> set[str]:
    """What the node calls, imports or assigns to; reading a column is no reach."""
    if isinstance(node, ast.Call):
        called = node.func
        return {called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {target.attr for target in targets if isinstance(target, ast.Attribute)}
    return _names(node) if isinstance(node, ast.ImportFrom) else set()


def test_nobody_but_the_gate_reaches_an_eraser() -> None:
    found = []
    for file in python_files(*PACKAGES):
        name = str(file.relative_to(ROOT))
        for node in nodes(file):
            hits = _sets(node) & REACHES.keys()
            found += [
                f"{place(file, node)} {hit}" for hit in hits if not name.startswith(REACHES[hit])
            ]
    assert_none(found)


def test_each_eraser_is_reached_by_the_gate() -> None:
    gate = tree(ROOT / "archive_service" / "storage" / "destroy" / "gate.py")
    called = {name for node in ast.walk(gate) for name in _sets(node)}
    assert {"erase_all", "iter_left", "require_free", "require_due", "write_acts"} <= called
