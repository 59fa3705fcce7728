"""Sealed disks and the keys that open them."""

from pathlib import Path

from tests.worlds.transfer.transfers import TwoArchives


def secret(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    return file


def age_pair(folder: Path) -> tuple[Path, Path]:
    """The same of age, as ``age-keygen`` writes them."""
    from pyrage.x25519 import Identity

    folder.mkdir(exist_ok=True)
    key = Identity.generate()
    public = secret(folder / "public.txt", f"{key.to_public()}\n")
    return public, secret(folder / "age.txt", f"# created: today\n{key}\n")


def nothing_is_left(two: TwoArchives) -> bool:
    work = two.receiver.work_folder
    return not (work.is_dir() and any(work.iterdir()))
