"""``archive setup``: asked in order, checked at once, written whole, safe to repeat."""

import os
import re
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.services.tsa import TimestampAuthority, run_tsa
from tests.worlds.archive import new_home, of_earlier_release
from tests.worlds.command import PROGRAM, Answer, Command

CODE = "000.00.30.H26"


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    """A home that is not there yet."""
    return Command(tmp_path / "home")


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimestampAuthority]:
    """A time-stamp service, whose authority issues keys and is the root of the state."""
    with run_tsa(tmp_path_factory.mktemp("authority") / "authority") as running:
        yield running


@pytest.fixture
def key(stamps: TimestampAuthority, tmp_path: Path) -> Path:
    """The archive's key as its issuer hands it over: with its passphrase beside it."""
    folder = tmp_path / "usb-key"
    folder.mkdir()
    subject = Subject("Lưu trữ tỉnh", "Lưu trữ tỉnh", SignerKind.AGENCY, CODE)
    DemoAuthority(stamps.folder).issue_key(subject, folder / "cap.p12")
    return folder / "cap.p12"


def typed(archive: Command, lines: list[str], *options: object) -> Answer:
    """Run with answers typed, in a session without a terminal of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ARCHIVE_")}
    done = subprocess.run(
        [str(PROGRAM), "--home", str(archive.home), "setup", *map(str, options)],
        check=False,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        env=environment,
        start_new_session=True,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def settings(archive: Command) -> dict[str, dict[str, object]]:
    return tomllib.loads((archive.home / "archive.toml").read_text(encoding="utf-8"))


def given(tmp_path: Path) -> list[object]:
    """What an archive cannot do without, as options."""
    return ["--yes", "--code", CODE, "--name", "Lưu trữ tỉnh", "--copy", tmp_path / "kho1"]


def test_it_asks_in_order_checks_at_once_and_repeats_what_stands_there(
    archive: Command, stamps: TimestampAuthority, key: Path, tmp_path: Path
) -> None:
    (tmp_path / "medium").mkdir()
    passphrase = key.with_suffix(".pass").read_text(encoding="utf-8").strip()
    key.with_suffix(".pass").unlink()
    (tmp_path / "a-file").touch()
    lines = [
        "H-26",  # no identifier: told, and asked again
        CODE, "Lưu trữ tỉnh", "UBND tỉnh", "Huế",
        str(tmp_path / "a-file" / "kho1"),  # below a file
        str(tmp_path / "kho1"), str(tmp_path / "o-khac" / "kho1"),  # another of one name
        str(tmp_path / "kho2"), "-",
        str(tmp_path / "kho1" / "sao-luu"),  # within a copy
        str(tmp_path / "medium"), "-",
        str(tmp_path / "none.p12"), str(key), passphrase,
        "http://127.0.0.1:9/", stamps.url,
        "none:", "quét ở cửa vào",
        str(key), str(stamps.folder / "root.crt"), "-", "-",
        "1", "https://luutru.example",
        "none:",
        "lan", "archivist:lan:Nguyễn Thị Lan", "-",
        "y",
    ]  # fmt: skip
    answer = typed(archive, lines)
    for refused in ("H-26", "a-file", "none.p12", "refused", "“lan”", "cap.p12", "“kho1”"):
        assert refused in answer.stderr, refused
    assert "cùng một ổ đĩa" in answer.stderr
    assert passphrase not in answer.stderr + answer.stdout
    found = settings(archive)
    assert found["archive"]["superior"] == "UBND tỉnh"
    assert found["storage"]["copies"] == [f"file:{tmp_path}/kho1", f"file:{tmp_path}/kho2"]
    assert found["backup"]["targets"] == [str(tmp_path / "medium")]
    assert found["signing"]["keys"] == ["pkcs12:keys/archive.p12"]
    assert found["timestamp"]["url"] == stamps.url
    assert found["web"] == {"proxies": 1, "secure_cookies": True}
    assert found["production"]["waived"] == {"malware": "quét ở cửa vào"}
    for name in ("archive.p12", "archive.pass"):
        assert (archive.home / "keys" / name).stat().st_mode & 0o777 == 0o600
    text = (archive.home / "archive.toml").read_text(encoding="utf-8")
    assert "# the archive's own identifier" in text
    asked = archive.run("status", "--production", "--json")
    lacking = [need["check"] for need in asked.document["needs"] if need["state"] == "lacking"]
    assert lacking == ["backup", "key", "trial-root"], "one medium, and two of a trial's"
    assert (answer.code, asked.code) == (1, 1)
    assert "còn thiếu" in answer.stdout

    again = typed(archive, ["", *[""] * 3, *[""] * 3, *[""] * 2, *[""] * 5, "", "", *[""] * 5, "y"])
    assert "Lưu trữ tỉnh" in again.stderr, "what stands there is offered"
    assert settings(archive) == found, again.stderr
    assert not (archive.home / "archive.toml.before").exists()


def test_every_answer_is_an_option_and_it_is_safe_to_repeat(
    archive: Command, stamps: TimestampAuthority, key: Path, tmp_path: Path
) -> None:
    options = [
        *given(tmp_path),
        "--copy", tmp_path / "kho2", "--place", "Huế",
        "--backup", tmp_path / "medium", "--backup", tmp_path / "medium2",
        "--superior", "UBND tỉnh", "--role", "historical", "--key", key,
        "--passphrase-file", key.with_suffix(".pass"), "--timestamp", stamps.url,
        "--malware", "none:", "--state-root", stamps.folder / "root.crt",
        "--root", next(stamps.folder.glob("*.crt")), "--proxies", 1,
        "--base-url", "https://luutru.example", "--sender", "luutru@example.vn",
        "--mail", "none:", "--person", "head:minh", "--person", "auditor:kiem:Lê Kiểm",
        "--waive", "malware=quét ở cửa vào", "--waive", "key=chờ cấp chứng thư",
        "--waive", "sandbox=máy chủ không có mạng", "--waive", "trial-root=chờ cấp chứng thư",
    ]  # fmt: skip
    passwords = tmp_path / "passwords"
    first = archive.run("setup", *options, "--passwords-to", passwords, "--json")
    assert first.code == 0, first
    assert first.document["production"]["ready"]
    names = [line.split()[0] for line in passwords.read_text(encoding="utf-8").splitlines()]
    assert names == ["quantri", "minh", "kiem"]
    second = archive.run("setup", *options, "--json")
    assert (second.code, second.document["written"], second.document["accounts"]) == (0, [], [])
    (archive.home / "archive.toml").write_text(
        (archive.home / "archive.toml").read_text("utf-8") + "\n[fixity]\nevery_days = 30\n",
        encoding="utf-8",
    )
    third = archive.run("setup", "--yes", "--place", "Đà Nẵng", "--json")
    assert third.code == 0, third
    assert settings(archive)["fixity"] == {"every_days": 30}, "what is no question stays"
    assert settings(archive)["archive"]["place"] == "Đà Nẵng"
    assert "Huế" in (archive.home / "archive.toml.before").read_text(encoding="utf-8")


def test_no_placeholder_is_taken_and_a_wrong_path_ends_nothing(
    archive: Command, tmp_path: Path
) -> None:
    lines = [
        "", "000.00.00.X00", CODE,
        "", "-", "Lưu trữ", "Lưu trữ tỉnh",
        "-", "Huế", str(tmp_path / "kho1"), "-", "-",  # one copy, without a reason
        "-", "-", "-", "-",  # neither medium nor key
        "/dau-thoi-gian", "none:", "-", "clamav", "none:", "-",
        str(tmp_path / "none.crt"), "-", "-", "-",
        "0", "-", "none:", "-", "y",
    ]  # fmt: skip
    answer = typed(archive, lines)
    found = settings(archive)["archive"]
    assert (found["code"], found["name"]) == (CODE, "Lưu trữ tỉnh"), answer.stderr
    for refused in ("“000.00.00.X00”", "“-”", "“Lưu trữ”", "timestamp.url", "clamav", "none.crt"):
        assert refused in answer.stderr, refused
    assert "[Lưu trữ]" not in answer.stderr, "nothing is offered that names no archive"


def test_a_password_in_an_address_stands_in_a_file_of_its_owner_alone(
    archive: Command, tmp_path: Path
) -> None:
    new = Command(archive.home, {"ARCHIVE_MAIL__URL": "smtps://a:geheim@mail.example"})
    assert new.run("setup", *given(tmp_path), "--json").code == 1
    assert "geheim" not in (archive.home / "archive.toml").read_text(encoding="utf-8")
    secrets = archive.home / "secrets.env"
    assert secrets.read_text(encoding="utf-8") == (
        "ARCHIVE_MAIL__URL='smtps://a:geheim@mail.example'\n"
    )
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert archive.run("setup", "--yes", "--json").document["written"] == []


@pytest.mark.parametrize(
    ("options", "exit_code", "code"),
    [
        (["--yes"], 2, "setup-answers-missing"),
        (["--yes", "--code", "H4"], 2, "malformed-agency-identifier"),
        (["--person", "officer:lan"], 2, "setup-person"),
        (["--copy", "/not-there/kho"], 2, "setup-folder"),
        (["--copy", "s3://127.0.0.1:9/kho"], 6, "setup-server"),
        (["--copy", "kho", "--copy", "disk/kho"], 2, "copy-named-twice"),
        (["--backup", "/not-there/medium"], 2, "backup-parent-missing"),
        (["--key", "/not-there/key.p12"], 3, "signing-key-not-found"),
        (["--timestamp", "http://127.0.0.1:9/"], 6, "timestamp-unavailable"),
        (["--timestamp", "/dau-thoi-gian"], 2, "timestamp-url"),
        (["--malware", "https://luutru.example"], 2, "scanner-address"),
        (["--yes", "--code", CODE, "--name", "-"], 2, "setup-answers-missing"),
        (["--base-url", "luutru"], 2, "setup-answer"),
        (["--waive", "malware="], 2, "setup-answer"),
        (["--waive", "trial=vì sao"], 2, "setup-answer"),
        (["--mail", "smtp://a:b@mail.example"], 2, "mail-url"),
    ],
)
def test_what_does_not_hold_is_refused_and_nothing_is_made(
    archive: Command, options: list[str], exit_code: int, code: str
) -> None:
    answer = archive.run("setup", *options, "--json")
    assert (answer.code, answer.error["code"]) == (exit_code, code)
    assert not archive.home.exists()
    if code in {"setup-folder", "setup-server"}:
        assert not re.search("No such|refused|Errno|not there", answer.error["message"]), (
            "in English"
        )


def test_another_key_is_not_overwritten(
    archive: Command, stamps: TimestampAuthority, key: Path, tmp_path: Path
) -> None:
    assert archive.run("setup", *given(tmp_path), "--key", key, "--json").code == 1
    assert (archive.home / "keys" / "archive.pass").is_file(), "as it lay beside the key"
    kept = (archive.home / "keys" / "archive.p12").read_bytes()
    other = key.with_name("khac.p12")
    DemoAuthority(stamps.folder).issue_key(Subject("A", "A", SignerKind.AGENCY, CODE), other)
    options = ["--yes", "--key", other, "--passphrase-file", other.with_suffix(".pass"), "--json"]
    answer = archive.run("setup", *options)
    assert (answer.code, answer.error["code"]) == (4, "setup-key-differs")
    assert (archive.home / "keys" / "archive.p12").read_bytes() == kept


def test_an_interrupt_leaves_nothing_behind(archive: Command, tmp_path: Path) -> None:
    # A shell starts what runs in the background deaf to it, and so would the command be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [str(PROGRAM), "--home", str(archive.home), "setup"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{CODE}\nLưu trữ tỉnh\n-\nHuế\n{tmp_path}/kho1\n")
        process.stdin.flush()
        told = ""
        while told.count("s3://") < 2:  # asked for the second copy: all before was taken
            told += process.stderr.read(1)
        for _ in range(6):  # Python may miss one just before it waits for a line
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
                break
        else:
            process.kill()
        assert process.returncode == 130
    assert not archive.home.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_home_of_a_demo_is_refused_and_an_earlier_one_taken(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    answer = Command(home).run("setup", *given(tmp_path), "--json")
    assert (answer.code, answer.error["code"]) == (4, "setup-demo")
    shutil.copy(home / "archive.toml", tmp_path / "kept.toml")
    of_earlier_release(home)
    taken = Command(home).run("setup", "--yes", "--place", "Huế", "--json")
    assert taken.code == 1, taken
    before = tomllib.loads((tmp_path / "kept.toml").read_text(encoding="utf-8"))
    after = tomllib.loads((home / "archive.toml").read_text(encoding="utf-8"))
    assert {**before["archive"], **after["archive"]} == after["archive"] | {"place": "Huế"}
