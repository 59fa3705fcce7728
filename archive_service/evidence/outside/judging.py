"""What a stamp is worth: its token, what it is over, and the renewals above it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service import clock
from archive_service.evidence.outside.chains import chains_of_note, iter_links
from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.lasting import Algorithms, end_of, load_algorithms
from archive_service.evidence.outside.renewals import Renewal, by_renewed, iter_renewals, tree_of
from archive_service.evidence.outside.stamping import LogStamp, stamped_digests
from archive_service.services import Services

if TYPE_CHECKING:
    from archive_service.signing.timestamp import JudgedToken
    from archive_service.signing.trust.roots import Trust


@dataclass(frozen=True, slots=True)
class JudgedStamp:
    """What a stamp is worth: ``fault`` is empty where it holds.

    ``is_outside``: whoever made it is trusted, and is not the toy of a demo; and it proves now,
    by itself or renewed, until ``until``.
    """

    stamp: LogStamp
    at: dt.datetime | None
    by: str
    fault: str
    is_outside: bool
    until: dt.datetime | None = None


def judge_stamps(
    services: Services, stamps: Sequence[LogStamp], *, trust: "Trust | None" = None
) -> list[JudgedStamp]:
    """Each by its token and the leaves that the log tells; ``trust`` instead of the home's own."""
    from archive_service.signing.key_stores.kept import AUTHORITY

    home = services.settings.home
    with services.read_only() as session:
        trees = [
            HashTree(stamped_digests(session, stamp.checkpoint, stamp.after)) for stamp in stamps
        ]
        renewals = list(iter_renewals(session))
    judge = StampJudge(
        trust or services.trust, home / AUTHORITY, renewals, algorithms=load_algorithms(home)
    )
    return [judge.stamp(stamp, tree) for stamp, tree in zip(stamps, trees, strict=True)]


class StampJudge:
    """By whom it is trusted; ``toy``: where a demo's authority is. Judges each renewal once."""

    def __init__(
        self,
        trust: "Trust",
        toy: Path,
        renewals: Sequence[Renewal] = (),
        *,
        algorithms: Algorithms | None = None,
    ) -> None:
        self._trust, self._toy, self._renewed = trust, toy, by_renewed(renewals)
        self._algorithms = algorithms or load_algorithms()
        self._known: dict[Renewal, JudgedToken | None] = {}

    def stamp(self, stamp: LogStamp, tree: HashTree) -> JudgedStamp:
        """One stamp against the tree that it has to be over."""
        from archive_service.signing.timestamp import judge_token

        judged_token = judge_token(stamp.token, tree.root, self._trust)
        if judged_token is None:
            return JudgedStamp(stamp, None, "", "stamp-unsound", is_outside=False)
        tokens = [(stamp.token, judged_token)]
        _, *above = iter_links(chains_of_note(stamp, tree, self._renewed))
        for link in above:
            renewed = self._renewal(link.by) if link.by else None
            if renewed is None or renewed.at < tokens[-1][1].at:
                return JudgedStamp(
                    stamp, judged_token.at, judged_token.by, "renewal-unsound", is_outside=False
                )
            tokens.append((link.stamp.token, renewed))
        ends = [end_of(token, self._algorithms) for token, _ in tokens]
        nexts = [*(it.at for _, it in tokens[1:]), clock.now()]
        in_time = all(at < end for at, end in zip(nexts, ends, strict=True))
        is_outside = in_time and all(self._is_trusted(*token) for token in tokens)
        by = (
            f"{judged_token.by}, {clock.iso(judged_token.at)}, root {judged_token.root_sha256[:16]}"
        )
        if len(tokens) > 1:
            by += f", renewed {clock.iso(tokens[-1][1].at)} by {tokens[-1][1].by}"
        return JudgedStamp(stamp, judged_token.at, by, "", is_outside=is_outside, until=ends[-1])

    def _renewal(self, renewal: Renewal) -> "JudgedToken | None":
        from archive_service.signing.timestamp import judge_token

        if renewal not in self._known:
            self._known[renewal] = judge_token(
                renewal.token, tree_of(renewal).root, self._trust, renewal.algorithm
            )
        return self._known[renewal]

    def _is_trusted(self, token: bytes, judged: "JudgedToken") -> bool:
        from archive_service.signing.timestamp import stamp_certificate
        from archive_service.signing.trust.demo_authority import is_toy

        toy = self._toy
        is_demo = toy.is_dir() and is_toy(stamp_certificate(token), toy, self._trust)
        return bool(judged.root_sha256) and not is_demo
