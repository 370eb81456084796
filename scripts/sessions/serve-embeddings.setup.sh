# Run inside the sandbox before the recording. The torch wheel (a CPU build) is copied to /srv/wheels from outside.
mkdir -p /srv/wheels
cat > /srv/README <<'TEXT'
srv-01, inference tests
 - Python wheels built for machines without a GPU: /srv/wheels
 - The package mirror is reachable from this network. Model hubs are not.
 - Several teams log in here: services listen on 127.0.0.1 unless the task says otherwise.
TEXT
