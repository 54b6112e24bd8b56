#!/bin/bash
# Sets the password of kibana_system, and creates the roles and users of the services and of the
# people who read. Every call is a PUT or sets a value, so it can be repeated.
set -euo pipefail

url=${ELASTICSEARCH_URL:-http://elasticsearch:9200}
secrets=${SECRETS_DIR:-/run/secrets}
roles=${ROLES_DIR:-/etc/pledgewatch/roles}

# Passwords go through pipes: arguments can be read by every process of the container.
call() { # METHOD PATH, the body on standard input
  curl --silent --show-error --fail-with-body --max-time 30 \
    --retry 10 --retry-connrefused --retry-delay 2 \
    --config <(printf 'user = "elastic:%s"\n' "$(<"$secrets/elastic_password")") \
    --header 'Content-Type: application/json' --request "$1" --data-binary @- "$url$2"
  echo " $1 $2"
}

user() { # NAME ROLE PASSWORD-FILE
  printf '{"roles": ["%s"], "password": "%s"}' "$2" "$(<"$secrets/$3")" |
    call PUT "/_security/user/$1"
}

printf '{"password": "%s"}' "$(<"$secrets/kibana_system_password")" |
  call PUT /_security/user/kibana_system/_password
for role in pledgewatch_provision pledgewatch_index pledgewatch_console; do
  call PUT "/_security/role/$role" <"$roles/$role.json"
done
user pledgewatch_provision pledgewatch_provision provision_password
user pledgewatch_console pledgewatch_console console_password
user pledgewatch_index pledgewatch_index index_password
# kibana_admin is a built-in role: manages what is saved in Kibana, reads no index.
user pledgewatch_kibana kibana_admin kibana_password
# viewer is a built-in role: reads indices and Kibana's pages, changes nothing.
user analyst viewer analyst_password
