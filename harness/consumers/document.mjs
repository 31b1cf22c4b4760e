// Validates every example of the published document, and every price from 0.00 to 100.00, with ajv, which gateways and
// mocks use. Usage: node document.mjs OPENAPI.JSON

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ajv = new Ajv({ strict: false, logger: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'document');

const faults = [];
let [examples, prices] = [0, 0];

/** A validator of a schema that stands in the document. */
function compiled(schema) {
  const absolute = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/');
  return ajv.compile(JSON.parse(absolute));
}

function check(schema, value, place) {
  examples += 1;
  const validate = compiled(schema);
  if (!validate(value)) faults.push(`${place}: ${ajv.errorsText(validate.errors)}`);
}

/** Every holder of an example, wherever it stands. */
function walk(node, place) {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node) && 'example' in node) check(node.schema ?? node, node.example, place);
  for (const [key, member] of Object.entries(node)) {
    if (key !== 'example' && key !== 'enum') walk(member, `${place}/${key}`);
  }
}

walk(document, '#');
for (const name of ['Price', 'PriceSent']) {
  const validate = compiled({ $ref: `#/components/schemas/${name}` });
  for (let cents = 0; cents <= 10_000; cents += 1) {
    prices += 1;
    const price = Number((cents / 100).toFixed(2));
    if (!validate(price)) faults.push(`${name} ${price}: ${ajv.errorsText(validate.errors)}`);
  }
}
if (faults.length > 0) {
  console.error(`${faults.length} of ${examples} examples and ${prices} prices are refused:\n${faults.slice(0, 40).join('\n')}`);
  process.exit(1);
}
console.log(`${examples} examples and ${prices} prices keep their schemas`);
