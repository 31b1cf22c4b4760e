// The published document as a Postman collection, run as it is against a sandbox: what is shown as an example is sent.
// Usage: node postman.mjs OPENAPI.JSON BASE FOLDER

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const converter = require('openapi-to-postmanv2');
const newman = require('newman');

// So many of a hundred requests must succeed: ids of examples that are not there yet are 404, and what ends the session
// makes the requests after it 401.
const LEAST = 60;

const [path, base, folder] = process.argv.slice(2);
const converted = await promisify(converter.convertV2)(
  { type: 'string', data: readFileSync(path, 'utf8') },
  { parametersResolution: 'Example', folderStrategy: 'Tags', enableOptionalParameters: false },
);
if (!converted.result) throw new Error(converted.reason);
const collection = converted.output[0].data;
// What ends the session comes last, so that it does not end the others' requests.
collection.item.sort((one, other) => Number(one.name === 'auth') - Number(other.name === 'auth'));
writeFileSync(join(folder, 'collection.json'), JSON.stringify(collection, null, 1));

const login = await fetch(`${base}/api/v1/auth/login`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ username: 'johnd', password: 'm38rmF$' }),
});
const { access } = await login.json();
const variables = Object.entries({ baseUrl: base, bearerToken: access });
const run = await promisify(newman.run.bind(newman))({
  collection,
  envVar: variables.map(([key, value]) => ({ key, value })),
  timeoutRequest: 20_000,
});
const answers = run.run.executions.map(({ item, response }) => ({ name: item.name, status: response?.code ?? 0 }));
writeFileSync(join(folder, 'answers.json'), JSON.stringify(answers, null, 1));
const count = (fits) => answers.filter(({ status }) => fits(status)).length;
const share = (100 * count((status) => status >= 200 && status < 300)) / answers.length;
const told = [...new Set(answers.map(({ status }) => status))].sort().map((status) => `${status}: ${count((one) => one === status)}`);
const summary = `${answers.length} requests, ${share.toFixed(0)} % of them 2xx (${told.join(', ')})`;
if (share < LEAST || count((status) => status === 422 || status >= 500 || status === 0) > 0) {
  console.error(`${summary}\n${answers.filter(({ status }) => status >= 300 || status === 0).map(({ name, status }) => `${status} ${name}`).join('\n')}`);
  process.exit(1);
}
console.log(summary);
