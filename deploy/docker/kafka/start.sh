#!/bin/bash
# Starts Kafka; on an empty volume formats it first, with the password of the user `pledgewatch`.
# The arguments of --add-scram exist only while the volume is formatted.
set -euo pipefail

kafka=${KAFKA_HOME:-/opt/kafka}/bin
config=${KAFKA_CONFIG:-/etc/pledgewatch/server.properties}
password_file=${KAFKA_PASSWORD_FILE:-/run/secrets/kafka_password}
data=$(sed -n 's/^log\.dirs=//p' "$config")

if [ ! -s "$password_file" ]; then
  echo "kafka: $password_file is missing or empty: run deploy/docker/make-secrets.sh first" >&2
  exit 1
fi
if [ ! -f "$data/meta.properties" ]; then
  "$kafka/kafka-storage.sh" format \
    --cluster-id "$("$kafka/kafka-storage.sh" random-uuid)" \
    --config "$config" \
    --add-scram "SCRAM-SHA-512=[name=pledgewatch,password=$(cat "$password_file")]"
fi
exec "$kafka/kafka-server-start.sh" "$config"
