// Counts lost refusals with fetch of Node.js: `refusals.mjs BASE TRIES`.
const [base, tries] = [process.argv[2], Number(process.argv[3])];
const json = { "Content-Type": "application/json" };
const refusals = [
  ["POST", "/api/v1/products", { ...json, Authorization: "Bearer x" }, 401],
  ["POST", "/api/v1/nowhere", json, 404],
  ["PUT", "/api/v1/products", json, 405],
  ["POST", "/api/v1/auth/login", json, 413],
  ["POST", "/api/v1/auth/login", { "Content-Type": "text/plain" }, 415],
];
for (const size of [20_000, 100_000, 900_000, 2_000_000, 5_000_000]) {
  const body = Buffer.alloc(size, " ");
  for (const [method, path, headers, status] of refusals) {
    let lost = 0;
    let why = "";
    for (let turn = 0; turn < tries; turn += 1) {
      try {
        const response = await fetch(base + path, { method, headers, body });
        await response.arrayBuffer();
        if (response.status !== status) {
          lost += 1;
          why = `status ${response.status}`;
        }
      } catch (error) {
        lost += 1;
        why = error.cause?.code ?? error.message;
      }
    }
    console.log(`${size} ${status} ${lost} ${why}`);
  }
}
