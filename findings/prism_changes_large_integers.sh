#!/usr/bin/env bash
# `prism proxy` reports violations of what passes between a client and a server. One would expect that it forwards messages as
# they are, and that `format: int64` allows every number of 64 bits. Instead it parses JSON bodies and writes them anew in both
# directions, as JavaScript does: an integer above 2^53 arrives as another one, without a violation. With `format: int64` the
# same integer is a violation too, because Prism gives that format a maximum of 2^53 - 1.
set -euo pipefail
version=5.14.2
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts "@stoplight/prism-cli@$version" >/dev/null
document() {
    cat <<J
{
  "openapi": "3.0.3",
  "info": {"title": "Things", "version": "1"},
  "paths": {"/things": {"post": {
    "requestBody": {"content": {"application/json": {"schema": {"\$ref": "#/components/schemas/Thing"}}}},
    "responses": {"200": {"description": "A thing.", "content": {"application/json": {"schema": {"\$ref": "#/components/schemas/Thing"}}}}}
  }}},
  "components": {"schemas": {"Thing": {"type": "object", "properties": {"id": $1}}}}
}
J
}
# Answers every request with the same number, and keeps what it has received.
cat >server.js <<'J'
const { createServer } = require("http");
const { writeFileSync } = require("fs");
const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    writeFileSync("received", Buffer.concat(parts));
    response.writeHead(200, { "content-type": "application/json" }).end('{"id":9007199254740993}');
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync("port", String(server.address().port)));
J
node server.js &
until [ -s port ]; do sleep 0.1; done
# Prints what the server and the client receive, and the first violation.
through() {
    local port answer proxy
    document "$1" >openapi.json
    port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
    node_modules/.bin/prism proxy openapi.json "http://127.0.0.1:$(cat port)" --port "$port" >log 2>&1 &
    proxy=$!
    for _ in {1..200}; do
        answer=$(curl -s -D headers -H 'Content-Type: application/json' -d '{"id":9007199254740993}' "http://127.0.0.1:$port/things") &&
            break
        sleep 0.2
    done
    kill "$proxy"
    echo "$(cat received) $answer $(grep -i '^sl-violations' headers | grep -o 'must be <= [0-9]*' | head -n 1 || true)"
}
plain=$(through '{"type": "integer"}')
int64=$(through '{"type": "integer", "format": "int64"}')
echo "version:   prism-cli $version, node $(node --version)"
echo "behaviour: client and server both send 9007199254740993; what the server and the client receive, and the violation"
printf 'output:    %-12s %s\n' integer "$plain" int64 "$int64"
changed='{"id":9007199254740992}'
[ "$plain" = "$changed $changed " ] && [ "$int64" = "$changed $changed must be <= 9007199254740991" ]
