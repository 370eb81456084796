"""`errata hub`: what the store syncs with, and on the lead's side with whom."""

from __future__ import annotations

from dataclasses import asdict

import click

from tui.cli.console import counted, one_line, say, say_json
from tui.cli.options import Settings, common_options, example, json_option, pass_settings
from tui.report import late, missing, refusal_lines


@click.group(no_args_is_help=False, epilog=example("errata hub add work /mnt/team"))
@common_options
def hub() -> None:
    """Set up what to sync with: a hub.

    A hub is a folder that reviewers and their lead can all reach: a mounted share, a stick, what rsync or Syncthing
    keep in step, or one on a server, as ssh://host/path. Or it is a bucket, as s3://bucket/prefix, or a PostgreSQL
    database, as postgresql://host/name. docs/hubs.md tells how to set up each.
    """


@hub.command(epilog=example("errata hub init work /mnt/team --as ana"))
@click.argument("name")
@click.argument("url")
@click.option("--sealed", is_flag=True, help="Others can read the place: encrypt all to those whom it is for.")
@common_options
@pass_settings
def init(settings: Settings, name: str, url: str, sealed: bool) -> None:
    """As the lead, start a hub at URL and call it NAME.

    Whose keys are trusted and what is shared is decided on this device from then on. A hub that was started sealed
    stays so, for everybody.
    """
    from store.sync.hub_book import find_hubs, start_hub
    from store.sync.keys import short_key
    from store.sync.team import Team
    from tui.cli.syncing import sync_with

    reviewer = settings.reviewer
    with settings.open(create=True) as store:
        start_hub(store, reviewer, name, url, sealed=sealed)
        sync_with(store, name, reviewer)
        (entry,) = find_hubs(store, name)
        key = short_key(Team(store, reviewer).key.public)
    flag = " --sealed" if entry.sealed else ""
    say(f"hub {name} is started{', sealed' if entry.sealed else ''}; you lead it as {reviewer}, with key {key}")
    say(f"reviewers join with: errata hub add {name} URL --lead-key {key}{flag}")


@hub.command(epilog=example("errata hub add work /mnt/team --lead-key 3f2a-91c0-77de-0b12"))
@click.argument("name")
@click.argument("url")
@click.option("--lead-key", default="", metavar="KEY", help="The key that the lead told you.")
@click.option(
    "--sealed", is_flag=True, help="The lead told you that the hub is sealed: have nothing to do with another."
)
@common_options
@pass_settings
def add(settings: Settings, name: str, url: str, lead_key: str, sealed: bool) -> None:
    """As a reviewer, join the hub at URL and call it NAME."""
    from store.sync.hub_book import join_hub
    from store.sync.keys import short_key
    from store.sync.team import Team
    from tui.cli.syncing import say_report, sync_with

    reviewer = settings.reviewer
    with settings.open(create=True) as store:
        lead = join_hub(store, reviewer, name, url, lead_key, sealed=sealed)
        report = sync_with(store, name, reviewer)
        team = Team(store, reviewer)
        key, trusted = short_key(team.key.public), team.is_trusted
    compare = "" if lead_key else f" (ask {lead.author} whether that is right)"
    say(f"hub {name}: the lead is {lead.author}, with key {short_key(lead.key)}{compare}")
    say_report(report)
    if not trusted:
        say(f"tell {lead.author} your key: {key}; what you send waits for: errata hub trust {reviewer} {key}")


@hub.command(epilog=example("errata hub invite rev-03"))
@click.argument("name")
@click.option("--hub", "hub_name", metavar="HUB", help="Which hub, where there are several.")
@common_options
@pass_settings
def invite(settings: Settings, name: str, hub_name: str | None) -> None:
    """As the lead, make an account for the reviewer NAME.

    For hubs that have accounts: a database. The URL that is printed holds a password; give it to nobody else.
    """
    from store.hubs import open_hub
    from store.store import check_reviewer
    from store.sync.hub_book import find_hubs
    from store.sync.keys import short_key
    from store.sync.team import Team

    with settings.open() as store:
        (entry, *others) = find_hubs(store, hub_name)
        if others:
            raise click.UsageError("there are several hubs: say which with --hub")
        place = open_hub(entry.url)
        try:
            url = place.invite(check_reviewer(name))
        finally:
            place.close()
        key = short_key(Team(store, settings.reviewer).key.public)
    say(f"give this to {name}: errata hub add {entry.name} '{url}' --lead-key {key} --as {name}")


@hub.command("list", epilog=example("errata hub list --json"))
@json_option
@common_options
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """The hubs, how much of your work they have, and what was refused."""
    from store.sync.hub_book import hubs
    from store.sync.keys import short_key
    from store.sync.mail import Mail
    from store.sync.receipts import receipts

    with settings.open() as store:
        mail = Mail(store, settings.reviewer)
        known = [(hub, mail.counts(hub.name)) for hub in hubs(store)]
        refused, gaps = mail.reasons(), mail.gaps() if known else []
        mine = receipts(store, settings.reviewer)
        waits = mine.late() if mine else ""
        reviewers = mail.team.reviewers if known else []
        lead = mail.team.lead if known else None
        keys = {name: sorted(map(short_key, mail.team.keys(name))) for name in reviewers}
        key = short_key(mail.team.key.public) if known else None
    if as_json:
        say_json(
            {
                "lead": lead,
                "key": key,
                "reviewers": reviewers,
                "keys": keys,
                "hubs": [
                    {"name": hub.name, "url": hub.shown, "sealed": hub.sealed} | asdict(counts)
                    for hub, counts in known
                ],
                "refused": [refusal._asdict() for refusal in refused],
                "missing": [gap._asdict() for gap in gaps],
            }
        )
        return
    if not known:
        say("no hub is set up; `errata hub add NAME URL` sets one up")
    for hub, counts in known:
        said = ["sealed"] if hub.sealed else []
        said += [f"saved {counts.saved}, sent {counts.sent}, received {counts.received}"] if mine else []
        say("  ".join([hub.name, one_line(hub.shown), *([", ".join(said)] if said else [])]))
    if known:
        say(f"lead: {lead}")
        say(f"you: {settings.reviewer}, with key {key} on this device")
    if lead == settings.reviewer:
        for name, trusted in keys.items():
            say(f"trusted: {name}, with {', '.join(trusted) or 'no key any more'}")
    for line in refusal_lines(refused, by_lead=lead == settings.reviewer):
        say(line)
    for line in missing(gaps) + ([late(waits)] if waits else []):
        say(line)


@hub.command(epilog=example("errata hub remove work"))
@click.argument("name")
@common_options
@pass_settings
def remove(settings: Settings, name: str) -> None:
    """Sync with the hub NAME no longer. What is in it stays there, and what is here stays here."""
    from store.sync.hub_book import forget_hub

    with settings.open(write=True) as store:
        entry = forget_hub(store, name)
    say(f"forgot hub {name}, {one_line(entry.shown)}; nothing was removed there")


@hub.command(epilog=example("errata hub trust rev-03 0b77-12ac-90d1-55e2"))
@click.argument("name")
@click.argument("key")
@click.option("--revoke", is_flag=True, help="No longer: the device was lost. This is for good.")
@common_options
@pass_settings
def trust(settings: Settings, name: str, key: str, revoke: bool) -> None:
    """As the lead, trust what the reviewer NAME signs with KEY.

    Ask them for the key in another way than through the hub.
    """
    from store.store import check_reviewer
    from store.sync.keys import short_key
    from store.sync.team import Team

    with settings.open(write=True) as store:
        whole = Team(store, settings.reviewer).trust(check_reviewer(name), key, revoke=revoke)
    said = "no longer trusts" if revoke else "trusts"
    say(f"{said} key {short_key(whole)} of {name}; the next sync says so")


@hub.command(epilog=example("errata hub share 3 8e74f1 --to rev-03"))
@click.argument("refs", nargs=-1, required=True, metavar="REF...")
@click.option("--to", "reviewer", required=True, metavar="NAME", help="The reviewer who gets them.")
@common_options
@pass_settings
def share(settings: Settings, refs: tuple[str, ...], reviewer: str) -> None:
    """As the lead, let a reviewer have trajectories, at their next sync.

    What the rubric hides (`hide` in it) is not sent: who the agent was, how its producer says that it ended.
    """
    from store.sync.mail import Mail

    with settings.open(write=True) as store:
        heads = [store.trajectories.find(ref) for ref in refs]
        mail = Mail(store, settings.reviewer)
        with store.connection.transaction():
            hidden = sorted(set().union(*(mail.share(head.id, reviewer).hide for head in heads)))
    them = "it" if len(heads) == 1 else "them"
    without = f" without {', '.join(hidden)}" if hidden else ""
    say(f"{counted(len(heads), 'session')} shared with {reviewer}; the next sync sends {them}{without}")
