#!/bin/bash
# The machine that the samples were recorded on: a Debian bookworm root on an ext4 image of its own, in its own
# mount, PID, UTS, IPC and network namespaces, reached through a user-mode network. Needs root, debootstrap and
# slirp4netns. BASE is made once, with whatever apt and pip need to reach their index, and "srv-01" in etc/hostname:
#
#   debootstrap --variant=minbase --include=tini,ca-certificates,curl,procps,psmisc,lsof,iproute2,pciutils,less,\
#       git,sudo,cron,man-db,file,xz-utils,bzip2,wget,sqlite3,python3,python3-venv,python3-pip bookworm BASE
#   echo nameserver 10.0.2.3 > BASE/etc/resolv.conf
#
#   sandbox.sh up DIR SIZE BASE   copy the debootstrapped tree BASE to DIR/disk.img (SIZE as for truncate) and start
#   sandbox.sh enter DIR COMMAND  run one command in a fresh bash, with nothing inherited from outside
#   sandbox.sh down DIR           stop everything and delete the image
set -euo pipefail

dir=$(realpath -m "$2")

case $1 in
up)
  mkdir -p "$dir/root"
  truncate -s "$3" "$dir/disk.img"
  mkfs.ext4 -q -m 1 -d "$4" "$dir/disk.img"
  unshare --mount --pid --uts --ipc --net --fork bash -euc '
    mount --make-rprivate /
    mount -o loop "$0/disk.img" "$0/root"
    cd "$0/root"
    mount -t proc proc proc
    mount -t tmpfs -o mode=755 dev dev
    mkdir dev/pts dev/shm
    mount --bind /dev/pts dev/pts
    mount -t tmpfs -o mode=1777 shm dev/shm
    mount -t tmpfs -o mode=755 run run
    mkdir run/lock
    for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 ptmx:5:2; do
      IFS=: read -r name major minor <<<"$node"
      mknod -m 666 "dev/$name" c "$major" "$minor"
    done
    ln -s /proc/self/fd dev/fd
    ln -s /proc/self/fd/0 dev/stdin
    ln -s /proc/self/fd/1 dev/stdout
    ln -s /proc/self/fd/2 dev/stderr
    hostname "$(<etc/hostname)"
    ip link set lo up
    touch "$0/ready"
    exec chroot . env -i /usr/bin/tini -- sleep infinity
  ' "$dir" </dev/null >"$dir/log" 2>&1 &
  until [ -e "$dir/ready" ]; do sleep 0.1; kill -0 $! || { cat "$dir/log"; exit 1; }; done
  sleep 0.3
  pgrep -P $! >"$dir/pid"
  slirp4netns --configure --disable-host-loopback "$(<"$dir/pid")" tap0 </dev/null >>"$dir/log" 2>&1 &
  echo $! >"$dir/net.pid"
  sleep 1
  ;;
enter)
  exec nsenter --target "$(<"$dir/pid")" --mount --uts --ipc --net --pid --root --wd=/proc/"$(<"$dir/pid")"/root/root \
    env -i HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C.UTF-8 TERM=xterm-256color \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "$3"
  ;;
down)
  kill "$(<"$dir/net.pid")" || true
  kill -9 "$(<"$dir/pid")" || true
  sleep 0.5
  rm -rf "$dir"
  ;;
esac
