"""What a sync did, in words, for the screens and the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from reviewer.event import WHOLE
from reviewer.trajectory import SHORT_ID
from store.sync.keys import short_key
from store.sync.segment import WAITING
from tui.cli.console import Draw, counted, one_line

if TYPE_CHECKING:
    from reviewer.event import Subject
    from store.redaction import Redaction
    from store.sync.mail import Gap, Refusal
    from store.sync.redaction import Taken
    from store.sync.request import Request
    from store.sync.sync import Report


def summary(report: Report) -> str:
    """What a sync did, in a line."""
    if report.by_lead:
        who = f" from {', '.join(sorted(report.authors))}" if report.new else ""
        return f"received {counted(report.new, 'event')}{who}; sent {counted(report.put, 'object')}"
    counts = report.counts
    said = f"saved {counts.saved}, sent {counts.sent}, received by lead {counts.received}"
    if report.trajectories:
        said += f"; {counted(len(report.trajectories), 'new session')}"
    if report.waiting:
        said += f"; {counted(report.waiting, 'session')} not there yet"
    if report.long:
        said += f"; {counted(report.long, 'long session')}: `errata sync` brings what is too long for S"
    return said


def said_of(reports: list[Report], errors: list[str]) -> tuple[str, bool]:
    """What the screens say of a sync with all hubs, and whether it is bad news."""
    wrong = errors + [line for report in reports for line in faults(report)]
    several = len(reports) > 1
    said = [f"{report.hub}: {summary(report)}" if several else summary(report) for report in reports]
    said += [line for report in reports for line in redacted(report.redacted)]
    said += dict.fromkeys(line for report in reports for line in missing(report.missing))
    bad = bool(errors) or any(is_failure(report) for report in reports)
    return "; ".join(
        [*wrong[:1], *([f"{len(wrong) - 1} more: `errata hub list`"] if len(wrong) > 1 else []), *said]
    ), bad


def faults(report: Report) -> list[str]:
    """What has to be looked into, a line each."""
    refused = [refusal for refusal in report.refused if refusal.reason not in WAITING]
    lines = refusal_lines(refused + report.untrusted, by_lead=report.by_lead)
    if report.too_large:
        lines.append(f"{counted(report.too_large, 'event')} too large to be sent: shorten what was written there")
    return lines + report.problems


def missing(gaps: Iterable[Gap]) -> list[str]:
    """What has not come yet, a line for each author. Nobody here can do anything about it."""
    return [
        f"{counted(number, 'segment')} of {author} {'is' if number == 1 else 'are'} missing;"
        f" {'it comes' if number == 1 else 'they come'} when that device syncs again"
        for author, number in sorted(Counter(gap.author for gap in gaps).items())
    ]


def redacted(taken: Iterable[Taken]) -> list[str]:
    """What was taken from here, by whom and why, a line each."""
    return [_redaction_line(*one) for one in taken]


def _redaction_line(why: Redaction, trajectory: str, title: str, subject: Subject | None) -> str:
    what = f'session "{one_line(title)}" [{trajectory[:SHORT_ID]}]' if title else f"session {trajectory[:SHORT_ID]}"
    if subject:
        where = f"at step {subject.step} of" if subject.step != WHOLE else "about"
        what = f"the {subject.kind} of {subject.author} {where} {what}"
    return f"redacted by {why.by}: {what}: {one_line(why.reason)}"


def late(waits: str) -> str:
    """That something has waited long, and what to do. waits: as Receipts.late says it."""
    do = "sync, or mend the hub" if "sent" in waits else "ask your lead whether they sync"
    return f"some of what you said is {waits}: {do}"


def how_far(request: Request) -> str:
    """How far a sync is: "3/7", or in bytes "1.5/12.0 MB"; "" where that is not known."""
    if request.in_bytes:
        return f"{request.done / 1e6:.1f}/{request.total / 1e6:.1f} MB"
    return f"{request.done}/{request.total}" if request.total else ""


def draw_sync(draw: Draw, request: Request, name: str) -> None:
    """Draw a bar of how far a sync is."""
    draw(request.done, request.total, "of sessions" if request.in_bytes else name, how_far(request))


def is_failure(report: Report) -> bool:
    """Whether something went wrong. What waits for a key to be trusted, or to be sealed anew, only waits."""
    refused = any(refusal.reason not in WAITING for refusal in report.refused)
    return refused or bool(report.problems or report.too_large)


def refusal_lines(refusals: list[Refusal], *, by_lead: bool) -> list[str]:
    """What was refused, and what the lead may do about it."""
    sealed = sum(refusal.reason == "sealed" for refusal in refusals)
    lines = [_refusal_line(refusal, by_lead=by_lead) for refusal in refusals if refusal.reason != "sealed"]
    if sealed:
        when = (
            "who sent them is asked for them"
            if by_lead
            else "they come with the lead's next sync, if the lead trusts this device"
        )
        lines.append(f"waiting: {counted(sealed, 'object')} sealed for other devices; {when}")
    return lines


def _refusal_line(refusal: Refusal, *, by_lead: bool) -> str:
    box, _, rest = refusal.name.partition("/")
    if refusal.reason != "unknown key" or not refusal.key:
        return f"refused {refusal.name}: {one_line(refusal.why)}"
    author, key = rest.partition("/")[0], short_key(refusal.key)
    if by_lead and box == "outbox":
        return f"waiting: {author} sent something with key {key}; if it is theirs: errata hub trust {author} {key}"
    if box == "outbox":
        return (
            f"waiting: another device of {author} wrote something with key {key}, which the lead does not trust yet"
        )
    return f"waiting: {box} holds something with key {key}, which is not known as the lead's"
