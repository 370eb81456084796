#!/usr/bin/env bash
# Install the system's programs that the tests drive, where they are missing and this user may: Debian and Ubuntu.
# Tests of the others are skipped where they cannot be installed.
set -euo pipefail

missing=()
for pair in tmux:tmux make:make git:git; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}")
done
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    for pair in less:less vim.tiny:vim-tiny htop:htop mc:mc shellcheck:shellcheck strace:strace age:age openssl:openssl; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}")
    done
    command -v ssh >/dev/null 2>&1 || missing+=(openssh-client)
    # These lie outside PATH.
    [ -x /usr/sbin/dockerd ] || missing+=(docker.io)
    [ -x /usr/sbin/sshd ] || missing+=(openssh-server)
    command -v initdb >/dev/null 2>&1 || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing+=(postgresql)
fi
if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "system-packages: please install: ${missing[*]}" >&2
    exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
