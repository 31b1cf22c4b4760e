#!/usr/bin/env bash
# Optional authentication in OpenAPI is a `security` list with an empty requirement. The list has no order: a request has
# to satisfy one of its entries. openapi-to-postmanv2, which Postman's own import uses, reads the first entry only. With
# the empty one first the collection has no authentication for the operation, and a token that the user sets is not sent;
# the same document with the two entries swapped has it.
set -euo pipefail
version=6.3.3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "openapi-to-postmanv2@$version" >/dev/null
cat >convert.js <<'J'
const { convert } = require("openapi-to-postmanv2");
const document = (security) => ({
  openapi: "3.0.3",
  info: { title: "Things", version: "1" },
  servers: [{ url: "http://localhost" }],
  components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  paths: { "/things": { get: { security, responses: { 200: { description: "Things." } } } } },
});
const auth = (security) =>
  new Promise((done, failed) =>
    convert({ type: "json", data: document(security) }, {}, (error, result) => {
      if (error || !result.result) return failed(error ?? new Error(result.reason));
      const requests = (items) => items.flatMap((item) => (item.item ? requests(item.item) : [item.request]));
      const [request] = requests(result.output[0].data.item);
      done(request.auth?.type ?? "none");
    }),
  );
(async () => console.log(await auth([{}, { bearer: [] }]), await auth([{ bearer: [] }, {}])))();
J
output=$(node convert.js)
echo "version:   openapi-to-postmanv2 $version, node $(node --version)"
echo "behaviour: authentication of the request with the empty requirement first, and with it last"
echo "output:    $output"
[ "$output" = "noauth bearer" ]
