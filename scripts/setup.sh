#!/bin/sh
# Make a virtual environment with Errata in it. Usage: setup.sh FOLDER [EXTRA]
# Needs Python 3.11 or newer; PYTHON names one, else the newest on the path is taken.
set -eu

venv=$1
extra=${2:-}
project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

say() { echo "setup: $*" >&2; }

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is needed and was not found; name one with: make PYTHON=/path/to/python3 ..."
    exit 2
}

if ! { [ -x "$venv/bin/python" ] && is_new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    python=$(find_python)
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        # Some systems ship Python without the part of venv that installs pip.
        rm -rf "$venv"
        if ! "$python" -m virtualenv -q "$venv" 2>/dev/null; then
            say "$python cannot make a virtual environment; install its venv package (Debian: apt install python3-venv)"
            exit 2
        fi
    fi
fi

say "installing Errata${extra:+ and its $extra tools}; this takes a minute the first time"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint "$project/constraints.txt" --editable "$project${extra:+[$extra]}"
