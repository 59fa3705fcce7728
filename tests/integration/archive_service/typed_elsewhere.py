"""Commands of the documents that ``test_documented_commands`` leaves to other tests, or to none."""

# The heading of a script, or a command → why no test types it.
UNTYPED = {
    "Archive service": "`make demo` and `make test` by .ci/run, `make serve` by test_make_targets",
    "One machine": "needs root, systemd and nginx: test_deploy lets both judge the files",
    "archive demo": "`make demo` by .ci/run",
    "archive bench fixity": "makes 500 MiB; with other sizes in bench/test_short",
}
# A file below tests/integration → what it types.
TYPED_IN = {
    "archive_service/accounts/test_passwords.py": ("archive --as NAME account change-password",),
    "archive_service/accounts/test_changing.py": ("archive account rights NAME",),
    "archive_service/accounts/test_leaving.py": ("archive account leaving NAME",),
    "archive_service/accounts/test_renaming.py": (
        "archive account rename NAME --display-name TEXT",
    ),
    "archive_service/accounts/test_unlocking.py": ("archive account unlock NAME",),
    "archive_service/accounts/oidc/test_bindings.py": (
        "archive account bind NAME --subject SUB",
        "archive account binding NAME",
        "archive account unbind NAME",
    ),
    "archive_service/oversight/reviewing/test_reviews.py": (
        "archive review list",
        "archive review show ID",
        "archive review confirm ID --seen DIGEST --in-order NAME --objected NAME=REMARK",
        "archive review sign ID",
        "archive review paper ID --to FILE",
    ),
    "archive_service/recovery/export/test_court_pack.py": (
        "archive --as ACCOUNT case check-pack DIR",
        "archive --as ACCOUNT case export CODE --form court --to DIR",
    ),
    "archive_service/evidence/outside/test_renewing.py": ("archive evidence renew",),
    "archive_service/keeping/fixity/test_doubted.py": (
        "archive fixity acknowledge ID --reason WHY",
    ),
    "archive_service/accounts/test_shell.py": ("archive login NAME", "archive logout NAME"),
    "archive_service/accounts/test_gains.py": (
        "archive rights confirm ID",
        "archive rights refuse ID",
    ),
    "archive_service/accounts/delegations/test_delegations.py": (
        "archive delegation give --to ACCOUNT --duty DUTY --from DAY --until DAY --reason TEXT",
        "archive delegation list",
        "archive delegation end ID",
    ),
    "archive_service/catalogue/grants/test_doors.py": (
        (
            "archive grant give --to ACCOUNT --scope KIND --code CODE --level LEVEL"
            " --from DAY --until DAY --reason TEXT"
        ),
        "archive grant list",
        "archive grant end ID",
    ),
    "archive_service/catalogue/grants/test_groups.py": (
        "archive group make --name TEXT --level LEVEL --agency CODE",
        "archive group join ID --member ACCOUNT --reason TEXT",
        "archive group list",
        "archive group leave ID",
    ),
    "archive_service/catalogue/case_files/test_signatures_now.py": (
        "archive document signatures CODE NUMBER --now",
    ),
    "archive_service/first_run/test_setup.py": (
        "archive setup",
        "archive setup --passwords-to FILE",
    ),
    "retention/transfer/partners/test_doors.py": ("archive partner change CODE --witnessed",),
    "retention/transfer/witnessing/test_doors.py": (
        "archive witness list",
        "archive witness begin-anew CODE --reason WHY",
        "archive --home DIR witness key --name NAME",
        "archive --home DIR witness pin ORIGIN seal.crt",
        "archive --home DIR witness serve --listen HOST:PORT",
    ),
    "ingest/checks/test_marks_lifted.py": (
        "archive submission lift-mark ID --reason T --document NAME",
    ),
}
ELSEWHERE = {*UNTYPED, *(command for commands in TYPED_IN.values() for command in commands)}
