"""Known attacks on a terminal, on who reads it, and on libraries that draw on it. Each is one `Attack`.

source: where the sequence is specified, or an advisory about its misuse. "ctlseqs" is XTerm Control Sequences
(invisible-island.net/xterm/ctlseqs), "VT" a manual of DEC's (vt100.net), "UAX" and "UTS" are Unicode's reports. What
several terminals got wrong is named by one advisory. Where an attack carries a word, it is `PAYLOAD`.
"""

from __future__ import annotations

from typing import NamedTuple

PAYLOAD = "pwned"
_B64 = "cHduZWQ="  # the same in Base64


class Attack(NamedTuple):
    """name: what it does. source: where from. text: as it stands in a trajectory."""

    name: str
    source: str
    text: str


_TITLES_AND_REPORTS = (
    Attack("title and icon name", "ctlseqs OSC 0", "\x1b]0;pwned\x07"),
    Attack("icon name", "ctlseqs OSC 1", "\x1b]1;pwned\x1b\\"),
    Attack("title", "ctlseqs OSC 2", "\x1b]2;pwned\x1b\\"),
    Attack("a flood of titles", "CVE-2021-33500 (PuTTY)", "\x1b]2;pwned\x07" * 60),
    Attack("a very long title", "ctlseqs OSC 2", f"\x1b]2;{'pwned' * 400}\x07"),
    Attack("title echoed back as typed input", "CVE-2003-0063 (xterm)", "\x1b]2;;pwned;\x07\x1b[21t"),
    Attack("icon name echoed back", "ctlseqs CSI 20 t", "\x1b]1;;pwned;\x07\x1b[20t"),
    Attack("title with line breaks, echoed back", "CVE-2022-46387 (ConEmu)", "\x1b]0;\rpwned\r\x07\x1b[21t"),
    Attack("titles pushed and popped", "ctlseqs CSI 22 t", "\x1b[22;0t\x1b[23;0t"),
    Attack("screen's title", "screen(1), Control Sequences", "\x1bkpwned\x1b\\"),
    Attack("X property", "ctlseqs OSC 3", "\x1b]3;WM_CLASS=pwned\x07"),
    Attack("window size, place, lowering, icon", "ctlseqs CSI t", "\x1b[8;1;1t\x1b[3;0;0t\x1b[2t\x1b[6t\x1b[9;1t"),
    Attack("window and cell size asked", "ctlseqs CSI t", "\x1b[14t\x1b[16t\x1b[18t\x1b[19t\x1b[11t\x1b[13t"),
    Attack("lines a page", "ctlseqs DECSLPP", "\x1b[24t\x1b[132t"),
    Attack("device attributes asked", "ECMA-48 8.3.24, ctlseqs DA", "\x1b[c\x1b[0c\x1b[>c\x1b[=c\x1bZ\x05"),
    Attack("version asked", "ctlseqs XTVERSION", "\x1b[>0q"),
    Attack("cursor position asked", "ECMA-48 8.3.35", "\x1b[5n\x1b[6n\x1b[?6n\x1b[?15n\x1b[?25n\x1b[?26n"),
    Attack("modes asked", "ctlseqs DECRQM", "\x1b[4$p\x1b[?2004$p"),
    Attack("checksum of the screen", "ctlseqs DECRQCRA", "\x1b[1;1;1;1;24;80*y"),
    Attack("terminal parameters asked", "ctlseqs DECREQTPARM", "\x1b[x\x1b[1x"),
    Attack("presentation state asked", "ctlseqs DECRQPSR", "\x1b[1$w\x1b[2$w"),
    Attack("setting asked, echoed back", "CVE-2008-2383 (xterm)", "\x1bP$q\npwned\n\x1b\\"),
    Attack(
        "setting asked, echoed back in another form", "CVE-2022-45872 (iTerm2)", "\x1bP$qpwned\x1b\\\x1bP$qm\x1b\\"
    ),
    Attack("terminfo asked", "ctlseqs XTGETTCAP", "\x1bP+q544e\x1b\\"),
    Attack("terminfo set", "ctlseqs XTSETTCAP", "\x1bP+p70776e6564\x1b\\"),
    Attack("resources asked", "ctlseqs XTGETXRES", "\x1bP+Q70776e6564\x1b\\"),
    Attack("answerback set and asked", "VT, ENQ", "\x05pwned\x05"),
    Attack("font set and asked, echoed back", "CVE-2022-45063 (xterm)", "\x1b]50;i$(touch pwned)\x07\x1b]50;?\x07"),
    Attack("screen dumped into a file", "CVE-2003-0021 (Eterm)", "\x1b]55;/tmp/pwned\x07"),
    Attack("screen printed", "ECMA-48 8.3.82 MC", "\x1b[i\x1b[0i\x1b[?1i\x1b[?4i\x1b[5ipwned\x1b[4i"),
    Attack("graphics asked, echoed back", "CVE-2021-33477 (rxvt-unicode)", "\x1bGQpwned\n"),
)

_CLIPBOARD_LINKS_NOTES = (
    Attack("clipboard written", "ctlseqs OSC 52", f"\x1b]52;c;{_B64}\x07"),
    Attack("selection and cut buffers written", "ctlseqs OSC 52", f"\x1b]52;pqs01234567;{_B64}\x1b\\"),
    Attack("clipboard read", "ctlseqs OSC 52", "\x1b]52;c;?\x07"),
    Attack(
        "clipboard written by kitty's way", "kitty OSC 5522", f"\x1b]5522;type=write\x1b\\\x1b]5522;;{_B64}\x1b\\"
    ),
    Attack("clipboard of iTerm2", "iTerm2 OSC 1337", "\x1b]1337;CopyToClipboard=\x07pwned\x1b]1337;EndCopy\x07"),
    Attack("a link", "OSC 8, Hyperlinks in Terminal Emulators", "\x1b]8;;https://pwned.example\x1b\\x\x1b]8;;\x1b\\"),
    Attack("a link to a file", "OSC 8", "\x1b]8;;file:///etc/pwned\x07x\x1b]8;;\x07"),
    Attack("a link to a script", "OSC 8", "\x1b]8;id=1;javascript:pwned\x1b\\x\x1b]8;;\x1b\\"),
    Attack("a link that runs a program", "CVE-2023-46321 (iTerm2)", "\x1b]8;;x-man-page://pwned\x07x\x1b]8;;\x07"),
    Attack("a link to ssh", "CVE-2023-46322 (iTerm2)", "\x1b]8;;ssh://-oProxyCommand=pwned\x07x\x1b]8;;\x07"),
    Attack("a link that is never closed", "CVE-2022-46663 (less -R)", "\x1b]8;;https://pwned.example\x07"),
    Attack("a bare address", "terminals make links of these by themselves", "https://pwned.example/\x1b]8;;\x1b\\"),
    Attack("palette asked and set", "ctlseqs OSC 4", "\x1b]4;0;?\x07\x1b]4;7;#000000\x07\x1b]104\x07"),
    Attack("colours asked and set", "ctlseqs OSC 10", "\x1b]10;?\x07\x1b]11;?\x07\x1b]10;#000\x07\x1b]11;#000\x07"),
    Attack("cursor and highlight colour", "ctlseqs OSC 12", "\x1b]12;#000\x07\x1b]17;#000\x07\x1b]19;#000\x07"),
    Attack("special colours", "ctlseqs OSC 5", "\x1b]5;0;#000000\x07\x1b]6;0;1\x07"),
    Attack("colours stacked", "kitty OSC 30001", "\x1b]30001\x1b\\\x1b]30101\x1b\\\x1b]21;foreground=?\x1b\\"),
    Attack("log file named", "ctlseqs OSC 46", "\x1b]46;/tmp/pwned\x07"),
    Attack("pointer shape", "ctlseqs OSC 22", "\x1b]22;pwned\x07"),
    Attack("working folder", "OSC 7 (VTE)", "\x1b]7;file://host/pwned\x07"),
    Attack("notification", "OSC 9 (iTerm2)", "\x1b]9;pwned\x07"),
    Attack("message box, progress, a wait", "OSC 9;2 (ConEmu)", "\x1b]9;2;pwned\x07\x1b]9;4;3;\x07\x1b]9;5\x07"),
    Attack("notification of urxvt", "OSC 777 (rxvt-unicode)", "\x1b]777;notify;pwned;pwned\x07"),
    Attack(
        "notification that runs code", "CVE-2022-41322 (kitty)", "\x1b]99;i=1:d=0;pwned\x1b\\\x1b]99;i=1;pwned\x1b\\"
    ),
    Attack(
        "prompt marks", "OSC 133 (FinalTerm)", "\x1b]133;A\x07$ \x1b]133;B\x07pwned\x1b]133;C\x07\x1b]133;D;0\x07"
    ),
    Attack("VS Code's prompt marks", "OSC 633 (VS Code)", "\x1b]633;E;pwned\x07\x1b]633;P;Cwd=/pwned\x07"),
    Attack("file written by iTerm2", "iTerm2 OSC 1337", f"\x1b]1337;File=name={_B64};size=5;inline=0:{_B64}\x07"),
    Attack("picture of iTerm2", "iTerm2 OSC 1337", f"\x1b]1337;File=inline=1;width=100%:{_B64}\x07"),
    Attack("variable of iTerm2", "iTerm2 OSC 1337", f"\x1b]1337;SetUserVar=pwned={_B64}\x07"),
    Attack(
        "focus stolen, profile changed", "iTerm2 OSC 1337", "\x1b]1337;StealFocus\x07\x1b]1337;SetProfile=pwned\x07"
    ),
    Attack("variables of iTerm2 asked", "iTerm2 OSC 1337", "\x1b]1337;ReportVariable=cHduZWQ=\x07"),
    Attack("upload asked", "CVE-2023-46301 (iTerm2)", "\x1b]1337;RequestUpload=format=tgz\x07"),
    Attack("terminfo of Konsole", "OSC 50 (Konsole)", "\x1b]50;CursorShape=1;pwned\x07"),
    Attack("a string that is never closed", "ECMA-48 5.6", "\x1b]0;pwned"),
)

_DEVICE_STRINGS = (
    Attack("sixel picture", "VT330 ch. 14", '\x1bPq"1;1;9999;9999#0;2;0;0;0#0!9999~-\x1b\\'),
    Attack("sixel that overruns", "CVE-2022-24130 (xterm)", '\x1bPq"1;1;1;1#0!255~$-!65535~\x1b\\'),
    Attack("ReGIS", "CVE-2023-40359 (xterm)", "\x1bP0pR(P(pwned))S(E)\x1b\\"),
    Attack("soft font", "VT220 DECDLD", "\x1bP1;1;1{ @pwned\x1b\\"),
    Attack("user-defined keys", "CVE-2003-0071 (xterm)", "\x1bP0;1|17/70776e65640d\x1b\\"),
    Attack("macro defined and run", "VT420 DECDMAC", "\x1bP1;0;0!zpwned\x1b\\\x1b[1*z"),
    Attack("restored presentation", "VT DECRSPS", "\x1bP1$t1;1;1\x1b\\\x1bP$tpwned\x1b\\"),
    Attack("passed through tmux", "tmux(1), allow-passthrough", f"\x1bPtmux;\x1b\x1b]52;c;{_B64}\x07\x1b\\"),
    Attack("tmux's control mode", "CVE-2019-9535 (iTerm2)", "\x1bP1000p%begin 1 1 0\npwned\n%end 1 1 0\n\x1b\\"),
    Attack("passed through screen", "screen(1), Control Sequences", "\x1bP\x1b]0;pwned\x07\x1b\\"),
    Attack(
        "kitty's remote control", "kitty, remote control", '\x1bP@kitty-cmd{"cmd":"launch","args":["pwned"]}\x1b\\'
    ),
    Attack("kitty's picture from a file", "kitty graphics protocol", "\x1b_Ga=T,t=f,f=100;L2V0Yy9wd25lZA==\x1b\\"),
    Attack("synchronised update of iTerm2", "DCS = 1 s", "\x1bP=1spwned"),
    Attack("application program command", "ECMA-48 8.3.2 APC", "\x1b_pwned\x1b\\"),
    Attack("privacy message", "ECMA-48 8.3.94 PM", "\x1b^pwned\x1b\\"),
    Attack("start of string", "ECMA-48 8.3.143 SOS", "\x1bXpwned\x1b\\"),
    Attack("device string that is never closed", "ECMA-48 8.3.27 DCS", "\x1bPpwned"),
    Attack("Linux console's palette", "console_codes(4)", "\x1b]P0000000\x1b]R"),
    Attack(
        "Linux console's bell, blanking, console",
        "console_codes(4)",
        "\x1b[10;32767]\x1b[11;60000]\x1b[9;1]\x1b[12;2]",
    ),
)

_MODES = (
    Attack(
        "mouse reports", "ctlseqs 1000", "\x1b[?9h\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1015h\x1b[?1016h"
    ),
    Attack("bracketed paste off, its end faked", "ctlseqs 2004", "\x1b[?2004l\x1b[201~pwned\n\x1b[200~"),
    Attack("alternate screen left", "ctlseqs 1049", "\x1b[?1049l\x1b[?47l\x1b[?1047lpwned"),
    Attack("wrapping, reverse wrapping, origin", "VT100 DECAWM", "\x1b[?7l\x1b[?45h\x1b[?6h"),
    Attack("132 columns", "VT100 DECCOLM", "\x1b[?40h\x1b[?3h"),
    Attack("reverse video, hidden cursor", "VT100 DECSCNM", "\x1b[?5h\x1b[?25l"),
    Attack("keyboard locked", "ECMA-48 7.2.11 KAM", "\x1b[2h\x1b[12l\x1b[20h"),
    Attack("keys that send other bytes", "VT100 DECCKM", "\x1b[?1h\x1b=\x1b[?66h\x1b[?67h\x1b[>4;2m\x1b[?1035h"),
    Attack("VT52 mode", "VT100 DECANM", "\x1b[?2l\x1bH\x1bJ\x1bZ"),
    Attack("Tektronix mode", "ctlseqs DECTEK", "\x1b[?38h\x1b\x0c"),
    Attack("kitty's keyboard", "kitty keyboard protocol", "\x1b[>31u\x1b[=31;1u\x1b[?u\x1b[<99u"),
    Attack("win32 input", "ConPTY 9001", "\x1b[?9001h"),
    Attack("a synchronised update left open", "DEC mode 2026", "\x1b[?2026h"),
    Attack("focus, size and colour reports", "ctlseqs 1004", "\x1b[?1004h\x1b[?2048h\x1b[?2031h"),
    Attack("insert mode", "ECMA-48 7.2.10 IRM", "\x1b[4hpwned"),
    Attack("scrolling region, margins", "VT100 DECSTBM", "\x1b[5;6r\x1b[?69h\x1b[10;11s"),
    Attack("soft and hard reset", "VT DECSTR, RIS", "\x1b[!p\x1bc"),
    Attack("screen filled", "VT100 DECALN", "\x1b#8\x1b#3\x1b#6"),
    Attack("self test", "VT100 DECTST", "\x1b[2;1y\x1b[2;4y"),
    Attack("leds, warning bell, cursor shape", "VT DECLL", "\x1b[1q\x1b[8 t\x1b[5 q"),
    Attack("protected cells", "VT220 DECSCA", '\x1b[1"qpwned\x1b[?2J'),
    Attack("conformance level", "VT220 DECSCL", '\x1b[61"p\x1b[63;1"p'),
    Attack(
        "rectangles filled and copied", "VT420 DECFRA", "\x1b[88;1;1;24;80$x\x1b[1;1;24;80;1;5;5;1$v\x1b[1;1;24;80$z"
    ),
    Attack("status line", "VT320 DECSSDT", "\x1b[2$~\x1b[1$}pwned"),
    Attack("another page", "VT420 NP", "\x1b[2U\x1b[3V\x1b[2 P"),
    Attack("bell", "ECMA-48 8.3.3 BEL", "\x07" * 20),
    Attack("locator", "ctlseqs DECELR", "\x1b[1;2'z\x1b[1'{\x1b['|"),
)

_CURSOR_AND_CHARACTERS = (
    Attack("screen cleared", "ECMA-48 8.3.39 ED", "\x1b[2J\x1b[3J\x1b[Hpwned"),
    Attack("what was written before, overwritten", "CVE-2024-52005 (git)", "\x1b[10A\x1b[2Kpwned\x1b[10B"),
    Attack("text hidden from who reads it", "CVE-2021-25743 (kubectl)", "curl x\x1b[2K\rsafe\x1b[8mpwned\x1b[28m"),
    Attack("text in its own background", "ECMA-48 8.3.117 SGR", "\x1b[30;40mpwned\x1b[38;2;0;0;0;48;2;0;0;0mpwned"),
    Attack("style left on", "ECMA-48 8.3.117 SGR", "\x1b[5;7;8;9;38;5;200;48;5;17m"),
    Attack(
        "font, blinking, ideogram lines", "ECMA-48 8.3.117 SGR", "\x1b[11m\x1b[5;6m\x1b[51;52;60;64;73m\x1b[58;5;1m"
    ),
    Attack(
        "colour with wild parameters",
        "ECMA-48 8.3.117 SGR",
        "\x1b[38;2;99999;1;1m\x1b[:::::m\x1b[38m\x1b[4:9m",
    ),
    Attack("repeated a billion times", "CVE-2012-2738 (VTE)", "x\x1b[2147483647b"),
    Attack(
        "huge counts", "CVE-2012-2738 (VTE)", "\x1b[2147483647L\x1b[99999999P\x1b[999999999@\x1b[99999999;99999999H"
    ),
    Attack("scrolled far", "ECMA-48 8.3.147 SU", "\x1b[2147483647S\x1b[2147483647T\x1b[2147483647X"),
    Attack("index and reverse index", "VT100 IND RI", "\x1bD\x1bM\x1bE\x1b7\x1b8\x1b6\x1b9"),
    Attack("tab stops cleared", "ECMA-48 8.3.154 TBC", "\x1b[3g\x1bH\x1b[?5W\t\t"),
    Attack("line drawing in place of letters", "ECMA-35, VT100 SCS", "\x1b(0pwned\x0epwned"),
    Attack("other character sets", "ECMA-35", "\x1b)0\x1b*A\x1b+<\x1bn\x1bo\x1b|\x1b}\x1b~\x1bN\x1bO"),
    Attack("UTF-8 left", "ECMA-35 15.4", "\x1b%@\x1b%/G\x1b%G"),
    Attack("8-bit controls chosen", "VT220 S8C1T", "\x1b G\x1b F"),
    Attack("C1 control sequence", "ECMA-48 5.4", "\x9b31m\x9b2J\x9b6n"),
    Attack("C1 strings", "ECMA-48 5.6", f"\x9d52;c;{_B64}\x9c\x9d0;pwned\x9c\x90q\x9c\x9f\x9e\x98\x9c"),
    Attack("C1 single ones", "ECMA-48 5.3", "\x84\x85\x88\x8d\x8e\x8f\x96\x97\x9a"),
    Attack("every C0", "ECMA-48 5.2", "".join(map(chr, range(0x20))) + "\x7f"),
    Attack("every C1", "ECMA-48 5.3", "".join(map(chr, range(0x80, 0xA0)))),
    Attack("an escape cut in two", "ECMA-48 5.4", "\x1b"),
    Attack("an escape at the end of a line", "ECMA-48 5.4", "a\x1b\n]0;pwned\x07\x1b\n[2J"),
    Attack(
        "a sequence within a sequence",
        "VT parser (Williams)",
        "\x1b[\x1b]0;pwned\x07\x1b[3\x1b[2J1m\x1b]0;\x1b[2J\x07",
    ),
    Attack("controls within a sequence", "VT parser (Williams)", "\x1b[3\x071\x08m\x1b[\x18\x1a\x1b[2\x9c J"),
    Attack("a sequence that deleting would make", "filters that delete once", "\x1b\x1b[0m]0;pwned\x07\x1b\u200b[2J"),
    Attack("padding in a sequence", "ECMA-48 8.3.88 NUL", "\x1b\x00[\x002\x00J\x1b\x7f]0;pwned\x07"),
    Attack("backspaces", "overstriking", "pwned\x08\x08\x08\x08\x08safe \x08\x7f\x7f"),
    Attack("carriage returns", "overwriting a line", "pwned\rsafe \r\r\n\rx"),
    Attack(
        "separators that libraries take for line ends", "Unicode 5.8", "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i"
    ),
    Attack("bytes that are no UTF-8", "RFC 3629 10", "\udcc0\udc9b\udcc1\udcbf\udcff\udcfe\udce0\udc80\udc9b"),
    Attack(
        "overlong escape", "RFC 3629 10", "\udcc0\udc9b]0;pwned\x07\udce0\udc80\udc9b[2J\udcf0\udc80\udc80\udc9b[6n"
    ),
    Attack("C1 as single bytes", "surrogateescape of 0x9B 0x9D", "\udc9b2J\udc9d0;pwned\udc9c\udc90q\udc9c"),
    Attack("surrogates", "RFC 3629 3 (CESU-8)", "\ud83d\ude00 \ud800 \udfff \ude00\ud83d"),
    Attack("Latin-1 read as UTF-8", "Windows-1252", "â€œ\x93pwned\x94 \x80\x82\x8b\x9b"),
)

_UNICODE = (
    Attack(
        "overrides",
        "CVE-2021-42574 (Trojan Source)",
        "\u202etxt.exe\u202c \u202dabc\u202c \u202agnp\u202c \u202bx\u202c",
    ),
    Attack("isolates", "CVE-2021-42574 (Trojan Source)", "\u2066rm\u2069 \u2067 -rf\u2069 \u2068/\u2069"),
    Attack("an override that is never closed", "UAX #9", "\u202e\u2067\u202e" * 70),
    Attack("direction marks", "UAX #9", "a\u200eb\u200fc\u061cd"),
    Attack("old shaping controls", "Unicode 23.3", "\u206a\u206b\u206c\u206d\u206e\u206f"),
    Attack("zero width", "UTS #39", "r\u200bm\u200c\u200d \u2060-\ufeffrf\u180e"),
    Attack("invisible operators", "Unicode 22.6", "a\u2061b\u2062c\u2063d\u2064e\u2065f"),
    Attack(
        "letters as tags", "ASCII smuggling, Unicode 23.9", "ok" + "".join(chr(0xE0000 + ord(c)) for c in "pwned")
    ),
    Attack("tags begun and cancelled", "Unicode 23.9", "\U000e0001\U000e0041\U000e007f"),
    Attack("variation selectors", "Unicode 23.4", "a\ufe00b\ufe0fc\ufe0e\U000e0100\U000e01ef\u180b"),
    Attack(
        "bytes as variation selectors",
        "data hidden in an emoji",
        "😀" + "".join(chr(0xE0100 + b - 16) for b in b"pwned"),
    ),
    Attack("a flood of marks", "CVE-2021-27135 (xterm)", "e" + "\u0301\u0323\u0489\u20dd\u035c" * 200),
    Attack("marks before anything", "UAX #15", "\u0301\u0300 \u20e0\u0338"),
    Attack("Hangul fillers", "UTS #39", "a\u3164b\u115fc\u1160d\uffa0e"),
    Attack("Hangul letters that join", "UAX #29", "\u1100\u1161\u11a8\u1160\u11ff\ud7b0\ua960"),
    Attack("annotations between lines", "Unicode 23.8", "\ufff9rm\ufffa-rf\ufffb\ufffc"),
    Attack("soft hyphens and joiners", "Unicode 23.2", "r\u00adm\u034f-\u00adrf"),
    Attack("Khmer and Mongolian that do not show", "DerivedCoreProperties", "\u17b4\u17b5\u180b\u180f"),
    Attack("music and shorthand formats", "DerivedCoreProperties", "\U0001d173\U0001d17a\U0001bca0\U0001bca3"),
    Attack("hieroglyph formats", "Unicode 11.4", "\U00013430\U0001343f\U00013440"),
    Attack("not characters", "Unicode 23.7", "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff"),
    Attack("private use", "Unicode 23.5", "\ue000\uf8ff\U000f0000\U0010fffd"),
    Attack("not assigned", "Unicode 23.7", "\u0378\U000e0fff\U0003fffd\u2fe0"),
    Attack("separators", "Unicode 23.2", "a\u2028b\u2029c"),
    Attack(
        "blanks of many kinds", "Unicode 6.2", "\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u202f\u205f\u3000\u2800"
    ),
    Attack("text from right to left", "UAX #9", "rm \u05d0\u05d1 1 \u0627\u0644 2 -rf"),
    Attack("look-alikes", "CVE-2021-42694", "\u0441url \u0430pt \u2044etc\u2215p\u200dasswd"),
    Attack("widths that terminals dispute", "UAX #11", "👍🏽🏳️‍🌈❤️⚠️नि🇩🇪﷽\u1f1e6ambiguous§"),
    Attack("digits in keycaps and flags", "UTS #51", "1️⃣\U0001f3f4\U000e0067\U000e0062\U000e007f"),
)

_MARKUP_AND_NAMES = (
    Attack("Rich's markup", "rich.markup", "[bold red]pwned[/bold red] [/] [/foo] [not closed"),
    Attack("Textual's action", "textual.markup @click", "[@click=app.quit]pwned[/] [@click=app.bell()]x[/]"),
    Attack("link in markup", "rich.markup", "[link=file:///etc/pwned]x[/link] [link='javascript:pwned']y[/link]"),
    Attack(
        "markup that is escaped", "rich.markup.escape", "\\[bold]pwned\\[/] \\\\[red] [[x]] :smiley: $x {pwned} %s %n"
    ),
    Attack(
        "Markdown and HTML", "CommonMark", "![x](https://pwned.example/x.png) <img src=x onerror=pwned> &#27;]0;pwned"
    ),
    Attack("formats of printf and logging", "CWE-134", "%s%n%x {0.__class__} {} ${PATH} $(pwned) `pwned`"),
    Attack("escapes as they are written", "JSON, bash", "\\u001b]0;pwned\\u0007 \\e[2J \\033[31m \\x9b ^[[6n"),
    Attack("escapes in URL form", "RFC 3986 2.1", "%1b%5d0;pwned%07%9b2J%0d%0a"),
    Attack("a file name with a line break", "CVE-2024-32487 (less)", "run\n\x1b]0;pwned\x07.json\n; pwned"),
    Attack("a log line that is faked", "CVE-2009-4487 (nginx)", "ok\nerrata: saved\x1b[1A\x1b[2K\rpwned\n"),
    Attack("vim's modeline", "CVE-2019-12735 (vim)", "# vim: set fde=assert_fails('pwned') fdm=expr:\n"),
    Attack(
        "Emacs' local variables",
        "Emacs manual 49.2.4",
        "# -*- eval: (pwned) -*-\n# Local Variables:\n# eval: (pwned)\n# End:\n",
    ),
    Attack("options in place of names", "CWE-88", "--store=/pwned -rf -- -\x1b[2J"),
    Attack("a path that leaves its folder", "CWE-22", "../../../pwned/\x1b[31m/../\x00x"),
)

ATTACKS: tuple[Attack, ...] = (
    *_TITLES_AND_REPORTS,
    *_CLIPBOARD_LINKS_NOTES,
    *_DEVICE_STRINGS,
    *_MODES,
    *_CURSOR_AND_CHARACTERS,
    *_UNICODE,
    *_MARKUP_AND_NAMES,
)
