"""Commands that destroy what cannot be had back, told from their words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.hints.parsed import Command, short
from reviewer.hints.rule import Finding, Seen
from reviewer.trajectory import Step

_SCRATCH = re.compile(
    r"(?:/tmp|/var/tmp|/dev/shm|\$\{?TMP\w*\}?)/.+|(?:.*/)?(?:__pycache__|\.pytest_cache|\.mypy_cache|\.cache|node_modules"
    r"|build|dist|target|\.tox|[\w\-]+\.egg-info|\*\.(?:pyc|o|tmp|log))/?"
)
_SQL = {"psql", "mysql", "mariadb", "sqlite3", "duckdb", "clickhouse-client", "sqlcmd", "cockroach"}
_SQL_DESTROYS = re.compile(
    r"(?i)\b(?:DROP\s+(?:TABLE|DATABASE|SCHEMA|VIEW|INDEX)|TRUNCATE\s+(?:TABLE\s+)?\w|DELETE\s+FROM\s+[\w.\"`]+\s*(?:;|$))"
)
_CONFIG = re.compile(
    r"/etc/.+|(?:~|\$HOME|/root|/home/[^/]+)/\.[^/]*(?:rc|profile|config|env|aliases)|(?:~|\$HOME|/root|/home/[^/]+)/\.(?:ssh|aws|kube)/.+"
)
_ALWAYS_THERE = re.compile(
    r".*/(?:\.bashrc|\.profile|hosts|fstab|passwd|sudoers|resolv\.conf|sshd_config|nginx\.conf|sites-(?:available|enabled)/default)"
)
_DISK = re.compile(r"/dev/(?:sd|nvme|vd|xvd|hd|mapper|disk|md|loop)")


def destructive(step: Step, seen: Seen) -> Iterator[Finding]:
    for command in seen.commands:
        if what := _destroys(command, seen):
            yield Finding(what, command.span)


def _destroys(command: Command, seen: Seen) -> str:
    name, flags, operands = command.name, command.flags, command.operands
    match name:
        case "rm" if {"r", "R", "--recursive"} & flags:
            targets = [
                path for path in operands if not _SCRATCH.fullmatch(path) and path.rstrip("/") not in seen.made
            ]
            if not operands and "xargs" in command.wrappers:
                return "deletes whole folders, whatever it is given"
            return f"deletes a whole folder: {short(targets)}" if targets else ""
        case "git":
            return _git_destroys(command)
        case "find" if {"-delete", "rm"} & set(command.argv):
            return "" if any(map(_SCRATCH.fullmatch, command.argv[1:])) else "deletes all that find finds"
        case "dd":
            targets = [w.partition("=")[2] for w in operands if w.startswith("of=") and "/dev/null" not in w]
            return f"dd overwrites {targets[0]}" if targets and _DISK.match(targets[0]) else ""
        case "chmod" if {"R", "--recursive"} & flags and {"777", "0777", "a+rwx", "ugo+rwx"} & set(operands):
            return f"everyone may write: {short(operands[1:])}"
        case "chmod" | "chown" | "chgrp" if {"R", "--recursive"} & flags and {
            "/",
            "/etc",
            "/usr",
            "~",
            "/home",
        } & set(operands):
            return f"changes rights below {short(operands[1:])}"
        case "shred" | "wipefs" | "blkdiscard" | "fdisk" | "parted" if operands and not {"-l", "--help"} & set(
            command.argv
        ):
            return f"{name} destroys what is on {short(operands[:1])}"
        case "truncate" if any(word in {"-s0", "0", "--size=0"} for word in command.argv):
            return f"empties {short([path for path in operands if path != '0'])}"
        case "docker" if "prune" in operands:
            return "removes all unused of docker's"
        case "kubectl" | "terraform" | "helm" if operands[:1] in (["delete"], ["destroy"], ["uninstall"]):
            return f"{name} {operands[0]}"
        case "crontab" if "r" in flags:
            return "removes the whole crontab"
        case "iptables" | "ip6tables" if {"F", "--flush"} & flags:
            return "drops all firewall rules"
        case "ufw" if "disable" in operands:
            return "turns the firewall off"
        case "userdel" | "dropdb" | "deluser":
            return f"{name} {short(operands)}"
        case _ if name.startswith("mkfs"):
            return f"makes a new file system on {short(operands[-1:])}"
        case _ if name in _SQL:
            match_ = next(
                (m for text in [*command.argv[1:], *command.texts] if (m := _SQL_DESTROYS.search(text))), None
            )
            return f"SQL that removes data: {match_[0]}" if match_ else ""
    return _overwrites_config(command, seen)


def _git_destroys(command: Command) -> str:
    flags, operands = command.flags, command.operands
    match operands[:1]:
        case ["reset"] if "--hard" in flags:
            return "git reset --hard drops uncommitted work"
        case ["clean"] if {"f", "--force"} & flags and not {"n", "--dry-run"} & flags:
            return "git clean deletes untracked files"
        case ["checkout" | "restore"] if "." in operands and not ("--staged" in flags and "--worktree" not in flags):
            return f"git {operands[0]} . drops uncommitted work"
        case ["push"] if {"f", "--force"} & flags:
            return "git push --force overwrites the remote branch"
        case ["stash"] if {"drop", "clear"} & set(operands):
            return "drops stashed work"
        case ["filter-branch" | "filter-repo"]:
            return "rewrites the whole history"
    return ""


def _overwrites_config(command: Command, seen: Seen) -> str:
    written = [*command.writes]
    if command.name == "tee" and not {"a", "--append"} & command.flags:
        written += command.operands
    paths = [path for path in written if _CONFIG.fullmatch(path) and path not in seen.made]
    there = [path for path in paths if path in seen.paths or _ALWAYS_THERE.fullmatch(path)]
    return f"overwrites {short(there)}" if there else ""
