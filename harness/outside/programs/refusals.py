"""Counts lost refusals with requests or httpx: `refusals.py requests|httpx BASE TRIES`."""

import sys

from cells import REFUSALS, SIZES

name, base, tries = sys.argv[1], sys.argv[2], int(sys.argv[3])
if name == "requests":
    import requests

    client, member = requests.Session(), "data"
    client.trust_env = False
else:
    import httpx

    client, member = httpx.Client(trust_env=False, timeout=60), "content"
for size in SIZES:
    body = b" " * size
    for method, path, headers, status in REFUSALS:
        lost, why = 0, ""
        for _ in range(tries):
            try:
                found = client.request(method, base + path, headers=headers, **{member: body}).status_code
                if found != status:
                    lost, why = lost + 1, f"status {found}"
            except Exception as error:  # Whatever it is, the response is lost.
                lost, why = lost + 1, f"{type(error).__name__}: {error}"
        print(size, status, lost, why, flush=True)
