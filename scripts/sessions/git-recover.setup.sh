# Run inside the sandbox before the recording: a repository after a power cut in the middle of a commit.
mkdir -p /root/fleet/playbooks && cd /root/fleet || exit
git init -q -b main
git config user.name Ops && git config user.email ops@localhost
commit() { git add -A && git commit -q -m "$1"; }
printf 'web-1\nweb-2\ndb-1\n' > inventory; commit 'Inventory'
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
  printf -- '- name: step %s\n  command: /usr/local/bin/step-%s\n' "$n" "$n" >> playbooks/deploy.yml
  commit "Deploy: step $n"
done
git switch -q -c backup-restore
printf -- '- name: restore\n  command: /usr/local/bin/restore --from nightly\n' > playbooks/restore.yml; commit 'Restore from the nightly backup'
printf -- '- name: verify\n  command: /usr/local/bin/restore --verify\n' >> playbooks/restore.yml; commit 'Verify what was restored'
git switch -q main
printf 'web-3\n' >> inventory; commit 'web-3'
printf 'db-2\n' >> inventory; commit 'db-2: the new replica'
# not committed: half a day of work
sed -i 's/step-7$/step-7 --drain/' playbooks/deploy.yml
printf -- '- name: rollback\n  command: /usr/local/bin/rollback\n' > playbooks/rollback.yml
# the power cut: the branch's last ref and the newest commit's object are empty files, the index is garbage, a lock remains
head=$(git rev-parse HEAD)
: > ".git/objects/${head:0:2}/${head:2}" 2>/dev/null || { chmod u+w ".git/objects/${head:0:2}/${head:2}"; : > ".git/objects/${head:0:2}/${head:2}"; }
: > .git/refs/heads/backup-restore
head -c 200 /dev/zero > .git/index
: > .git/index.lock
