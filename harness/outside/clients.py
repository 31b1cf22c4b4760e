"""Runs common HTTP clients that send requests to be refused, directly to the server."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "programs"
ROOT = HERE.parent.parent.parent


def go(folder, fetched):
    programs = sorted(pathlib.Path(fetched).glob("usr/lib/go-*/bin/go"))
    program = str(programs[-1]) if programs else "go"
    env = {**os.environ, "GOCACHE": str(folder / "go-cache"), "GOPATH": str(folder / "go"), "GO111MODULE": "off"}
    binary = folder / "refusals-go"
    subprocess.run([program, "build", "-o", binary, HERE / "refusals.go"], check=True, env={**env, "CGO_ENABLED": "0"})
    return [str(binary)]


def java(folder, name):
    subprocess.run(["javac", "-d", folder, HERE / "Refusals.java"], check=True)
    return ["java", "-cp", str(folder), "Refusals", name]


def python(name):
    program = ROOT / ".tools" / "clients" / "bin" / "python"
    return [str(program if program.exists() else sys.executable), str(HERE / "refusals.py"), name]


CLIENTS = {
    "go": go,
    "java HttpClient": lambda folder, _: java(folder, "HttpClient"),
    "java HttpURLConnection": lambda folder, _: java(folder, "HttpURLConnection"),
    "node fetch": lambda *_: ["node", str(HERE / "refusals.mjs")],
    "requests": lambda *_: python("requests"),
    "httpx": lambda *_: python("httpx"),
    "curl": lambda *_: ["bash", str(HERE / "refusals-curl")],
}


def run(sandbox, arguments, told):
    """Runs each client. It prints a line for each size and status with the number of lost responses and the cause."""
    replica = sandbox.replica({"LOG_LEVEL": "warn"})
    failures = 0
    for name, command in CLIENTS.items():
        if arguments.only and name not in arguments.only:
            continue
        parts = [*command(sandbox.folder, arguments.fetched), f"http://127.0.0.1:{replica.port}", str(arguments.tries)]
        ended = subprocess.run(parts, capture_output=True, text=True, check=False, cwd=sandbox.folder)
        if ended.returncode:
            print(f"{name}: FAILED: {ended.stderr[-500:]}", flush=True)
            failures += 1
            continue
        lost = {}
        for line in ended.stdout.splitlines():
            size, status, number, *why = line.split(" ", 3)
            lost[(int(size), int(status))] = (int(number), "".join(why))
        if len(lost) != 25:
            print(f"{name}: FAILED: {len(lost)} cells, not 25", flush=True)
            failures += 1
        failures += told(lost, name)
    return failures
