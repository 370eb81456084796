"""What is done over the disk, through the store's public surface, and `done` after each act, with what is safe now.

An act is a function of the store's path and `done`; `before` makes what it begins with, on a disk of no account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reviewer.annotation import Comment, Mistake
from tests.examples import make_trajectory

Done = Callable[..., None]
"""Called as done(events=[...], trajectory=id, draft=fields, file=path) with any of these."""


@dataclass(frozen=True)
class Act:
    before: Callable[[Path], None]
    do: Callable[[Path, Done], None]


def _nothing(path: Path) -> None:
    pass


def _with_trajectory(path: Path) -> None:
    from store import Store

    with Store(path) as store:
        store.trajectories.add(make_trajectory())


def reviewed(path: Path) -> None:
    """A store with two trajectories, and a review with something of each kind."""
    from store import Store

    _with_trajectory(path)
    with Store(path) as store:
        store.trajectories.add(make_trajectory("another"))
        session = store.session("r", store.trajectories.find("1").id)
        for step in (1, 2, 4):
            session.rate(step, 1)
        session.mark(2, Mistake(code="P1", note="a note " * 40))
        session.comment(2, Comment(text="a comment " * 300))
        session.undo()
        session.keep_draft(2, "comment", "", {"text": "half a sen"})


def _old(path: Path) -> None:
    """A store of the first version, with a review and an output in it."""
    from tests.store.frozen import NAMES, thaw

    path.write_bytes(thaw(NAMES[0]).file)


def annotate(path: Path, done: Done) -> None:
    """Everything that a review can hold, drafts between, and closing and opening again."""
    from store import Store

    for round_ in range(3):
        with Store(path) as store:
            session = store.session("r", store.trajectories.find("1").id)
            for number, step in enumerate((1, 2, 4, 6), start=round_):
                draft = {"text": "x" * (number * 300)}
                session.keep_draft(step, "comment", "", draft)
                done(draft=(step, draft["text"]))
                done(events=session.rate(step, number % 3 - 1))
                done(events=session.comment(step, Comment(text="y" * (number * 997 % 9_000 + 1))))
                session.drop_draft(step, "comment")
                done(draft=(step, None))
            (mistake,) = session.mark(2, Mistake(code="P1"))
            done(events=[mistake])
            done(events=session.decide(mistake.subject.slot))
            before = set(session.review.events)
            session.undo()
            done(events=[event for id_, event in session.review.events.items() if id_ not in before])


def make_and_import(path: Path, done: Done) -> None:
    """The store is made, files are imported, one of them again."""
    from store import Store
    from store.importer import import_paths
    from tests.tui.cli.conftest import SERVE, session_file

    folder = path.parent.parent / "files"
    with Store(path) as store:
        for number in range(4):
            steps = [*SERVE, ("Much.", f"seq {number}", f"{number}\n" * 9_000 * number, 0)]
            file = session_file(folder / f"{number}.traj.json", steps, f"task {number}")
            for _ in range(2):
                (imported,) = import_paths(store, [file])
                assert not imported.error
                done(trajectory=imported.trajectories[0][0].id)
    with Store(path) as store:
        done(events=store.session("r", store.trajectories.find("1").id).rate(1, 1))


def migrate(path: Path, done: Done) -> None:
    """The first opening by this version."""
    from store import Store

    with Store(path) as store:
        done(file=str(store.copied_to))
        done(events=store.session("r", store.trajectories.find("1").id).rate(6, 1))


def back_up(path: Path, done: Done) -> None:
    """Copies are made while a review goes on."""
    from store import Store
    from store.backup import backup

    with Store(path) as store:
        session = store.session("r", store.trajectories.find("1").id)
        for number in range(3):
            done(events=session.rate(1, number - 1))
            done(file=str(backup(path, path.with_name(f"copy-{number}.db"))))


def _damaged(path: Path) -> None:
    reviewed(path)
    content = bytearray(path.read_bytes())
    for page in range(7, len(content) // 4096, 9):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)


def recover(path: Path, done: Done) -> None:
    """What can be read of a damaged store is saved into a new one."""
    from store.recover import recover as save

    done(file=str(save(path, path.with_name("recovered.db")).path))


def _in_a_team(path: Path) -> None:
    """A reviewer's store, for whom a session and some feedback lie in the hub. Hub and lead are on other machines."""
    from tests.store.sync.teams import Team

    team = Team(path.parent.parent)
    reviewer = team.reviewer("r")
    reviewer.add("one's own")
    team.lead.mail.share(team.lead.add("shared"), "r")
    team.lead.mail.send([team.lead.say(f"look at {n}", f"f{n}").id for n in range(3)], "r")
    team.lead.sync()
    team.close()
    for file in path.parent.parent.glob("r.db*"):
        file.rename(path.with_name(file.name.replace("r.db", path.name)))


def sync(path: Path, done: Done) -> None:
    """A review, and a sync after every few acts; the last one brings nothing new."""
    from store import Store
    from store.hubs import open_hub
    from store.sync.hub_book import find_hubs
    from store.sync.sync import Sync, run

    for round_ in range(3):
        with Store(path) as store:
            session = store.session("r", store.trajectories.find("1").id)
            for number, step in enumerate((1, 2, 4), start=round_):
                done(events=session.rate(step, number % 3 - 1))
                done(events=session.comment(step, Comment(text="y" * (number * 997 % 9_000 + 1))))
            report = run(Sync(store, "h", "r"), open_hub(find_hubs(store)[0].url))
            assert not report.refused
            done(events=[event for event in store.log.events() if event.author != "r"])
            for head in report.trajectories:
                done(trajectory=head.id)


ACTS: dict[str, Act] = {
    "annotate": Act(_with_trajectory, annotate),
    "import": Act(_nothing, make_and_import),
    "migrate": Act(_old, migrate),
    "backup": Act(reviewed, back_up),
    "recover": Act(_damaged, recover),
    "sync": Act(_in_a_team, sync),
}
