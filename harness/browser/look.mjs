// Opens the pages of a sandbox in a real browser, and writes screenshots. Fails on a request to another host, an error in
// the console or an empty page. `just browser` runs it.
//
// Usage: node look.mjs AGORA SCREENSHOTS, with the binary and the output folder. NODE_PATH must have playwright-core.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { chromium } = createRequire(import.meta.url)('playwright-core');
const [agora, screenshots] = process.argv.slice(2);
const faults = [];

/** The first browser of the Chromium family that this machine has, or the one that CHROMIUM names. */
function browser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // Try the next candidate.
    }
  }
  throw new Error("no Chromium is found: 'apt-get install chromium', or name one in CHROMIUM");
}

/** Starts a sandbox in a folder of its own; gives its address and how to stop it. */
function sandbox() {
  const folder = mkdtempSync(join(tmpdir(), 'agora-browser-'));
  const env = {
    ...process.env,
    AGORA_BIND: '127.0.0.1:0',
    AGORA_METRICS_BIND: 'off',
    AGORA_DATA_DIR: join(folder, 'data'),
    AGORA_PROFILE: 'sandbox',
    DATABASE_URL: '',
  };
  const server = spawn(agora, ['serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const started = new Promise((resolve, reject) => {
    let told = '';
    server.stderr.on('data', (text) => {
      told += text;
      const found = told.match(/API\s+(http:\/\/[^/\s]+)\//);
      if (found) resolve(found[1]);
    });
    ended.then(() => reject(new Error(`the sandbox did not start:\n${told}`)));
  });
  return { started, stop };
}

/** Opens a page, waits for what shows that it is done, and takes its picture. */
async function look(context, base, path, name, isDone) {
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('requestfailed', (request) => faults.push(`${path}: ${request.url()} failed`));
  page.on('response', (answer) => {
    if (answer.status() >= 400) faults.push(`${path}: ${answer.url()} is ${answer.status()}`);
  });
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type())) faults.push(`${path}: console: ${line.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`${path}: ${error}`));
  await page.goto(base + path, { waitUntil: 'networkidle' });
  // Taken also on failure, to show what is missing.
  await isDone(page).catch((error) => faults.push(`${path}: ${error}`));
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
  const foreign = asked.filter((url) => !url.startsWith(`${base}/`) && !/^(data|blob):/.test(url));
  faults.push(...foreign.map((url) => `${path}: asks ${url}`));
  console.log(`${path}: ${asked.length} requests, ${foreign.length} of them to other hosts`);
  return page;
}

async function visit(context, base) {
  await look(context, base, '/', 'start', (page) => page.getByText('agora-admin-1').waitFor());
  const docs = await look(context, base, '/api/docs', 'docs', async (page) => {
    await page.getByRole('heading', { name: 'Agora' }).first().waitFor();
    await page.getByRole('heading', { name: 'Exchange a name and a password' }).first().waitFor();
  });
  // The search runs in a worker.
  await docs.getByRole('textbox').first().fill('categories');
  await docs.locator('[data-role="search:results"] [role="menuitem"], [data-role="search:results"] li').first().waitFor();
  await docs.screenshot({ path: join(screenshots, 'docs-search.png') });
  await docs.goto(`${base}/api/docs#tag/products/operation/list_products`, { waitUntil: 'networkidle' });
  await docs.reload({ waitUntil: 'networkidle' });
  await docs.getByText('Response samples').first().waitFor();
  await docs.screenshot({ path: join(screenshots, 'docs-operation.png') });
}

mkdirSync(screenshots, { recursive: true });
const { started, stop } = sandbox();
try {
  const base = await started;
  const chrome = await chromium.launch({
    executablePath: browser(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const context = await chrome.newContext({ viewport: { width: 1400, height: 900 } });
  context.setDefaultTimeout(15_000);
  try {
    await visit(context, base);
  } finally {
    await chrome.close();
  }
} finally {
  await stop();
}
if (faults.length > 0) {
  console.error(`the pages are not as they should be:\n  ${faults.join('\n  ')}`);
  process.exit(1);
}
