#!/bin/sh
# Writes random passwords for docker-compose.yml to ./secrets/, once: it never overwrites.
#
# The folder is open to its owner alone (0700), which is what guards the files: a container's user
# is not yours and must read the few that are mounted into it, so the files themselves are 0444.
# Compose mounts a file's secret as it is and cannot change owner or mode on the way.
set -eu

folder=${1:-secrets}
if [ -e "$folder" ]; then
  echo "make-secrets: $folder exists; remove it first if its passwords are in no volume yet" >&2
  exit 1
fi
command -v openssl >/dev/null || {
  echo "make-secrets: openssl is missing; install it (Debian: apt-get install openssl)" >&2
  exit 1
}

umask 077
new=$(mktemp -d "$(dirname "$folder")/.secrets.XXXXXX")
trap 'rm -rf "$new"' EXIT

for name in elastic_password kibana_system_password provision_password index_password \
  console_password console_token \
  analyst_password kibana_password kafka_password push_token alert_webhook_token; do
  openssl rand -hex 24 >"$new/$name"
done
cat >"$new/kibana.yml" <<EOF
elasticsearch.username: kibana_system
elasticsearch.password: "$(cat "$new/kibana_system_password")"
xpack.security.encryptionKey: "$(openssl rand -hex 24)"
xpack.encryptedSavedObjects.encryptionKey: "$(openssl rand -hex 24)"
xpack.reporting.encryptionKey: "$(openssl rand -hex 24)"
EOF
chmod 0444 "$new"/*
mv "$new" "$folder"
trap - EXIT
echo "make-secrets: wrote $folder; sign in to Kibana as analyst with $folder/analyst_password"
