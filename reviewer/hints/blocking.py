"""Programs that hold the shell: pagers, editors, servers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from reviewer.hints.parsed import Command, names, shown
from reviewer.hints.rule import Finding, Seen
from reviewer.trajectory import Step, StepStatus

_PAGERS = {"less", "more", "most", "man", "info"}
_EDITORS = {"vim", "vi", "nvim", "nano", "emacs", "pico", "ed", "joe", "micro", "visudo"}
_WATCHERS = {"top", "htop", "btop", "watch", "nvtop", "iotop", "tmux", "screen"}
_SERVERS = names(
    "uvicorn gunicorn hypercorn daphne waitress-serve streamlit gradio jupyter tensorboard redis-server mongod "
    "mysqld postgres http-server live-server nodemon llama-server caddy text-generation-launcher tritonserver "
    "ngrok cloudflared celery rqworker minio"
)
_SUBCOMMANDS = {
    "flask": {"run"},
    "vllm": {"serve"},
    "ollama": {"serve"},
    "rails": {"s", "server"},
    "hugo": {"server", "serve"},
    "npm": {"start"},
    "yarn": {"start", "dev"},
    "pnpm": {"start", "dev"},
    "vite": {"", "dev", "serve"},
    "next": {"dev", "start"},
    "mkdocs": {"serve"},
}
_RUN_SCRIPTS = {"dev", "start", "serve", "watch"}
_MODULES = frozenset(
    ["http.server", "uvicorn", "gunicorn", "jupyter", "vllm.entrypoints.openai.api_server", "flask", "streamlit"]
)
_DETACHED = names("-d -D --daemon --detach --daemonize --fork --version --help -h -V -v --dry-run")


def blocks(step: Step, seen: Seen) -> Iterator[Finding]:
    """A program that waits or serves until it is stopped, in the foreground, unless it is known to have ended."""
    if step.exit_code == 0 and step.status is StepStatus.OK:
        return
    for command in seen.commands:
        if command.after in {"&", "|"} or "timeout" in command.wrappers or _DETACHED & set(command.argv[1:]):
            continue
        if kind := _blocking(command):
            yield Finding(f"{shown(command)} {kind}", command.span)


def _blocking(command: Command) -> str:
    name, operands = command.name, command.operands
    first = operands[0] if operands else ""
    if name in _PAGERS and not command.writes:
        return "is a pager"
    if name in _EDITORS and not {"-c", "-es", "-Es", "--batch", "-e", "-s"} & set(command.argv):
        return "is an editor"
    if name in _WATCHERS and not ({"b", "n"} & command.flags and name == "top"):
        return "" if name in {"tmux", "screen"} and len(command.argv) > 1 else "runs until it is stopped"
    if name in {"tail", "journalctl", "kubectl", "docker"} and ({"f", "F", "--follow"} & command.flags):
        return "runs until it is stopped" if name in {"tail", "journalctl"} or "logs" in operands else ""
    serves = (
        name in _SERVERS
        or first in _SUBCOMMANDS.get(name, ())
        or (name in {"npm", "yarn", "pnpm", "bun"} and first == "run" and set(operands[1:2]) & _RUN_SCRIPTS)
        or (name.startswith("python") and command.argv[1:2] == ["-m"] and first in _MODULES)
        or (name.startswith("python") and "manage.py" in posixpath.basename(first) and "runserver" in operands)
        or (name == "nginx" and any("daemon off" in word for word in command.argv))
        or (name == "php" and "S" in command.flags)
        or (name in {"docker", "docker-compose"} and "up" in operands and (name != "docker" or first == "compose"))
        or (name == "sleep" and first in {"infinity", "inf"})
    )
    return "serves in the foreground" if serves else ""
