// Converts the published document to a Postman collection and runs it unchanged against a sandbox, with the examples as
// the requests.
// Usage: node postman.mjs OPENAPI.JSON BASE FOLDER

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const converter = require('openapi-to-postmanv2');
const newman = require('newman');

// Minimum percentage of requests that must succeed. The others are rightly refused: a name in use is 409, an unknown
// refresh token 401.
const LEAST = 75;

const [path, base, folder] = process.argv.slice(2);
const converted = await promisify(converter.convertV2)(
  { type: 'string', data: readFileSync(path, 'utf8') },
  { parametersResolution: 'Example', folderStrategy: 'Tags', enableOptionalParameters: false },
);
if (!converted.result) throw new Error(converted.reason);
const collection = converted.output[0].data;
// Deletions come last, and those of users at the very end, so that other requests find their objects.
const requests = (items) => items.flatMap((one) => (one.item ? requests(one.item) : [one]));
const rank = ({ request }) => Number(request.method === 'DELETE') * (request.url.path.includes('users') ? 2 : 1);
collection.item = requests(collection.item).sort((one, other) => rank(one) - rank(other));
// Some requests end the session, so each request gets a new one.
const login = {
  url: `${base}/api/v1/auth/login`,
  method: 'POST',
  header: { 'content-type': 'application/json' },
  body: { mode: 'raw', raw: JSON.stringify({ username: 'admin', password: 'agora-admin-1' }) },
};
const take = "pm.sendRequest(LOGIN, (error, answer) => pm.environment.set('bearerToken', answer.json().access));";
collection.event = [{ listen: 'prerequest', script: { exec: [take.replace('LOGIN', JSON.stringify(login))] } }];
writeFileSync(join(folder, 'collection.json'), JSON.stringify(collection, null, 1));

const run = await promisify(newman.run.bind(newman))({
  collection,
  envVar: [{ key: 'baseUrl', value: base }],
  timeoutRequest: 20_000,
});
// The last execution of each item is the request itself; the one before it is the sign-in.
const last = new Map(run.run.executions.map(({ item, response }) => [item.id, { name: item.name, status: response?.code ?? 0 }]));
const answers = [...last.values()];
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
