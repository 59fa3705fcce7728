"""Each command that the documents of ``typist`` name is typed here, or listed and why not."""

import ast
import datetime as dt
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.bench.material import make_case_files
from archive_service.cli.errors import Exit
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.notices.incidents import open_incident
from retention.transfer.packages.build import build
from retention.transfer.register.send_register import send_register
from tests.guide.sources import ROOT
from tests.integration.archive_service.typed_elsewhere import ELSEWHERE, TYPED_IN
from tests.services.process import program
from tests.worlds.archive import HISTORICAL_CODE, open_home, person
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.crew import wait_until
from tests.worlds.digitize.scanning import CODE, waiting_home
from tests.worlds.papers.bad_input import small_case
from tests.worlds.papers.page_images import LINES, page_image
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.site import listening
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.typist import Typist, blocks, quoted


@pytest.fixture
def typist(home: Path, tmp_path: Path) -> Typist:
    return Typist(tmp_path, home)


def change_settings(home: Path, section: str, **values: object) -> None:
    """Some settings of a section of the home's file; the others stay."""
    settings = read_settings(home)
    write_settings(home, settings | {section: settings.get(section, {}) | values})


def test_the_everyday_commands_lead_from_nothing_to_a_verified_trail(tmp_path: Path) -> None:
    code = "H40.18.2025.07.QLCT"
    small_case(tmp_path / "var" / "demo" / "sample" / "A", code=code)
    pick = "import json, sys; (rows,) = json.load(sys.stdin).values(); print(rows[0]['id'])"
    picking = shlex.join([sys.executable, "-c", pick])
    submission = f"$(archive submission list --json | {picking})"
    told = Typist(tmp_path).shell("Everyday commands", {"ID": submission})
    assert code in told


def ids(typist: Typist, *words: str) -> str:
    """Of all that the command lists: of one thing its own."""
    (rows,) = typist.archive.ask(*words).values()
    return " ".join(str(row["id"]) for row in rows)


def test_a_backup_is_made_looked_at_tried_and_restored(typist: Typist, home: Path) -> None:
    mounted = typist.folder / "mnt"
    keys = [f"file://{mounted}/keys"]
    change_settings(home, "backup", targets=[str(mounted / "medium1")], keys_copies=keys)
    for place in ("mnt", "srv", "tmp"):
        new_folder(typist.folder / place)
    typist.block("Backup calendar")
    assert (typist.folder / "srv" / "new" / "archive.db").is_file()


def test_reading_is_measured_on_the_operators_own_pages(typist: Typist) -> None:
    program("tesseract")  # what it is measured against
    page_image(new_folder(typist.folder / "pages") / "1.jpg", lines=LINES[:1])
    told = typist.types("archive bench digitize --images DIR", {"DIR": typist.folder / "pages"})
    assert re.search(r"^  pages_per_minute +[0-9.]+ +[0-9.]+ *$", told.stdout, re.MULTILINE)


@pytest.mark.long
def test_storing_is_measured_on_the_operators_own_files(typist: Typist) -> None:
    make_case_files(typist.folder / "files", count=1, files=1, file_bytes=1 << 16)
    told = typist.types("archive bench ingest --from DIR", {"DIR": typist.folder / "files"})
    assert re.search(r"^  seconds +[0-9.]+ +[0-9.]+ *$", told.stdout, re.MULTILINE), told.stdout


def test_reported_faults_are_listed(typist: Typist) -> None:
    typist.block("Faults that people report")


def test_an_incident_is_told_marked_and_reported(typist: Typist) -> None:
    named = {"ID": lambda: ids(typist, "incident", "list"), "ACCOUNT": "hung"}
    told = typist.block("Incidents that the law wants told", named)
    assert "đã gửi đúng hạn" in told


def test_an_announcement_stands_until_it_is_withdrawn(typist: Typist) -> None:
    tomorrow = clock.today() + dt.timedelta(days=1)
    hours = {f"2026-11-21T{hour}:00": f"{tomorrow}T{hour}:00" for hour in (18, 20)}
    named = {**hours, "ID": lambda: ids(typist, "announcement", "list")}
    told = typist.block("Maintenance and upgrade", named)
    assert "chỉ đọc" in told


def test_accounts_keys_and_tokens(typist: Typist) -> None:
    mine = typist.folder
    typist.types("archive account add NAME --role ROLE", {"NAME": "moi", "ROLE": "reader"})
    typist.types("archive account set NAME --email A", {"NAME": "moi", "A": "moi@sonlam.example"})
    typist.types("archive account second-factor NAME", {"NAME": "moi"})
    typist.types("archive account disable NAME", {"NAME": "moi"})
    typist.types("archive account enable NAME", {"NAME": "moi"})
    typist.types("archive account reset-password NAME", {"NAME": "moi"})
    told = typist.types(
        "archive token add ACCOUNT --scope SCOPE",
        {"ACCOUNT": "bach", "SCOPE": "submission:create"},
    )
    assert len(told.stderr.strip()) > 40  # the token, shown once
    typist.types("archive rights list")
    typist.types("archive token list")
    (made,) = typist.archive.ask("token", "list", "--account", "bach")["tokens"]
    typist.types("archive token rotate ID", {"ID": made["id"]})
    typist.types("archive token end ID", {"ID": made["id"]})
    typist.archive.ask("account", "add", "vanthu", "--role", "clerk", "--agency", "H40.18")
    handed = {"CODE": "H40.18", "NAME": "vanthu", "WHO": "Trần Minh Khôi, Giám đốc"}
    typist.types("archive key hand-over --agency CODE --to NAME --by WHO", handed)
    typist.types("archive key list")
    typist.types("archive key certificate --to seal.crt", {"seal.crt": mine / "seal.crt"})
    assert b"BEGIN CERTIFICATE" in (mine / "seal.crt").read_bytes()
    typist.types("archive sign copies --list", account="vanthu")
    # None waits for its seal here.
    typist.types("archive sign copies --again", account="vanthu", ends=Exit.CONFLICT)


def test_who_changes_his_post_and_who_leaves_hands_over(typist: Typist, home: Path) -> None:
    moves = {"NAME": "stranger", "ROLE": "officer", "CODE": "H40.18", "TEXT": "Điều động"}
    told = typist.types(
        "archive account change NAME --role ROLE --agency CODE --reason TEXT", moves
    )
    assert "H40.18" in told.stderr
    with open_home(home) as services, services.writing() as session:
        facts = {"account": "mai", "count": 1, "since": clock.iso(clock.now())}
        severity = IncidentSeverity.WARNING
        open_incident(session, "rights-pending", "mai", severity=severity, facts=facts)
        session.flush()
        session.execute(update(Incident).values(owner="mai"))
    leaves = {"NAME": "mai", "DAY": clock.today(), "TEXT": "Nghỉ hưu", "OTHER": "lan"}
    typist.types("archive account leave NAME --from DAY --reason TEXT --to OTHER", leaves)
    assert not typist.archive.ask("account", "rights", "mai")["active"]
    (incident,) = typist.archive.ask("incident", "list")["incidents"]
    assert incident["owner"] == "lan"


def test_damage_is_found_taken_up_and_repaired(typist: Typist, home: Path) -> None:
    typist.types("archive status")
    typist.types("archive status --production", ends=Exit.PROBLEMS)  # a home for trial
    file = next((home / "kho2").rglob("v1/content/**/*.pdf"))
    file.write_bytes(file.read_bytes()[:-1])
    typist.types("archive fixity check --copy NAME", {"NAME": "kho2"}, ends=Exit.INTEGRITY)
    typist.types("archive fixity check", ends=Exit.INTEGRITY)
    typist.types("archive incident list")
    (incident,) = typist.archive.ask("incident", "list")["incidents"]
    typist.types("archive incident take ID", {"ID": incident["id"]})
    typist.types("archive fixity repair")
    typist.types("archive fixity status")
    typist.types("archive format list")
    typist.types("archive index rebuild")
    typist.types("archive index status")
    typist.types("archive audit verify")
    typist.types("archive audit list --address ADDRESS", {"ADDRESS": "127.0.0.1"})
    typist.types("archive audit list --field FIELD", {"FIELD": "mode"})
    outside = {"DIR": home.parent / "outside"}
    outside["DIR"].mkdir()
    typist.types("archive evidence seal --to DIR", outside)
    typist.types("archive audit verify --witness DIR", outside)
    typist.types("archive fixity check --catalogue")
    why = {"WHY": "Đã khôi phục"}  # here nothing is open that could be acknowledged
    typist.types(
        "archive evidence acknowledge --reason WHY", why, account="hung", ends=Exit.CONFLICT
    )


def test_a_dead_job_is_listed_and_tried_again(typist: Typist, home: Path) -> None:
    with open_home(home) as services, services.writing() as session:
        job = session.scalars(select(Job).limit(1)).one()
        job.state, name = JobState.DEAD, str(job.id)
    assert name in typist.types("archive job list --state dead").stdout
    typist.types("archive job retry ID", {"ID": name})
    assert name not in typist.types("archive job list --state dead").stdout


def test_copies_come_leave_and_begin_anew(typist: Typist, home: Path) -> None:
    change_settings(home, "storage", copies=["file:kho1", "file:kho2", "file:kho3"])
    typist.types("archive copy add NAME", {"NAME": "kho3"})
    typist.archive.ask("work", "--until-empty")
    assert "kho3" in typist.types("archive copy list").stdout
    retired = {"NAME": "kho2", "T": "ổ đĩa cũ"}
    typist.types("archive copy retire NAME --reason T", retired)
    change_settings(home, "storage", copies=["file:kho1", "file:kho3"])
    shutil.rmtree(home / "kho2")
    fate = {"NAME": "kho2", "DAY": clock.today(), "WHO": "Lê Thị Lan", "T": "nghiền", "NUMBER": "1"}
    typist.types(
        "archive copy medium NAME --fate destroyed --on DAY --by WHO --how T --minutes NUMBER", fate
    )
    change_settings(home, "storage", copies=["file:kho1", "file:kho3", "file:kho2?name=kho4"])
    typist.types("archive copy add kho4")
    typist.archive.ask("work", "--until-empty")
    shutil.rmtree(home / "kho3")
    typist.types("archive copy renew NAME --reason T", {"NAME": "kho3", "T": "hỏng ổ đĩa"})
    typist.archive.ask("work", "--until-empty")
    assert not typist.archive.ask("fixity", "check")["missing"]


def test_a_station_sends_batches(tmp_path: Path) -> None:
    home = waiting_home(tmp_path / "waiting")
    typist = Typist(tmp_path, home)
    token = tmp_path / "tram-01.token"
    typist.types(
        'archive station add tram-01 --title "Trạm 1" --device "…" --token-to tram-01.token',
        {"tram-01.token": token},
    )
    assert token.stat().st_mode & 0o077 == 0
    sheets = {"CODE": CODE, "to.pdf": tmp_path / "to.pdf"}
    typist.types("archive scan separators --code CODE --to to.pdf", sheets)
    page_image(new_folder(tmp_path / "Hộp 1") / "1.jpg")
    typist.types("archive scan import DIR --station tram-01", {"DIR": tmp_path / "Hộp 1"})
    desk = new_folder(tmp_path / "desk")
    page_image(new_folder(desk / "Hộp 2") / "1.jpg")
    (desk / "Hộp 2" / "XONG").touch()
    with typist.keeps("archive scan watch DIR --station tram-01", {"DIR": desk}):
        wait_until(lambda: list(desk.glob(".taken/* Hộp 2")))


def new_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_what_is_kept_leaves_is_rebuilt_and_upgraded(typist: Typist) -> None:
    mine, hung = typist.folder, {"ACCOUNT": "hung", "DIR": typist.folder / "out"}
    typist.types("archive --as ACCOUNT case export --all --form aip --to DIR", hung)
    assert (mine / "out" / "custody").is_dir()
    typist.types("archive rebuild --copy NAME", {"NAME": "kho1"})
    typist.types("archive rebuild")
    new_folder(mine / "medium")
    typist.types("archive backup --to DIR", {"DIR": mine / "medium"})
    typist.types("archive backup --to DIR --objects", {"DIR": mine / "medium"})
    typist.types("archive drill --to DIR --sample 50", {"DIR": mine / "drill"})
    typist.types("archive upgrade")


def test_an_archive_is_set_up_with_its_passwords_in_a_file(tmp_path: Path) -> None:
    typist = Typist(tmp_path, tmp_path / "new")
    typist.types("archive init --passwords-to FILE", {"FILE": tmp_path / "passwords"})
    assert (tmp_path / "passwords").stat().st_mode & 0o077 == 0


def test_two_archives_know_each_other_and_transfer(two: TwoArchives, tmp_path: Path) -> None:
    """All that the giver and the historical archive type, one after the other."""
    giver = Typist(tmp_path, two.giver.settings.home)
    receiver = Typist(tmp_path, two.receiver.settings.home)
    with listening(two.receiver) as site:
        acquaint(giver, receiver, site.url)
        row = to_send(two, OPEN_CODE)
        this = {"ID": row, "CODE": HISTORICAL_CODE}
        giver.types("archive transfer send-register ID --partner CODE", this, account="lan")
        do_all(two.giver)
        disk = tmp_path / "disk"
        send_register(two.giver, row, folder=disk, actor=person(two.giver, "lan"))
        receiver.types("archive transfer receive DIR", {"DIR": disk}, account="lan")
        answer = {"ID": row, "DIR": disk}
        receiver.types("archive transfer answer-register ID --to DIR", answer, account="lan")
        giver.types("archive transfer read-answer DIR", {"DIR": disk}, account="lan")
        giver.types("archive transfer list --late", account="lan")
        build(two.giver, row, folder=tmp_path / "built", actor=person(two.giver, "lan"))
        giver.types("archive transfer send ID --partner CODE", this, account="lan")
        do_all(two.giver)
        do_all(two.receiver)
        told = giver.types("archive transfer exchange ID --json", {"ID": row}, account="lan")
        assert told.document["sending"]["trouble"] is None
        assert OPEN_CODE in giver.types("archive transfer show ID", {"ID": row}).stdout
    plan_and_count(receiver)
    receiver.types("archive partner token CODE", {"CODE": "H40.99"})
    receiver.types("archive partner retire CODE", {"CODE": "H40.99"})


def acquaint(giver: Typist, receiver: Typist, url: str) -> None:
    """Each knows the other's certificate; the giver has the token that the receiver made."""
    place = giver.folder
    files: dict[str, object] = {
        "seal.crt": place / "seal.crt",
        "giver.token": place / "giver.token",
    }
    giver.types("archive key certificate --to seal.crt", files)
    receiver.types(
        "archive partner add CODE --name N --agency H40.18 --certificate seal.crt "
        "--quota-per-day 50G --token-to giver.token",
        files | {"CODE": "H40.99", "N": "Lưu trữ tỉnh"},
    )
    receiver.types("archive key certificate --to seal.crt", {"seal.crt": place / "theirs.crt"})
    giver.types(
        "archive partner add CODE --name N --receives --url https://… --certificate seal.crt "
        "--token-file giver.token",
        files
        | {"CODE": HISTORICAL_CODE, "N": "Lưu trữ lịch sử tỉnh"}
        | {"https://…": url, "seal.crt": place / "theirs.crt"},
    )
    giver.types(
        "archive partner change CODE --certificate FILE",
        {"CODE": HISTORICAL_CODE, "FILE": files["seal.crt"]},
    )


def plan_and_count(receiver: Typist) -> None:
    """The calendar and the figures of who hands over."""
    year = clock.today().year + 1
    days = {"2027-05-04": f"{year}-05-04", "2027-05-06": f"{year}-05-06"}
    receiver.types(
        "archive transfer calendar add --agency CODE --from 2027-05-04 --to 2027-05-06",
        {"CODE": "H40.18"} | days,
        account="lan",
    )
    planned = receiver.types("archive transfer calendar list", account="lan").stdout
    assert f"06/05/{year}" in planned
    assert "H40.99" in receiver.types("archive partner givers", account="lan").stdout
    table = receiver.folder / "givers.csv"
    receiver.types("archive partner statistics --csv FILE", {"FILE": table}, account="lan")
    assert table.stat().st_size


def test_every_command_is_typed_or_listed_with_a_reason() -> None:
    typed = set(_typed())
    scripts = [script for heading, script in blocks().items() if heading in typed]
    lines = {line.partition("  #")[0].strip() for one in scripts for line in one.splitlines()}
    named = quoted() | blocks().keys()
    assert typed | ELSEWHERE <= named
    typed |= lines
    left = named - typed - ELSEWHERE
    assert not {one for one in left if not any(line.startswith(f"{one} ") for line in typed)}


@pytest.mark.parametrize("where", TYPED_IN)
def test_what_is_typed_elsewhere_stands_there(where: str) -> None:
    """Each word and each option of the command is among those that the file names."""
    said = _words_of(ROOT / "tests" / "integration" / where)
    for command in TYPED_IN[where]:
        words = re.findall(r"(?<= )(?:--)?[a-z][a-z-]*(?= |$)", command)
        assert said >= {*words} - {"--as", "--home"}, command


def _words_of(file: Path) -> set[str]:
    read = ast.walk(ast.parse(file.read_text("utf-8")))
    texts = [one.value for one in read if isinstance(one, ast.Constant)]
    return {word for text in texts if isinstance(text, str) for word in text.split()}


def _typed() -> list[str]:
    """What stands in this file as the first word that a typist is given."""
    first = [
        call.args[0]
        for call in ast.walk(ast.parse(Path(__file__).read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("types", "keeps", "block", "shell")
    ]
    words = [one.value for one in first if isinstance(one, ast.Constant)]
    return [word for word in words if isinstance(word, str)]
