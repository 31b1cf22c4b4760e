// Makes the typical calls of a new client, using only the generated types. Usage: node scenario.js BASE

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const baseUrl = process.argv[2];
assert(baseUrl, 'the address of a sandbox');
const client = createClient<paths>({ baseUrl });

/** The data of a response, which must be a success. */
function data<T>({ data, error }: { data?: T; error?: unknown }): T {
  assert(data !== undefined, JSON.stringify(error));
  return data;
}

const account = { username: 'openapi-fetch', email: 'openapi-fetch@example.com', password: 'a-long-enough-secret' };
assert.equal(data(await client.POST('/api/v1/auth/register', { body: account })).username, account.username);
const login = data(await client.POST('/api/v1/auth/login', { body: { username: 'johnd', password: 'm38rmF$' } }));
client.use({ onRequest: ({ request }) => request.headers.set('authorization', `Bearer ${login.access}`) });
assert.equal(data(await client.GET('/api/v1/auth/me')).username, 'johnd');

const page = data(await client.GET('/api/v1/products', { params: { query: { limit: 5 } } }));
assert.equal(page.results.length, 5);
assert(page.count >= 20);
const found = data(await client.GET('/api/v1/products/by-categories', { params: { query: { categoryIds: [1, 2] } } }));
assert(found.length > 0);
const carts = data(await client.GET('/api/v1/carts', { params: { query: { userId: 1 } } }));
assert.deepEqual(carts.map((cart) => cart.id), [1, 2]);

/** The current ETag of a category. */
async function etagOf(category: string): Promise<string> {
  const { response } = await client.GET('/api/v1/categories/{category}', { params: { path: { category } } });
  const etag = response.headers.get('etag');
  assert(etag, 'an ETag can be read');
  return etag;
}

const unchanged = await client.GET('/api/v1/categories/{category}', {
  params: { path: { category: '3' }, header: { 'If-None-Match': await etagOf('3') } },
});
assert.equal(unchanged.response.status, 304);

const key = randomUUID();
const wanted = {
  body: { name: `made by openapi-fetch ${key}` },
  params: { header: { 'Idempotency-Key': key } },
};
const category = data(await client.POST('/api/v1/categories', wanted));
const again = await client.POST('/api/v1/categories', wanted);
assert.equal(data(again).id, category.id);
assert.equal(again.response.headers.get('idempotency-replayed'), 'true');

const path = { category: String(category.id) };
const body = { name: `changed by openapi-fetch ${key}` };
const stale = await client.PATCH('/api/v1/categories/{category}', {
  params: { path, header: { 'If-Match': '"00000000000000000000000000000000"' } },
  body,
});
assert.equal(stale.response.status, 412);
assert.equal(stale.error?.error.code, 'PRECONDITION_FAILED');
const changed = await client.PATCH('/api/v1/categories/{category}', {
  params: { path, header: { 'If-Match': await etagOf(path.category) } },
  body,
});
assert.equal(data(changed).name, body.name);

const product = data(
  await client.POST('/api/v1/products', {
    body: { title: 'Chair', description: 'Of oak', price: 99999.99, image: '', categories: [category.id] },
  }),
);
const one = { path: { product: String(product.id) } };
const shown = data(await client.GET('/api/v1/products/{product}', { params: one }));
assert.equal(shown.price, 99999.99);
// What was read goes back with a change.
const whole: components['schemas']['ProductReplace'] = {
  ...shown,
  title: 'Armchair',
  categories: shown.categories.map(({ id }) => id),
};
const replaced = data(await client.PUT('/api/v1/products/{product}', { params: one, body: whole }));
assert.deepEqual([replaced.title, replaced.categories], ['Armchair', shown.categories]);
const cleared = data(await client.PATCH('/api/v1/products/{product}', { params: one, body: { categories: [] } }));
assert.deepEqual(cleared.categories, []);

const refused = await client.POST('/api/v1/categories', { body: { name: '' } });
assert.equal(refused.response.status, 400);
assert.equal(refused.error?.error.code, 'VALIDATION_ERROR');
assert.equal(refused.error?.error.details.fields?.['name']?.[0]?.rule, 'minLength');

const session = { body: { refresh: login.refresh } };
data(await client.POST('/api/v1/auth/logout', session));
assert.equal((await client.POST('/api/v1/auth/refresh', session)).response.status, 401);
