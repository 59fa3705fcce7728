"""Incidents say what they are about by the code that people know, what was seen, and lead there."""

import html
import re
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from archive_service import messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.people.notice import Notice
from archive_service.notices import inbox
from archive_service.notices.incidents import open_incident, open_incidents
from archive_service.oversight.reporting.seen import seen_words, what_to_do
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from retention.disposition.papers.certificate import INCIDENT
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import OPEN_CODE
from tests.worlds.command import Command

ALARM = IncidentSeverity.ALARM


def trouble(services: Services) -> tuple[str, str]:
    """One incident of each form of subject; the raw subject of the package, and the submission."""
    with services.unit_of_work() as uow:
        session = uow.session
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        submission = session.scalars(select(Submission).where(Submission.code == OPEN_CODE)).one()
        package = f"kho2 {object_root(case_file.ocfl_id)}"
        for kind, subject in (
            ("fixity-damage", package),
            ("malware-found", f"submission {submission.id}"),
            ("malware-found", f"document {OPEN_CODE}/1"),
            ("malware-found", f"submission {uuid4()}"),
            ("copy-unreachable", "kho2"),
        ):
            open_incident(session, kind, subject, severity=ALARM)
        uow.commit()
        return package, str(submission.id)


def test_an_archivist_is_led_from_an_incident_to_what_it_is_about(
    app: Flask, services: Services
) -> None:
    package, submission = trouble(services)
    page = browser_of(app, services, "lan").get("/system/incidents").text
    assert f'title="{package}"><a href="/case-files/{OPEN_CODE}#copies">' in page
    assert f">{OPEN_CODE}, kho kho2</a>" in page
    assert f'href="/submissions/{submission}">{OPEN_CODE}</a>' in page
    assert f">{OPEN_CODE}, tài liệu 1</a>" in page
    assert ">kho2</span>" in page


def test_the_notice_of_an_alarm_says_it_in_the_same_words(services: Services) -> None:
    trouble(services)
    with services.writing() as session:
        for kind, subject in (("secrecy-mark", "batch 2026-0007"), ("rolled-back", "log")):
            open_incident(session, kind, subject, severity=ALARM)
        session.flush()
        lan = inbox.named(session, ("lan",))
        rows = session.scalars(select(Notice).where(Notice.account_id.in_(lan))).all()
        told = " ".join(inbox.sentence(row, "vi") for row in rows)
        english = " ".join(inbox.sentence(row, "en") for row in rows)
    for words in (f"({OPEN_CODE}, kho kho2)", f"({OPEN_CODE})", "(lô quét 2026-0007)", "(nhật ký)"):
        assert words in told
    assert f"({OPEN_CODE}, copy kho2)" in english
    assert "urn" not in told
    assert told.count("submission") == 1  # the one that nobody knows


def test_what_is_found_again_leads_to_the_certificate_of_its_list(
    app: Flask, services: Services
) -> None:
    row = uuid4()
    with services.writing() as session:
        facts = {"disposition": str(row), "count": 1, "codes": OPEN_CODE}
        open_incident(session, INCIDENT, "01/2026", severity=ALARM, facts=facts)
    page = browser_of(app, services, "lan").get("/system/incidents").text
    assert f'href="/dispositions/{row}/certificate">01/2026</a>' in page
    assert "/dispositions/" not in browser_of(app, services, "quan").get("/system").text


def test_an_administrator_reads_the_code_and_is_led_nowhere(app: Flask, services: Services) -> None:
    trouble(services)
    page = browser_of(app, services, "quan").get("/system").text
    assert f">{OPEN_CODE}, kho kho2</span>" in page
    assert "/case-files/" not in page
    assert "/submissions/" not in page


def test_many_incidents_cost_as_many_statements_as_one_of_each_form(
    app: Flask, services: Services
) -> None:
    package, _ = trouble(services)
    client = browser_of(app, services, "lan")
    client.get("/system/incidents")
    with counted(services) as few:
        client.get("/system/incidents")
    with services.writing() as session:
        for number in range(30):
            kind = f"fixity-{'damage' if number % 2 else 'unexpected'}"
            subject = f"kho{number} {package.partition(' ')[2]}"
            open_incident(session, kind, subject, severity=ALARM)
    with counted(services) as many:
        assert client.get("/system/incidents").text.count(f"{OPEN_CODE}, kho ") == 31
    assert len(many) == len(few)


def test_the_command_lists_codes_and_its_document_keeps_what_is_recorded(
    services: Services,
) -> None:
    package, submission = trouble(services)
    archive = Command(services.settings.home)
    about = "".join(archive.run("incident", "list").stdout.split())  # told row by row, if narrow
    assert f"{OPEN_CODE},khokho2" in about
    assert f"{OPEN_CODE},tàiliệu1" in about
    assert package.split("/")[-1] not in about
    assert submission not in about
    told = {row["subject"] for row in archive.ask("incident", "list", "--json")["incidents"]}
    assert {package, f"submission {submission}"} <= told


# As the product records them, and what a page says of them.
_AT, _DAY = "2026-11-20T03:00:00Z", "2026-11-20"
_AWAY = {"code": "store-unreachable", "reason": "timed out", "key": "k/1"}
_GONE = "Kho không phản hồi (quá thời gian chờ) khi truy cập “k/1”"
_INNER = {"code": "store-unreachable", "facts": {"reason": "timed out", "key": "k/1"}}
_RULES = {"file": "a.toml", "line": 3, "place": "rule_sets/a.toml:3", "detail": "thiếu kind"}
_OVERDUE = {"due_on": _DAY, "citation": "QCVN 12"}
_REPORT = {"incident": str(uuid4()), "due_at": _AT, "citation": "QCVN 12"}
_FILE = {"copy": "kho2", "key": "v1/a.pdf", "status": "damaged", "verdict": "others-sound"}
_SEEN: dict[str, tuple[dict[str, Any], str]] = {
    "account-differs": (
        {"parts": "password, factor", "since": "5, 6", "log": "ab", "row": "cd"},
        "Đã đổi: mật khẩu, xác thực thứ hai; từ sự kiện 5, 6, theo nhật ký ab",
    ),
    "act-differs": ({"key": "acts/1", "copy": "kho2"}, "Đã đọc ở kho kho2"),
    "answer-late": (
        {"code": "HS.1", "by": "17:00 20/11/2026", "way": "edxml"},
        "Hồ sơ HS.1: hạn trả lời 17:00 20/11/2026, trạng thái edXML chưa được ký",
    ),
    "backup-media": ({"media": 1, "wanted": 2}, "Có 1 phương tiện sao lưu độc lập, cần 2"),
    "backup-missed": (
        {"backup": "full", "error": "work-folder-full"},
        "Thiếu bản sao lưu đầy đủ: Đĩa của thư mục làm việc đã hết dung lượng",
    ),
    "broker-silent": (
        {"broker": "amqp://mq", "reason": "Connection refused", "machines": {"may1": _AT}},
        "(không có dịch vụ nào nhận kết nối ở cổng này); máy không nghe được: may1",
    ),
    "callback-silent": ({"host": "dvc.vn", "trouble": "HTTP 500"}, "dvc.vn: HTTP 500"),
    "clock-doubtful": (
        {"reason": "copy", "copy": "kho2", "here": "1", "there": "2"},
        "Máy này: 1; máy chủ của kho kho2: 2",
    ),
    "copy-lagging": (
        {"versions": 2, "acts": 1, "segments": 0, "bytes": 9, "since": _AT},
        "Còn thiếu 2 phiên bản gói, 1 giấy tờ, 0 đoạn niêm phong, 9 byte, từ 20/11/2026 10:00",
    ),
    "copy-refused": (
        {"code": "HS.1", "refused": [{"document": 4, **_INNER}]}, f"Tài liệu thứ 4: {_GONE}"
    ),
    "copy-returned": (
        {"on": _DAY, "minutes": "12/BB", "told_by_name": "Lê Lan"},
        "Theo biên bản 12/BB ngày 20/11/2026, Lê Lan cho biết phương tiện không còn",
    ),
    "copy-unreachable": (_AWAY, _GONE),
    "copy-unsigned": (
        {"code": "HS.1", "document": 5, "refusal": _INNER}, f"Tài liệu thứ 5: {_GONE}"
    ),
    "destroyed-found-again": (
        {"disposition": str(uuid4()), "count": 2, "codes": "HS.1"}, "Lại thấy còn ở 2 chỗ: HS.1"
    ),
    "drill-difference": ({"differing": 3, "first": "HS.1"}, "Có 3 chỗ khác, chỗ đầu tiên: HS.1"),
    "drill-missed": ({"error": "work-folder-full"}, "Đĩa của thư mục làm việc đã hết dung lượng"),
    "few-witnesses": (
        {"wanted": 3, "known": 1, "by": "witness H41"},
        "Cần 3 bên giữ điểm niêm phong, có 1: bên làm chứng H41",
    ),
    "fixity-damage": (_FILE, "Tệp v1/a.pdf ở kho kho2: Hỏng. Kho khác có bản đúng; kho này sai"),
    "fixity-late": (
        {"due_by": _AT, "left_bytes": 7, "oldest": None}, "Còn 7 byte phải đọc trước 20/11/2026"
    ),
    "fixity-paused": (_AWAY, _GONE),
    "fixity-unexpected": (_FILE | {"status": "unexpected"}, "Tệp v1/a.pdf ở kho kho2: Lạ."),
    "format-at-risk": (
        {"name": "WordPerfect", "risk": "high", "files": 2, "case_files": 1, "bytes": 8},
        "WordPerfect, rủi ro cao: 2 tệp của 1 hồ sơ, 8 byte",
    ),
    "hold-missing": ({"copy": "kho2", "key": "a"}, "Tệp a ở kho kho2 không còn lệnh giữ"),
    "home-calendar-unreadable": (_RULES, "rule_sets/a.toml:3: thiếu kind"),
    "home-rules-unreadable": (_RULES, "rule_sets/a.toml:3: thiếu kind"),
    "job-unknown": (
        {"count": 2, "release": "9.9"}, "2 tác vụ nền chờ; bản phần mềm 9.9 không biết loại này"
    ),
    "key-expiring": (
        {"name": "Lưu trữ", "valid_to": _AT, "state": "expiring"},
        "Chứng thư số của Lưu trữ, hết hạn 20/11/2026 10:00",
    ),
    "key-unusable": ({"code": "signing-key-unusable", "url": "pkcs11:a"}, "Khóa pkcs11:a"),
    "late-stamp": ({**_INNER, "until": 9}, f"{_GONE}; đã đóng dấu đến sự kiện 9"),
    "lock-refused": ({"count": 6, "key": "a"}, "Chưa gia hạn được khóa của 6 tệp"),
    "log-contradicts": (
        {"code": "kept-size", "partner": "Lưu trữ B", "kept": 9, "asked": 4},
        "Lưu trữ B: điểm đang giữ gồm 9 sự kiện, điểm được đưa ra gồm 4 sự kiện",
    ),
    "log-differs": (
        {"version": 2, "log": "ab", "row": "cd"},
        "Phiên bản 2: theo nhật ký ab, trong cơ sở dữ liệu cd",
    ),
    "mail-refused": (
        {"address": "a@b.vn", "reply": "550"}, "Địa chỉ a@b.vn, máy chủ trả lời: 550"
    ),
    "mail-silent": ({"server": "smtp://m", "reason": "mất mạng"}, "smtp://m: mất mạng"),
    "malware-found": (
        {"code": "HS.1", "ordinal": 3, "signature": "Eicar"}, "Eicar, tài liệu thứ 3"
    ),
    "not-for-production": ({"checks": ["copies"]}, "Còn thiếu: Ít nhất hai kho"),
    "passkey-copied": (
        {"account": "lan", "name": "Khóa 1", "at": _AT},
        "Khóa “Khóa 1” của lan: bộ đếm đi lùi, đã ngừng nhận lúc 20/11/2026 10:00",
    ),
    "passwords-guessed": (
        {"account": "lan", "address": "10.1.2.3", "at": _AT, "until": _AT},
        "Tài khoản lan, từ 10.1.2.3, lúc 20/11/2026 10:00; tạm dừng đến 20/11/2026 10:00",
    ),
    "personal-data-report-overdue": (_REPORT, "Hạn gửi 20/11/2026 10:00, QCVN 12"),
    "rebuild-awaited": ({"count": 2}, "2 hồ sơ đã thay đổi sau bản sao lưu được khôi phục"),
    "removal-open": (
        {"places": "copy:kho2 (object-locked), index (open)"},
        "Kho kho2, mọi phiên bản (kho đang khóa chống xóa), Chỉ mục tìm kiếm",
    ),
    "rights-begun-alone": (
        {"account": "lan", "role": "head", "by": "quan"}, "Tài khoản lan, vai trò "
    ),
    "rights-pending": (
        {"account": "lan", "count": 2, "since": _AT},
        "Tài khoản lan: 2 quyền chờ xác nhận, từ 20/11/2026 10:00",
    ),
    "rights-review-objected": (
        {"review": str(uuid4()), "lines": ["mai", "lan"]}, "Chưa được xác nhận: mai, lan"
    ),
    "rights-review-overdue": (_OVERDUE, "Hạn rà soát 20/11/2026, QCVN 12"),
    "rolled-back": (
        {"events": 5, "claimed": 9, "by": "kho2, witness H41", "restored_at": None},
        "kho2, bên làm chứng H41 giữ điểm niêm phong gồm 9 sự kiện, nhật ký có 5",
    ),
    "rows-differ": (
        {"fields": "case_file.title, hold", "copy": "kho2", "version": 2},
        "Các trường: Tiêu đề hồ sơ, hold; đã đọc ở kho2, phiên bản 2",
    ),
    "rules-differ": (
        {"event": 5, "log": "ab", "row": "cd"}, "Từ sự kiện 5: theo nhật ký ab, hiện nay cd"
    ),
    "scanner-silent": ({"scanner": "clamd://a", "reason": "bận"}, "clamd://a: bận"),
    "search-silent": (_AWAY, _GONE),
    "secrecy-mark-found": (
        {"batch": "L-1", "page": "p1.tif", "level": "MẬT"}, "Dấu MẬT, lô L-1, trang p1.tif"
    ),
    "security-report-overdue": (_REPORT, "Hạn gửi 20/11/2026 10:00, QCVN 12"),
    "stamp-ending": (
        {"ending": 2, "first_end": _AT},
        "2 dấu thời gian sắp hết hiệu lực, sớm nhất 20/11/2026 10:00",
    ),
    "stamp-lapsed": (
        {"lapsed": 2, "bare": 1},
        "2 dấu thời gian đã hết hiệu lực, 1 dấu chưa có dấu sau thay thế",
    ),
    "told-by-person": ({}, ""),
    "trail-misfit": ({"first": "segment 5", "events": 9}, "không khớp: đoạn niêm phong 5"),
    "trail-review-objected": (
        {"review": str(uuid4()), "lines": ["rest"]}, "Chưa được xác nhận: Việc khác"
    ),
    "trail-review-overdue": (_OVERDUE, "Hạn rà soát 20/11/2026, QCVN 12"),
    "transfer-reply-contradicts": (
        {"why": "package", "codes": "HS.1"}, "xác nhận không phải của gói tin đã gửi: HS.1"
    ),
    "trees-ending": (
        {"algorithm": "sha256", "ends_at": _AT, "objects": 9, "read": 5, "stamped": 4, "late": 1},
        "9 đối tượng, 5 đã tính lại mã kiểm tra, 4 đã đóng dấu, 1 chậm",
    ),
    "witness-remembers": (
        {"code": "witness-remembers", "facts": {"size": "9"}, "since": _AT},
        "nhật ký ở đây không khớp; ký lần cuối 20/11/2026 10:00",
    ),
    "witness-silent": ({**_INNER, "since": None}, _GONE),
}  # fmt: skip


def test_each_kind_says_in_words_what_was_seen_and_what_to_do(
    app: Flask, services: Services
) -> None:
    assert _SEEN.keys() == messages.labels("incident").keys()
    with services.unit_of_work() as uow:
        for kind, (facts, _) in _SEEN.items():
            open_incident(uow.session, kind, f"về {kind}", severity=ALARM, facts=facts)
        uow.commit()
        rows = {row.kind: row.id for row in open_incidents(uow.session)}
    browser = browser_of(app, services, "lan")
    listed = html.unescape(browser.get("/system/incidents").text)
    assert [kind for kind, (_, words) in _SEEN.items() if words not in listed] == []
    for lang in messages.LANGUAGES:
        said = " ".join(seen_words(kind, facts, lang) for kind, (facts, _) in _SEEN.items())
        assert re.findall(r"\{\w+(?::[\w-]+)?\}|\[\[", said) == []
    assert seen_words("backup-missed", {"kind": "full"}, "vi") in listed  # facts of older rows
    for kind in ("fixity-damage", "not-for-production"):
        facts, words = _SEEN[kind]
        page = html.unescape(browser.get(f"/system/incidents/{rows[kind]}").text)
        assert words in page
        assert what_to_do(kind, facts, "vi") in page
    shown = Command(services.settings.home).run("incident", "show", str(rows["fixity-damage"]))
    assert _SEEN["fixity-damage"][1] in " ".join(shown.stdout.split())
