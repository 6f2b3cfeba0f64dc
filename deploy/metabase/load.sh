#!/bin/sh
# Puts CSV of the hub into tables of a PostgreSQL that Metabase reads; each is replaced as a whole, or stays as it was.
# Usage: load.sh https://hub.example postgresql://... TABLE=/views/NAME.csv TABLE=/export/COLLECTION.csv?fields=...
set -eu
hub=$1 database=$2
shift 2
file=$(mktemp)
trap 'rm -f "$file"' EXIT
for one; do
  table=${one%%=*}
  # An export that breaks off makes curl fail, and the table stays.
  curl --silent --show-error --fail --globoff --max-time 600 --output "$file" "$hub${one#*=}"
  columns=$(head -n 1 "$file" | tr -d '\r' | sed 's/,/" text, "/g')
  psql --quiet --no-psqlrc --single-transaction --set ON_ERROR_STOP=1 "$database" <<SQL
SET client_min_messages = warning;
DROP TABLE IF EXISTS "$table";
CREATE TABLE "$table" ("$columns" text);
\copy "$table" FROM '$file' WITH (FORMAT csv, HEADER)
SQL
done
