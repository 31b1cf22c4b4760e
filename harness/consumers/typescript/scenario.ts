// Makes the typical calls of a new client, using only the generated types. Usage: node scenario.js BASE

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { AuthApi, CartsApi, CategoriesApi, Configuration, type Problem, ProductsApi, ResponseError } from './client/index.js';

const basePath = process.argv[2];
assert(basePath, 'the address of a sandbox');

/** The status and the body of the error that a call ends with. */
async function refusal(call: Promise<unknown>): Promise<{ status: number; problem: Problem | undefined }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const isJson = error.response.headers.get('content-type') === 'application/problem+json';
    return { status: error.response.status, problem: isJson ? ((await error.response.json()) as Problem) : undefined };
  }
  throw new Error('the call succeeds');
}

const anonymous = new AuthApi(new Configuration({ basePath }));
const userRegister = { username: 'typescript', email: 'typescript@example.com', password: 'a-long-enough-secret' };
assert.equal((await anonymous.registerUser({ userRegister })).username, 'typescript');
const login = await anonymous.logIn({ credentials: { username: 'johnd', password: 'm38rmF$' } });
const configuration = new Configuration({ basePath, accessToken: login.access });
const [auth, carts] = [new AuthApi(configuration), new CartsApi(configuration)];
const [categories, products] = [new CategoriesApi(configuration), new ProductsApi(configuration)];
assert.equal((await auth.getMe()).username, 'johnd');

const page = await products.listProducts({ limit: 5 });
assert.equal(page.results.length, 5);
assert(page.count >= 20);
const found = await products.listProductsByCategories({ categoryIds: [1, 2] });
assert(found.length > 0);
assert.deepEqual((await carts.listCarts({ userId: 1 })).map((cart) => cart.id), [1, 2]);

const read = await categories.getCategoryRaw({ category: '3' });
const etag = read.raw.headers.get('etag');
assert(etag, 'an ETag can be read');
assert.equal((await refusal(categories.getCategory({ category: '3', ifNoneMatch: etag }))).status, 304);

const idempotencyKey = randomUUID();
const wanted = { categoryCreate: { name: `made by TypeScript ${idempotencyKey}` }, idempotencyKey };
const made = await categories.createCategoryRaw(wanted);
const again = await categories.createCategoryRaw(wanted);
const category = await made.value();
assert.equal((await again.value()).id, category.id);
assert.equal(again.raw.headers.get('idempotency-replayed'), 'true');

const path = { category: String(category.id), categoryPatch: { name: `changed by TypeScript ${idempotencyKey}` } };
const stale = await refusal(categories.patchCategory({ ...path, ifMatch: '"00000000000000000000000000000000"' }));
assert.equal(stale.status, 412);
const tag = (await categories.getCategoryRaw({ category: path.category })).raw.headers.get('etag') ?? '';
assert.equal((await categories.patchCategory({ ...path, ifMatch: tag })).name, path.categoryPatch.name);

const product = await products.createProduct({
  productCreate: { title: 'Chair', description: 'Of oak', price: 99999.99, image: '', categories: [category.id] },
});
const shown = await products.getProduct({ product: String(product.id) });
assert.equal(shown.price, 99999.99);
// What was read goes back with a change.
const ids = shown.categories.map(({ id }) => id);
const productReplace = { ...shown, title: 'Armchair', categories: ids };
const replaced = await products.replaceProduct({ product: String(product.id), productReplace });
assert.deepEqual([replaced.title, replaced.categories], ['Armchair', shown.categories]);

const refused = await refusal(categories.createCategory({ categoryCreate: { name: '' } }));
assert.equal(refused.status, 400);
assert.equal(refused.problem?.error.code, 'VALIDATION_ERROR');
assert.equal(refused.problem?.error.details.fields?.['name']?.[0]?.rule, 'minLength');

await auth.logOut({ refreshCredential: { refresh: login.refresh } });
assert.equal((await refusal(auth.refreshToken({ refreshCredential: { refresh: login.refresh } }))).status, 401);
