"""The table of rights: each act with the roles that may do it, and what is asked of them."""

from archive_service.domain.people.account import Role

_STAFF = {Role.ARCHIVIST, Role.HEAD}
_SETS_UP = {Role.ADMIN, Role.OPERATOR}
_SETS_UP_PEOPLE = {Role.AGENCY_ADMIN} | _SETS_UP  # each of an agency those of the agency alone
# The operator reads too, but nothing that is restricted: see ``SEES_CONDITIONAL``.
_READS = {Role.OFFICER, Role.CLERK, Role.READER, Role.AGENCY_HEAD, Role.OPERATOR}
KEEPS = {Role.OPERATOR, Role.WORKER}
_OURS = frozenset(Role) - {Role.PARTNER}  # another archive's programs deliver, and no more

# Each act with the roles that may do it. A role that is not named may not.
ACTS: dict[str, frozenset[Role]] = {
    "agency:add": frozenset(_SETS_UP),
    "agency:change": frozenset(_SETS_UP),
    "account:add": frozenset(_SETS_UP_PEOPLE),
    "account:list": frozenset(_SETS_UP_PEOPLE),
    # The second person for a second factor that its owner lost: at a page alone.
    "second-factor:confirm": frozenset({Role.HEAD, Role.AGENCY_HEAD}),
    # The second person for every gain of rights, and who sees them.
    "rights:confirm": frozenset({Role.HEAD, Role.AGENCY_HEAD}),
    # Duties handed to a colleague for some days; who gives and who receives them ends them.
    "delegation:give": frozenset({Role.AGENCY_HEAD} | _STAFF),
    "delegation:list": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR} | _STAFF | _SETS_UP
    ),
    "delegation:end": frozenset({Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | _STAFF | _SETS_UP),
    # What may be read without asking or managed, for some days; who receives it sees their own.
    "grant:give": frozenset({Role.AGENCY_HEAD} | _STAFF),
    "grant:end": frozenset({Role.AGENCY_HEAD} | _STAFF),
    "grant:list": frozenset(
        {Role.READER, Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR} | _STAFF
    ),
    "rights:list": frozenset({Role.HEAD, Role.AGENCY_HEAD, Role.AUDITOR} | _SETS_UP_PEOPLE),
    "agency:list": _OURS,
    "file-plan:import": frozenset({Role.OFFICER, Role.CLERK, Role.ARCHIVIST} | _SETS_UP),
    # Of the agency alone: the archive advises and approves no plan (ND 30/2020, article 29).
    "file-plan:approve": frozenset({Role.AGENCY_HEAD}),
    "file-plan:ask-signature": frozenset({Role.AGENCY_HEAD} | _STAFF),
    "file-plan:open-entry": frozenset({Role.OFFICER, Role.CLERK, Role.ARCHIVIST}),
    "file-plan:list": _OURS - {Role.STATION, Role.AGENCY_ADMIN},
    "draft:edit": frozenset({Role.OFFICER, Role.ARCHIVIST}),
    # The worker: packages of a transfer that came by network, and what of them is called back.
    "submission:create": frozenset({Role.OFFICER, Role.ARCHIVIST, Role.OPERATOR, Role.WORKER}),
    "submission:withdraw": frozenset({Role.OFFICER, Role.ARCHIVIST, Role.WORKER}),
    "submission:hand-over": frozenset({Role.OFFICER, Role.ARCHIVIST, Role.AGENCY_HEAD}),
    "submission:list": frozenset({Role.OFFICER, Role.OPERATOR, Role.AGENCY_HEAD} | _STAFF),
    "submission:read": frozenset({Role.OFFICER, Role.AGENCY_HEAD} | _STAFF),
    "submission:accept": frozenset(_STAFF),
    "submission:return": frozenset(_STAFF),
    "report:read": frozenset({Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR, Role.WORKER} | _STAFF),
    "report:make": frozenset({Role.AGENCY_HEAD, Role.WORKER} | _STAFF),
    "register:read": frozenset({Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "register:close": frozenset({Role.HEAD}),
    "handover:make": frozenset({Role.WORKER} | _STAFF),
    "handover:list": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR, Role.WORKER}
        | _STAFF
    ),
    "submission:recheck": frozenset({Role.OFFICER, Role.OPERATOR} | _STAFF),
    "submission:rescan": frozenset({Role.OPERATOR} | _STAFF),
    "submission:lift-mark": frozenset({Role.HEAD}),
    "document:quarantine": frozenset({Role.OPERATOR} | _STAFF),
    "document:release": frozenset({Role.OPERATOR, Role.HEAD}),
    "recall:ask": frozenset({Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | _STAFF),
    "recall:decide": frozenset(_STAFF),
    "recall:list": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF
    ),
    "answer:read": frozenset({Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.OPERATOR} | _STAFF),
    "case-file:list": _OURS - {Role.ADMIN, Role.AGENCY_ADMIN, Role.STATION},
    "case-file:read": frozenset(_READS | _STAFF),
    "case-file:history": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF
    ),
    "case-file:export": frozenset({Role.OPERATOR} | _STAFF),
    "case-file:describe": frozenset(_STAFF),
    "access-mode:confirm": frozenset({Role.HEAD}),
    # Whoever is refused asks, staff for who came to read; who decides never asked.
    "access-request:make": frozenset(
        {Role.READER, Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | _STAFF
    ),
    "access-request:list": frozenset(
        {Role.READER, Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR} | _STAFF
    ),
    "access-request:decide": frozenset({Role.HEAD, Role.AGENCY_HEAD}),
    # Who opened what: for whoever answers for the records, and nobody's colleagues.
    "opening:list": frozenset({Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "fonds:list": frozenset(
        {Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR, Role.WORKER} | _STAFF
    ),
    "fonds:keep": frozenset({Role.OPERATOR} | _STAFF),
    "index:read": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR}),
    "index:rebuild": frozenset({Role.ADMIN, Role.OPERATOR}),
    "search": frozenset(_READS | _STAFF),
    "retention:explain": _OURS - {Role.STATION, Role.AGENCY_ADMIN},
    "retention:event": frozenset(_STAFF),
    "retention:choose-rule": frozenset(_STAFF),
    "retention:load-schedule": frozenset(_STAFF),
    "retention:simulate": frozenset({Role.OPERATOR} | _STAFF),
    "retention:adopt-schedule": frozenset({Role.HEAD}),
    "retention:list-schedules": frozenset({Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    # The head of an agency, over what is its own; each lifts what was placed under the same role.
    "hold:place": frozenset({Role.HEAD, Role.AGENCY_HEAD}),
    "hold:lift": frozenset({Role.HEAD, Role.AGENCY_HEAD}),
    "hold:list": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF
    ),
    "disposition:propose": frozenset(_STAFF),
    "disposition:review": frozenset(_STAFF),
    "disposition:council": frozenset(_STAFF),
    # Whoever sits on the council; that they do is asked of the list itself.
    "disposition:vote": frozenset({Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | _STAFF),
    "disposition:submit": frozenset(_STAFF),
    "disposition:approve": frozenset({Role.AGENCY_HEAD}),
    # The agency's clerks give its papers their numbers.
    "disposition:number": frozenset({Role.CLERK, Role.AGENCY_HEAD} | _STAFF),
    "disposition:execute": frozenset(_STAFF),
    "disposition:ask-signature": frozenset({Role.AGENCY_HEAD} | _STAFF),
    "disposition:list": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR, Role.WORKER}
        | _STAFF
    ),
    "transfer:compose": frozenset(_STAFF),
    "transfer:approve": frozenset({Role.AGENCY_HEAD}),
    "transfer:receive": frozenset({Role.ARCHIVIST, Role.WORKER}),  # whoever may hand in at the door
    "transfer:decide": frozenset(_STAFF),
    "transfer:appoint": frozenset(_STAFF),  # who delivers when: at both archives
    "transfer:remove": frozenset({Role.AGENCY_HEAD}),  # what another archive keeps, of our bytes
    "transfer:list": frozenset(
        {Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR, Role.WORKER} | _STAFF
    ),
    "transfer:exchange": frozenset({Role.WORKER} | _STAFF),  # replies and notices, by network
    "transfer:deliver": frozenset({Role.PARTNER}),  # its own transfers, by token
    "log:cosign": frozenset({Role.PARTNER}),  # its own checkpoints, by token
    "partner:keep": frozenset(_SETS_UP),
    "partner:list": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "digitization:list": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "batch:create": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "batch:list": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "batch:read": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "batch:edit": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "batch:release": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "batch:reject": frozenset({Role.STATION, Role.OPERATOR} | _STAFF),
    "station:add": frozenset(_SETS_UP),
    "station:list": frozenset({Role.STATION, Role.ADMIN, Role.OPERATOR} | _STAFF),
    "paper:list": frozenset({Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "paper:keep": frozenset({Role.OPERATOR} | _STAFF),
    "rereading:propose": frozenset({Role.OPERATOR} | _STAFF),
    "rereading:list": frozenset({Role.OPERATOR} | _STAFF),
    "rereading:adopt": frozenset(_STAFF),
    "copy:add": frozenset(_SETS_UP),
    "copy:renew": frozenset(_SETS_UP),
    "copy:retire": frozenset(_SETS_UP),
    "copy:tell-medium": frozenset(_SETS_UP),
    "fixity:check": frozenset({Role.ADMIN, Role.AUDITOR} | _STAFF | KEEPS),
    "fixity:repair": frozenset({Role.ADMIN} | KEEPS),
    "audit:read": frozenset({Role.AUDITOR, Role.HEAD, Role.OPERATOR}),
    # Who answers for the archive says that they know what was lost; never the shell.
    "audit:acknowledge": frozenset({Role.HEAD, Role.ADMIN, Role.AUDITOR}),
    "audit:seal": frozenset({Role.ADMIN, Role.OPERATOR, Role.WORKER}),
    "job:list": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "job:retry": frozenset(_SETS_UP),
    "announcement:make": frozenset(_SETS_UP),
    "fault:report": _OURS - {Role.WORKER},
    "fault:list": frozenset(_SETS_UP),
    "fault:answer": frozenset(_SETS_UP),
    "archive:upgrade": frozenset(_SETS_UP),
    "incident:list": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "incident:take": frozenset({Role.ADMIN, Role.OPERATOR} | _STAFF),
    # What the law wants told: whoever sees to it marks and writes; who answers for it sends.
    "incident:mark": frozenset({Role.ADMIN, Role.OPERATOR} | _STAFF),
    "incident:report": frozenset({Role.ADMIN, Role.HEAD}),
    # The trail by an auditor; accounts and rights by the head of the archive, or of the agency.
    "review:list": frozenset({Role.HEAD, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR}),
    "review:confirm": frozenset({Role.HEAD, Role.AGENCY_HEAD, Role.AUDITOR}),
    "backup:make": frozenset(_SETS_UP | KEEPS),
    "backup:read": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "archive:drill": frozenset({Role.AUDITOR} | _SETS_UP | KEEPS),
    "key:list": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR, Role.AGENCY_HEAD} | _STAFF),
    "seal:hand-over": frozenset({Role.AGENCY_HEAD} | _SETS_UP),
    "seal:use": frozenset({Role.CLERK}),
    "copy:list": frozenset({Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "copy:sign": frozenset({Role.CLERK}),
    "copy:issue": frozenset({Role.CLERK}),
    "signing:request": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.OPERATOR} | _STAFF
    ),
    # To whom others may give papers to sign; the auditor signs what is of his own making alone.
    "signing:sign": frozenset({Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | _STAFF),
    "signing:answer": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR} | _STAFF
    ),
    "signing:list": frozenset(
        {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF
    ),
    "format:list": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "format:propose": frozenset(_STAFF),
    "format:review": frozenset(_STAFF),
    "format:approve": frozenset(_STAFF),
    "collection:publish": frozenset(_STAFF),
    "collection:urge": frozenset({Role.AGENCY_HEAD} | _STAFF),
    "collection:list": frozenset(
        {Role.OFFICER, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF
    ),
    "keep-back:ask": frozenset({Role.OFFICER}),
    "keep-back:decide": frozenset({Role.AGENCY_HEAD, Role.HEAD}),
    "keep-back:list": frozenset(
        {Role.OFFICER, Role.AGENCY_HEAD, Role.AUDITOR, Role.OPERATOR} | _STAFF
    ),
    "late-entry:make": frozenset(_STAFF),
    "outage:record": frozenset(_STAFF),
    "outage:list": frozenset({Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "notice:list": _OURS - KEEPS,
    "term:list": frozenset({Role.AUDITOR, Role.OPERATOR} | _STAFF),
    "term:suggest": frozenset({Role.OFFICER, Role.AUDITOR, Role.OPERATOR} | _STAFF),  # keywords
    "term:edit": frozenset(_STAFF),
    "own-field:list": _OURS - {Role.STATION, Role.AGENCY_ADMIN},
    "own-field:define": frozenset(_SETS_UP | _STAFF),
    "status:read": frozenset({Role.ADMIN, Role.AUDITOR, Role.OPERATOR} | _STAFF),
}

# Grave acts: whoever has a second factor shows it anew before them. Those that take a code of
# their own each time are not among them: approval of a destruction, removal after a transfer,
# adoption of a schedule, the second person of a gain of rights.
PROVED_ANEW = frozenset(
    {
        "disposition:execute",
        "transfer:approve",
        "transfer:decide",
        "hold:place",
        "hold:lift",
        "access-mode:confirm",
        "access-request:decide",
        "account:add",
        "delegation:give",
        "grant:give",
        "agency:change",
        "submission:lift-mark",
        "document:release",
        "seal:hand-over",
        "partner:keep",
        "copy:retire",
        "audit:acknowledge",
    }
)

# Roles that read what is not open to all, or decide: nobody gains one alone. A reader sees what is
# public; stations and other archives' programs bring in, and see no more than that.
GAINED_BY_TWO = frozenset(Role) - KEEPS - {Role.READER, Role.STATION, Role.PARTNER}

# Roles whose every act stays within an agency: its administrator gives these, and no others.
GIVEN_IN_AGENCY = frozenset(
    {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AGENCY_ADMIN, Role.READER}
)

# What a grant to manage opens in the part that it names, and to whom: who works with records of an
# agency does there, but for term and access mode, what else the archive's staff do.
MANAGED = frozenset({"case-file:describe"})
MANAGES = frozenset({Role.OFFICER, Role.CLERK})

# Verbs of acts that are not done by an account of which the log tells otherwise than its row.
DECISIONS = frozenset(
    {
        *("accept", "acknowledge", "add", "adopt", "adopt-schedule", "answer", "appoint"),
        *("approve", "change", "choose-rule", "close", "confirm", "decide", "execute"),
        *("give", "hand-over", "issue", "lift", "lift-mark", "load-schedule", "number", "place"),
        *("publish", "reject", "release", "remove", "renew", "retire", "return", "review"),
        *("sign", "submit", "use", "vote"),
    }
)

# What a reader may open without asking: chế độ sử dụng 01, công khai.
OPEN_MODES = ("01",)
# Archive staff act for every agency; these see conditional material of their own agency too.
SEES_CONDITIONAL = {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | _STAFF
