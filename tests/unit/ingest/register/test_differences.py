"""What differs between two sendings of one case file."""

from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from ingest.register.differences import Content, compare
from ingest.register.identity import content_sha256


def document(
    row: int, name: str, *, files: tuple[str, ...] = (), **fields: str
) -> DeclaredDocument:
    told = {"subject": name} | fields
    return DeclaredDocument(
        row=row, fields=told, files=[DeclaredFile(path=path) for path in files or (f"{name}.pdf",)]
    )


def content(*documents: DeclaredDocument, title: str = "Hồ sơ", **digests: str) -> Content:
    paths = [file.path for declared_document in documents for file in declared_document.files]
    known = {path: digests.get(path.removesuffix(".pdf"), path) for path in paths}
    declared = DeclaredCaseFile(row=2, fields={"title": title}, documents=list(documents))
    return Content(declared, known)


def test_rows_and_paths_are_no_difference() -> None:
    one = content(document(2, "A", files=("a.pdf",)), a="1")
    other = content(document(9, "A", files=("sub/a2.pdf",)))
    other = Content(other.declared, {"sub/a2.pdf": "1"})
    assert not compare(one, other)
    assert content_sha256(one.declared, one.digests) == content_sha256(
        other.declared, other.digests
    )


def test_fields_of_the_case_file_are_told_with_before_and_after() -> None:
    (change,) = compare(content(title="Cũ"), content(title="Mới")).fields
    assert (change.name, change.before, change.after) == ("title", "Cũ", "Mới")


def test_added_and_removed_documents_are_named() -> None:
    found = compare(content(document(2, "A"), document(3, "B")), content(document(2, "B")))
    assert [named_document.label for named_document in found.removed] == ["A"]
    assert found.added == ()
    found = compare(content(document(2, "A")), content(document(2, "A"), document(3, "C")))
    assert [named_document.label for named_document in found.added] == ["C"]


def test_a_document_with_other_bytes_or_fields_is_changed_and_not_replaced() -> None:
    before = content(document(2, "A", codeNumber="12", issuedDate="2025-01-02"), A="1")
    after = content(document(2, "Khác", codeNumber="12", issuedDate="2025-01-02"))
    (change,) = compare(before, after).changed
    assert [field.name for field in change.fields] == ["subject"]
    assert (change.files_added, change.files_removed) == (("Khác.pdf",), ("A.pdf",))


def test_a_photograph_of_the_same_file_is_changed_by_its_title_and_bytes() -> None:
    def picture(title: str) -> DeclaredDocument:
        told = {"imageTitle": title}
        return DeclaredDocument(
            row=2, kind="picture", fields=told, files=[DeclaredFile(path="anh.jpg")]
        )

    before, after = content(picture("Khánh thành")), content(picture("Lễ khánh thành"))
    found = compare(Content(before.declared, {"anh.jpg": "1"}), after)
    assert (found.added, found.removed) == ((), ())
    (change,) = found.changed
    assert (change.label, [field.name for field in change.fields]) == (
        "Lễ khánh thành",
        ["imageTitle"],
    )


def test_documents_of_one_number_are_paired_each_once() -> None:
    same = [document(row, name, codeNumber="1") for row, name in ((2, "A"), (3, "B"))]
    found = compare(content(*same), content(*same, document(4, "C", codeNumber="1")))
    assert [named_document.label for named_document in found.added] == ["1"]
    assert found.changed == ()


def test_of_two_documents_of_one_number_the_one_whose_file_is_gone_was_removed() -> None:
    declared = document(2, "A", codeNumber="12", organName="Sở")
    other = document(3, "B", codeNumber="12", organName="Sở")
    after = document(2, "B", codeNumber="12", organName="Sở khác")
    found = compare(content(declared, other), content(after))
    assert [change.row_before for change in found.changed] == [3]
    assert [field.name for field in found.changed[0].fields] == ["organName"]
    assert found.changed[0].files_added == found.changed[0].files_removed == ()
    assert [gone.row for gone in found.removed] == [2]


def test_one_file_at_two_numbers_stays_with_each() -> None:
    same = [document(row, "A", codeNumber=number) for row, number in ((2, "1"), (3, "2"))]
    found = compare(content(*same, A="x"), content(*reversed(same), A="x"))
    assert found.reordered
    assert found.changed == ()


def test_another_order_is_a_difference_of_its_own() -> None:
    one, other = document(2, "A"), document(3, "B")
    found = compare(content(one, other), content(other, one))
    assert found.reordered
    assert (found.added, found.removed, found.changed) == ((), (), ())
    assert content_sha256(content(one, other).declared, {}) != content_sha256(
        content(other, one).declared, {}
    )


def test_an_annex_that_became_the_main_file_is_a_change() -> None:
    main = DeclaredDocument(row=2, fields={"subject": "A"}, files=[DeclaredFile(path="a")])
    annex = main.model_copy(update={"files": [DeclaredFile(path="a", standing="annex")]})
    told = compare(content(main, a="1"), content(annex, a="1"))
    assert len(told.changed) == 1


def test_a_declared_digest_counts_only_where_it_is_not_that_of_the_bytes() -> None:
    plain = DeclaredCaseFile(row=2, documents=[document(2, "A")])
    right = plain.model_copy(deep=True)
    right.documents[0].files[0].sha256 = "ab"
    wrong = plain.model_copy(deep=True)
    wrong.documents[0].files[0].sha256 = "cd"
    digests = {"A.pdf": "ab"}
    assert content_sha256(plain, digests) == content_sha256(right, digests)
    assert content_sha256(plain, digests) != content_sha256(wrong, digests)
