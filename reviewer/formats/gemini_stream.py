"""What Gemini CLI prints with `--output-format stream-json`: events, a line each.

Source: Gemini CLI's output/types.ts and docs/cli/headless.md of versions 0.11 to 0.40.

After `init` come messages, the agent's in pieces (`delta`), `tool_use` and `tool_result`, which share a `tool_id`,
`error`, and last `result` with figures of all. A result's text is what the program showed, without an exit code.
"""

from __future__ import annotations

from typing import Any

from reviewer.formats.conversation import Message, Result, Speaker
from reviewer.formats.fields import Node
from reviewer.formats.gemini_parts import read_status, to_call


def matches(line: dict[str, Any]) -> bool:
    """Whether a line is the stream's first."""
    return line.get("type") == "init" and {"session_id", "model"} <= line.keys()


class Stream:
    """What the events told so far."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.agent, self.model, self.outcome = "gemini-cli", "", ""
        self.totals: dict[str, Any] = {}

    def read(self, event: Node) -> None:
        match event["type"].value:
            case "init":
                self.model = event["model"].text("")
            case "message" if event["role"].value == "assistant":
                self._turn(event).text += event["content"].content()
            case "message":
                self._say(Speaker.USER, event, event["content"].content())
            case "tool_use":
                call = to_call(event, event["tool_name"], event["tool_id"], event["parameters"])
                call.time = event["timestamp"].moment()
                self._turn(event).calls.append(call)
            case "tool_result":
                text = event["output"].content() or event["error"]["message"].text("")
                result = Result(text, event["tool_id"].label() or None, ended=event["timestamp"].moment())
                read_status(result, event["status"])
                self._say(Speaker.HARNESS, event, "").results.append(result)
            case "error":
                self._say(Speaker.HARNESS, event, event["message"].text(""))
            case "result":
                self.outcome = ": ".join(filter(None, [event["status"].text(""), event["error"]["message"].text("")]))
                self.totals = {name: value for name, value in event["stats"].mapping().items() if name != "models"}

    def _turn(self, event: Node) -> Message:
        """The agent's turn: the last one, unless something came between."""
        if self.messages and self.messages[-1].speaker is Speaker.AGENT:
            return self.messages[-1]
        return self._say(Speaker.AGENT, event, "")

    def _say(self, speaker: Speaker, event: Node, text: str) -> Message:
        self.messages.append(Message(speaker, event.place, text, time=event["timestamp"].moment()))
        return self.messages[-1]
