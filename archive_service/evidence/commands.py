"""archive audit and archive evidence: the chain of events, its segments, and its checkpoints."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError, Exit
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from archive_service.evidence.checkpoint import Checkpoint
    from archive_service.evidence.documents import EventList
    from archive_service.evidence.rollback import LossDocument
    from archive_service.evidence.vouching import Step

_HEADS = ("number", "at", "account", "tag", "subject", "address")


@click.group(cls=ActGroup)
def audit() -> None:
    """The audit trail (nhật ký)."""


def _listed(cli: Cli, found: "EventList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(event.number),
            event.at,
            event.account,
            event.tag,
            str(event.data.get("code") or event.subject_id or ""),
            str((event.data.get("door") or {}).get("address", "")),
        )
        for event in found.events
    )
    table([cli.said(f"audit.heads.{name}") for name in _HEADS], rows)


audit.offer("list", "archive_service.evidence.trail:list_events", show=_listed, reads=True)


@audit.command()
@with_json
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A checkpoint kept outside, or a folder of them; may be given more than once.",
)
@click.option(
    "--store",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="One copy as it lies on its disk; read alone, without database, settings or keys.",
)
@click.option(
    "--root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The root of a time-stamp authority as it publishes it: no other stamp counts.",
)
@click.option(
    "--witness-key",
    "keys",
    multiple=True,
    help="The key of a witness as it tells it (NAME+HASH+KEY): no other cosignature counts.",
)
@click.option(
    "--event",
    type=click.IntRange(min=1),
    help="Prove this event alone, with its path; not with the others.",
)
@click.pass_context
def verify(
    ctx: click.Context,
    witnesses: tuple[Path, ...],
    store: Path | None,
    root: Path | None,
    keys: tuple[str, ...],
    event: int | None,
    *,
    as_json: bool,
) -> None:
    """Walk the chain, segments, tiles and checkpoints; exit 5 if something does not fit.

    Exit 1 if what does not fit is told as a loss that two people know: ask them, not the trail.
    Tells step by step how far the trail is proved and by whose word. Only a checkpoint that was
    kept outside proves anything against somebody who could rewrite the archive itself: without
    one the verdict is "not-proved", whatever agrees inside. So does a time stamp, of an authority
    that the home trusts or, with --store, of the one that --root names: others are not counted.
    """
    from archive_service import access
    from archive_service.evidence.offline import prove_store
    from archive_service.evidence.outside.witness_files import read_witness
    from archive_service.evidence.vouching import prove_trail
    from archive_service.evidence.witness.cosignature import parse_vkey
    from archive_service.signing.trust.roots import Trust, certificate_in
    from archive_service.storage.filesystem import FilesystemStore

    cli: Cli = ctx.find_root().obj
    if event is not None:
        if store is not None or witnesses or keys or root is not None:
            raise CommandUsageError(reason=cli.said("audit.event-alone"))
        _show_event(cli, event, as_json=as_json)
        return
    claims = [claim for path in witnesses for claim in read_witness(path)]
    named = {parse_vkey(key).vkey for key in keys}
    trust = None if root is None else Trust(roots=(certificate_in(root)[0],))
    if store is not None:
        copy = FilesystemStore(store)
        proof = prove_store(copy, witnesses=claims, trust=trust, vkeys=named)
    else:
        access.require(cli.actor, "audit:read")
        proof = prove_trail(cli.services, witnesses=claims, trust=trust, vkeys=named)
    if as_json:
        emit(proof.as_document())
    else:
        facts = {"events": proof.events, "segments": proof.segments, "first_bad": proof.first_bad}
        event_facts = facts | {"outside": proof.outside, "names": ", ".join(proof.given_up)}
        say(cli.said(f"audit.{proof.verdict}", **event_facts))
        for step in proof.steps:
            say(_line(cli, step))
    if not proof.ok:
        ctx.exit(Exit.PROBLEMS if proof.first_bad is None else Exit.INTEGRITY)


def _show_event(cli: Cli, number: int, *, as_json: bool) -> None:
    from archive_service.evidence.one_event import prove_event

    proof = prove_event(cli.services, number, actor=cli.actor)
    if as_json:
        emit(proof.as_json())
        return
    say(cli.said("evidence.event", number=number, size=proof.size, copy=proof.copy_read))
    for text in (proof.line, *proof.path):
        click.echo(text)
    click.echo(proof.checkpoint, nl=False)


@click.group(cls=ActGroup)
def evidence() -> None:
    """The log of all events: sealed by checkpoints, compared with those kept outside."""


def _loss_known(cli: Cli, document: "LossDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document.as_json())
    else:
        key = "evidence.loss-wants" if document.wanting else "evidence.loss-known"
        say(
            cli.said(
                key, events=document.events, claimed=document.claimed, wanting=document.wanting
            )
        )


_ROLLBACK = "archive_service.evidence.rollback"
evidence.offer("acknowledge", f"{_ROLLBACK}:acknowledge_loss", show=_loss_known)


def _reported(cli: Cli, value: Any, *, as_json: bool) -> None:
    if as_json:
        emit(value.model_dump())
    else:
        key = "evidence.reported" if value.sealed else "evidence.reported-unsealed"
        say(cli.said(key, pdf=value.pdf, json=value.json_path))


evidence.offer(
    "report",
    "archive_service.catalogue.case_files.evidence_report:write_evidence_report",
    click.Argument(["code"]),
    show=_reported,
    reads=True,
)


@evidence.command()
@with_json
@click.option(
    "--to",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A folder outside the archive, such as a medium, that keeps the checkpoint as well.",
)
@pass_cli
def seal(cli: Cli, to: Path | None, *, as_json: bool) -> None:
    """Seal all events that every copy holds: sign a checkpoint now, not within the hour."""
    from archive_service.evidence.sealing import seal_log
    from archive_service.storage.durable import write_whole

    sealed = seal_log(cli.services, cli.services.signer(), actor=cli.actor)
    made = sealed.checkpoint
    if made is not None and to is not None:
        write_whole(to / f"{made.origin}-{made.size:012d}.txt", made.note.encode())
    if as_json:
        document = None if made is None else _checkpoint_document(made)
        emit({"checkpoint": document, "is_new": sealed.is_new, "waiting": sealed.waiting})
        return
    if made is not None:
        key = "evidence.sealed" if sealed.is_new else "evidence.no-news"
        say(cli.said(key, size=made.size, root=made.root.hex()))
        click.echo(made.note, nl=False)
    if sealed.waiting:
        say(cli.said("evidence.waiting", count=sealed.waiting))


@evidence.command()
@with_json
@click.option("--text", help="The checkpoint itself: origin, size and root, each on its line.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A text file that holds the checkpoint.",
)
@click.option(
    "--paper",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A PDF that the archive once gave, or a scan of it: receipt, minutes, certificate.",
)
@click.pass_context
def compare(
    ctx: click.Context, text: str | None, file: Path | None, paper: Path | None, *, as_json: bool
) -> None:
    """Compare one checkpoint that somebody kept with the log as it is; exit 5 if it differs.

    Of a receipt the package is compared as well: the log has to tell of the version it was given
    for. So an old receipt is a witness even where no checkpoint was printed on it.
    """
    from archive_service import access
    from archive_service.audit import last_number
    from archive_service.evidence.checkpoint import parse_checkpoint
    from archive_service.evidence.outside.paper import PaperMemory, read_paper, unknown_packages
    from archive_service.evidence.vouching import FITS, FORKED, Claim, judge_claims, require_own

    cli: Cli = ctx.find_root().obj
    access.require(cli.actor, "audit:read")
    if paper is not None:
        held = read_paper(paper)
    else:
        given = text or (file.read_text("utf-8", "replace") if file else "")
        held = PaperMemory(parse_checkpoint(given), ())
    found, made = FITS, held.checkpoint
    if made is not None:
        require_own(cli.services, made)
        (found,) = judge_claims(cli.services.database, [Claim("", made)])
    unknown = unknown_packages(cli.services.database, held.packages)
    if as_json:
        facts = {"size": made.size if made else None, "root": made.root.hex() if made else None}
        verdict = FORKED if unknown and found == FITS else found
        packages = {"packages": list(held.packages), "unknown": unknown}
        emit(facts | {"verdict": verdict} | packages)
    else:
        with cli.services.read_only() as session:
            events = last_number(session)
        if made is not None:
            say(cli.said(f"evidence.{found}", size=made.size, events=events))
        for digest in held.packages:
            key = "package-unknown" if digest in unknown else "package-known"
            say(cli.said(f"evidence.{key}", sha256=digest))
    if found != FITS or unknown:
        ctx.exit(Exit.INTEGRITY)


@evidence.command()
@with_json
@click.argument("sha256", metavar="SHA256")
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to make."
)
@click.option("--second", is_flag=True, help="By the service of timestamp.second_url.")
@pass_cli
def record(cli: Cli, sha256: str, to: Path, *, second: bool, as_json: bool) -> None:
    """Write the evidence record (RFC 4998) of an inventory, a segment or a checkpoint.

    SHA256 is its digest, such as a receipt prints of a package. The record leads from it to the
    time stamp of its day, by the other digests of that day alone.
    """
    from archive_service.evidence.outside.asking import SECOND
    from archive_service.evidence.outside.records import evidence_record
    from archive_service.storage.durable import write_whole

    if re.fullmatch("[0-9a-f]{64}", sha256) is None:
        raise CommandUsageError(reason=sha256)
    service = SECOND if second else None
    made = evidence_record(cli.services, sha256, actor=cli.actor, service=service)
    write_whole(to.absolute(), made)
    if as_json:
        emit({"sha256": sha256, "path": str(to), "size_bytes": len(made)})
    else:
        say(cli.said("evidence.recorded", path=to.name))


@evidence.command("check")
@with_json
@click.argument(
    "record", metavar="RECORD", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.argument(
    "content", metavar="OBJECT", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The root of a time-stamp authority as it publishes it; without one, the home's own.",
)
@click.pass_context
def check_record(
    ctx: click.Context, record: Path, content: Path, roots: tuple[Path, ...], *, as_json: bool
) -> None:
    """Check an evidence record (RFC 4998), ours or another archive's, against its object.

    No root is taken from the record for granted. Ends with 0 where it proves, with 1 where it fits
    but nobody trusted stands above it or it has lapsed, with 5 where something does not fit. With
    --root it needs no archive.
    """
    from archive_service.evidence.outside.checking import check_record as checked
    from archive_service.evidence.outside.lasting import load_algorithms
    from archive_service.signing.trust.roots import Trust, certificate_in

    cli: Cli = ctx.find_root().obj
    if roots:
        trust, home = Trust(roots=tuple(certificate_in(root)[0] for root in roots)), None
    else:
        trust, home = cli.services.trust, cli.services.settings.home
    algorithms = load_algorithms(home)
    record_verdict = checked(
        record.read_bytes(), content, trust=trust, algorithms=algorithms, lang=cli.lang
    )
    if as_json:
        emit(record_verdict.as_json())
    else:
        facts = record_verdict.as_json()
        say(
            cli.said(
                f"evidence.record-{record_verdict.verdict}",
                since=facts["since"],
                until=facts["until"],
            )
        )
        for finding in record_verdict.findings:
            say(f"{finding.message} {finding.remedy}")
    if record_verdict.verdict != "proved":
        ctx.exit(Exit.INTEGRITY if record_verdict.verdict == "broken" else Exit.PROBLEMS)


@evidence.command()
@with_json
@pass_cli
def renew(cli: Cli, *, as_json: bool) -> None:
    """Renew the time stamps that cease to prove soon (RFC 4998): the worker does so each day.

    One new stamp is over the old ones, and no object is read. What ends when is told by
    certificates and by the table of algorithms, config/rule_sets/stamp_algorithms.toml. Where the
    algorithm of the hash trees itself ends, what the copies' reading hashed anew is stamped in
    new trees.
    """
    from archive_service.evidence.outside.renewing import renew_stamps
    from archive_service.evidence.outside.trees import renew_trees

    trees = renew_trees(cli.services, actor=cli.actor)
    renewal = renew_stamps(cli.services, actor=cli.actor)
    if as_json:
        emit(renewal.as_json() | {"trees": trees.as_json() if trees else None})
        return
    counts = {"ending": renewal.ending, "lapsed": renewal.lapsed}
    say(cli.said("evidence.renewed", count=renewal.renewed, **counts))
    if trees is not None:
        say(cli.said("evidence.trees", **trees.as_json()))


def _checkpoint_document(made: "Checkpoint") -> dict[str, object]:
    return {"origin": made.origin, "size": made.size, "root": made.root.hex(), "note": made.note}


def _line(cli: Cli, step: "Step") -> str:
    from archive_service import messages

    name = messages.text(f"labels.evidence-steps.{step.name}", cli.lang)
    key = f"evidence.not-counted.{step.name}" if step.not_counted else "evidence.not-proved"
    if step.proved:
        key = "evidence.proved" if step.is_outside else "evidence.agrees"
    facts = {"until": step.until, "count": step.not_counted, "by": ", ".join(step.by)}
    return cli.said(key, step=name, **facts)
