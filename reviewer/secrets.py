"""Secrets in a trajectory: where they stand, and the trajectory without them.

Known shapes only (a vendor's prefix, a key block, a token's structure), and values that are named as secrets and look
random. What is missed is missed: a plain-word password has no shape. What is found is replaced wherever its value
occurs, so that a key that one command names is gone from the output that shows it bare.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from reviewer.sieve import SPACE, Sieve
from reviewer.trajectory import Action, Step, Trajectory


class Secret(NamedTuple):
    """Characters [start, end) of a text, and what kind of secret they are."""

    start: int
    end: int
    kind: str


_B64 = r"[A-Za-z0-9_\-]"

# kind, shape, each beginning where no word character stands. The shapes are the vendors': their documentation, and
# where that is silent the tokens they issue. A shape is looked for only where one of its beginnings is: most texts
# hold none. They are compiled when a text got through the sieve, not at the start.
_SHAPES = (
    ("aws-access-key", "AKIA ASIA", r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    (
        "github-token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"gh[pousr]_[A-Za-z0-9]{36,251}(?![A-Za-z0-9])|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{30,100}",
    ),
    ("gitlab-token", "glpat- glptt- glrt- gldt-", rf"gl(?:pat|ptt|rt|dt)-{_B64}{{20,}}"),
    ("anthropic-key", "sk-ant-", rf"sk-ant-[a-z]{{2,10}}[0-9]{{2}}-{_B64}{{20,}}"),
    ("openrouter-key", "sk-or-", r"sk-or-v1-[0-9a-f]{64}"),
    (
        "openai-key",
        "sk-",
        rf"sk-(?:proj|svcacct|admin|None)-{_B64}{{20,}}|sk-[A-Za-z0-9]{{20}}T3BlbkFJ[A-Za-z0-9]{{20}}",
    ),
    ("api-key", "sk-", r"sk-[A-Za-z0-9]{32,64}(?![A-Za-z0-9_\-])"),  # that form is used by several vendors
    ("stripe-key", "k_live_ whsec_", r"[sr]k_live_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,}"),
    ("slack-token", "xox xapp-", r"xox[abeoprs]-[A-Za-z0-9\-]{10,}|xapp-[0-9]-[A-Za-z0-9\-]{20,}"),
    (
        "google-key",
        "AIza GOCSPX- ya29.",
        rf"AIza{_B64}{{35}}(?![A-Za-z0-9_\-])|GOCSPX-{_B64}{{28}}|ya29\.{_B64}{{30,}}",
    ),
    ("huggingface-token", "hf_", r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
    ("npm-token", "npm_", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("pypi-token", "pypi-AgE", rf"pypi-AgE{_B64}{{50,}}"),
    ("sendgrid-key", "SG.", rf"SG\.{_B64}{{22}}\.{_B64}{{43}}"),
    ("telegram-token", ":AA", rf"[0-9]{{8,10}}:AA{_B64}{{33}}(?![A-Za-z0-9_\-])"),
    ("jwt", "eyJ", rf"eyJ{_B64}{{10,}}\.eyJ{_B64}{{10,}}\.{_B64}{{10,}}"),
)
_WEBHOOK = r"hooks\.slack\.com/services/(?P<value>T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,})"

_ENDS_KEY = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
# Without its end, as when the output was cut, a block goes on for as long as lines of Base64 follow. A block may also
# stand in a string, its line ends written as \n.
_BLOCK = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    rf"(?:(?:(?!-----)[\s\S]){{0,20000}}{_ENDS_KEY}|(?:(?:\s|\\n)+[A-Za-z0-9+/=]{{16,}})*)"
)

_URL = r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/:@'\"<>]{0,100}:(?P<value>[^\s/@'\"<>]{3,200})@(?=[A-Za-z0-9\[])"

_ON_COMMAND_LINE = (
    r"(?:\bcurl\b[^\n|;&]{0,300}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"'$]{1,60}:|\bsshpass\s+-p\s?[\"']?"
    r"|\bmysql(?:dump|admin)?\b[^\n|;&]{0,300}?\s-p[\"']?)(?P<value>[^\s\"'$<>]{3,200})"
)

_NAME = (
    r"(?:pass(?:word|wd|phrase)|\bpwd|secret|token|api[_\-]?key|apikey|access[_\-]?key|private[_\-]?key|auth[_\-]?key|"
    r"credentials?)"
)
_NAMES = (
    rf"(?i:{_NAME}(?:s|[_\-][A-Za-z0-9_\-]{{1,20}})?[\"']?(?:[ \t]?(?:[=:]|=>)[ \t]?|[ \t])[\"']?"
    r"|authorization:\s{0,3}(?:bearer|basic|token)\s|\bbearer\s)"
)
_VALUE = r"[A-Za-z0-9_\-+/=.!@#%^*~]"
_NAMED = rf"{_NAMES}(?=(?P<value>{_VALUE}{{8,256}})(?![A-Za-z0-9_\-+/(\[]))"

SECRETS = Sieve(
    "|".join(
        [
            *(re.sub(r"\(\?!\[[^]]*\]\)", "", shape) for _, _, shape in _SHAPES),
            r"hooks\.slack\.com/services/|PRIVATE KEY|://[^\s/:@'\"<>]{0,100}:[^\s/@'\"<>]{3,200}@",
            r"curl[^\n]*(?:-u|--user)|sshpass|mysql[^\n]* -p",
            _NAMES.replace(r"\b", "").replace(r"\s", SPACE) + _VALUE + "{8}",
        ]
    )
)
"""Lets through every text that holds a secret."""

_PLACEHOLDER = (
    r"(?i)example|placeholder|changeme|redacted|your|dummy|sample|xxxx|1234567|abcdef|test|fake"
    r"|\*\*\*|\.\.\.|<|\$|\{|%s"
)
_BITS = 3.0
"""Bits a character that a value only named a secret has at least. English of that length has less."""


def find_secrets(text: str) -> list[Secret]:
    """The secrets in a text, in order, none within another; never raises."""
    found = [secret for secret in _all(text) if secret.start < secret.end]
    found.sort(key=lambda secret: (secret.start, -secret.end))
    kept: list[Secret] = []
    for secret in found:
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
    return kept


def _all(text: str) -> Iterator[Secret]:
    if not SECRETS.may_match(text):
        return
    for kind, begins, shape in _SHAPES:
        if any(begin in text for begin in begins.split()):
            for match in re.finditer(f"(?<![A-Za-z0-9_])(?:{shape})", text):
                if not match[0].endswith("EXAMPLE") and _is_varied(match[0]):
                    yield Secret(*match.span(), kind)
    if "hooks.slack.com/" in text:
        yield from (Secret(*match.span("value"), "slack-webhook") for match in re.finditer(_WEBHOOK, text))
    if "PRIVATE KEY" in text:
        yield from (Secret(*match.span(), "private-key") for match in re.finditer(_BLOCK, text) if len(match[0]) > 80)
    if "://" in text:
        for match in re.finditer(_URL, text):
            if not re.search(_PLACEHOLDER, match["value"]) and match["value"].lower() not in {
                "password",
                "pass",
                "pwd",
            }:
                yield Secret(*match.span("value"), "url-password")
    if "curl" in text or "mysql" in text or "sshpass" in text:
        for match in re.finditer(_ON_COMMAND_LINE, text):
            if not re.search(_PLACEHOLDER, match["value"]):
                yield Secret(*match.span("value"), "password")
    for match in re.finditer(_NAMED, text):
        if _looks_random(match["value"]):
            yield Secret(*match.span("value"), "password")


def _is_varied(value: str) -> bool:
    """Whether it is not a run of x or 0, as in documentation."""
    return len(set(value[-16:])) > 4


def _looks_random(value: str) -> bool:
    """Whether a value that is named a secret may be one: code assigns a lot to variables called `token`."""
    core = value.strip(".=")
    if re.search(_PLACEHOLDER, core) or not re.search(r"\d", core) or not re.search(r"[A-Za-z]", core):
        return False
    if "/" in core and not any(map(_changes_often, core.split("/"))):
        return False  # a path
    if re.fullmatch(r"[A-Za-z_]+(?:[._\-][A-Za-z_]+)*\d{0,3}", core):
        return False  # an identifier, perhaps with a number at its end
    return _entropy(core) >= _BITS and _changes_often(core)


def _changes_often(value: str) -> bool:
    """Whether its characters go from one class to another as they do by chance: names and versions do so less."""
    classes = [
        "d" if c.isdigit() else "u" if c.isupper() else "l" if c.islower() else "s" for c in value if c not in "_-./"
    ]
    changes = sum(a != b for a, b in pairwise(classes))
    return changes >= max(3, len(value) // 6)


def _entropy(value: str) -> float:
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


# --- redaction -----------------------------------------------------------------------------------------------------


def redact(trajectory: Trajectory, known: Mapping[str, str] | None = None) -> Trajectory:
    """The trajectory with every secret replaced by `<redacted:KIND>`; lines stay where they were.

    known: its secrets, where `secrets_in` was asked already.

    It has another id, and commands that held a secret have another sha256. Names of tools, times and numbers are left
    as they are, and so is the source, which is what it was read from.
    """
    known = secrets_in(trajectory) if known is None else known
    if not known:
        return trajectory
    hide = _Hider(known)
    task = trajectory.task
    return replace(
        trajectory,
        task=replace(task, title=hide(task.title), instructions=hide(task.instructions), system=hide(task.system)),
        outcome=hide(trajectory.outcome),
        totals=hide.inside(trajectory.totals),
        steps=[_redact_step(step, hide) for step in trajectory.steps],
    )


def redact_text(text: str) -> str:
    """A text on its own with every secret replaced."""
    return _Hider({text[s.start : s.end]: s.kind for s in find_secrets(text)})(text)


def secrets_in(trajectory: Trajectory) -> Mapping[str, str]:
    """Every secret's text and kind. The first kind found stays, but a known shape says more than a name."""
    values: dict[str, str] = {}
    for text in _texts(trajectory):
        for start, end, kind in find_secrets(text):
            if kind != "password" or text[start:end] not in values:
                values[text[start:end]] = kind
    return values


def _texts(trajectory: Trajectory) -> Iterator[str]:
    task = trajectory.task
    yield from (task.title, task.instructions, task.system, trajectory.outcome)
    yield from _strings(trajectory.totals)
    for step in trajectory.steps:
        yield from (step.prompt, step.thought, step.reasoning, step.command, step.output or "", step.cwd or "")
        if step.action:
            yield from _strings(step.action.arguments)


def _strings(value: Any) -> Iterator[str]:
    """The texts in JSON. A text under a name is given with it: the name may be what tells that it is a secret."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        name, item = waiting.pop()
        if isinstance(item, Mapping):
            waiting += [(str(key), inner) for key, inner in item.items()]
        elif isinstance(item, list | tuple):
            waiting += [(name, inner) for inner in item]
        elif isinstance(item, str):
            yield item
            yield f"{name}={item}"


class _Hider:
    """Replaces known texts; the longer first, since one may hold another."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        texts: Iterable[str] = sorted(known, key=lambda text: (-len(text), text))
        self.pattern = re.compile("|".join(map(re.escape, texts)) or "(?!)")

    def __call__(self, text: str) -> str:
        return self.pattern.sub(self._instead, text) if text else text

    def _instead(self, match: re.Match[str]) -> str:
        tag = f"<redacted:{self.known[match[0]]}>"
        return re.sub(r"[^\r\n]+", tag, match[0])

    def inside(self, value: Any) -> Any:
        """The same in JSON: its texts replaced, its names kept."""
        if isinstance(value, Mapping):
            return {key: self.inside(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.inside(item) for item in value]
        return self(value) if isinstance(value, str) else value


def _redact_step(step: Step, hide: _Hider) -> Step:
    action: Action | None = step.action
    if action:
        action = replace(action, command=hide(action.command), arguments=hide.inside(action.arguments))
    return replace(
        step,
        action=action,
        output=None if step.output is None else hide(step.output),
        prompt=hide(step.prompt),
        thought=hide(step.thought),
        reasoning=hide(step.reasoning),
        cwd=None if step.cwd is None else hide(step.cwd),
    )
