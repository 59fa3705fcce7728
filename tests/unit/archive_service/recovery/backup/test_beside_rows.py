"""What goes with the rows of a backup, laid into a home again."""

import io
import tarfile
from pathlib import Path

from archive_service.recovery.backup.beside_rows import OWN, lay_own_files


def packed(*names: str, link: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mode = 4, 0o777
            archive.addfile(info, io.BytesIO(b"ours"))
        info = tarfile.TarInfo(link)
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    return held.getvalue()


def test_own_files_come_and_nothing_leaves_their_folders(tmp_path: Path) -> None:
    home = tmp_path / "around" / "home"
    home.mkdir(parents=True)
    outside = ("trust/../../out", f"{tmp_path}/trust/out", "../out", "trust/../archive.toml")
    own = packed("trust/a.crt", "rule_sets/deep/b.toml", *outside, link="trust/link.crt")
    lay_own_files({OWN: own}, home)
    found = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if not path.is_dir()}
    inside = Path("around/home")
    assert found == {inside / "trust/a.crt", inside / "rule_sets/deep/b.toml"}
    assert {(tmp_path / path).read_bytes() for path in found} == {b"ours"}
    assert {(tmp_path / path).stat().st_mode & 0o133 for path in found} == {0}
