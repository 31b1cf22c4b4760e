#!/usr/bin/env python3
"""Runs Agora behind nginx, Apache, HAProxy, Caddy and Varnish with the configurations of docs/proxies, or has clients of
six languages send requests that are refused. `run.py proxies --program target/debug/agora --fetched FOLDER`."""

import argparse
import pathlib
import sys
import time

import checks
import clients
from proxies import NAMES, Proxies
from server import Sandbox


def told(lost, name):
    """Prints lost responses by cell, and returns their number."""
    count = sum(number for number, _ in lost.values())
    print(f"{name}: refusals: {len(lost)} cells, {count} lost", flush=True)
    for cell, (number, why) in lost.items():
        if number:
            print(f"{name}:   {cell}: {number} lost ({why})", flush=True)
    return count


def attempt(name, what, work):
    """Runs one check and prints its result. Returns the number of failures."""
    began = time.monotonic()
    try:
        result = work()
    except checks.Failed as failure:
        print(f"{name}: {what}: FAILED: {failure}", flush=True)
        return 1
    except Exception as error:  # A proxy can break in any way, and the others are still to be tried.
        print(f"{name}: {what}: FAILED: {type(error).__name__}: {error}", flush=True)
        return 1
    print(f"{name}: {what}: {result or 'good'} ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


def without(failed, text):
    """Checks that there are no failures, and returns the text of the result."""
    checks.check(not failed, f"{text}: {len(failed)} failed: {failed[:3]}")
    return f"{text}, 0 failed"


def behind(name, proxies, sandbox, replicas, arguments):
    """Runs all checks through one proxy. Returns the number of failures."""
    proxy, port = proxies.start(name, [replicas[0].port])
    failures = 0
    try:
        failures += attempt(name, "scenario", lambda: checks.scenario(port))
        failures += attempt(name, "conditions", lambda: checks.conditions(port))
        failures += attempt(name, "client address", lambda: checks.client_address(port, replicas[0]))
        failures += told(checks.refusals(port, arguments.tries), name)
        seconds = arguments.idle
        for pause in seconds:
            text = f"40 connections idle for {pause} s"
            failures += attempt(name, "idle", lambda p=pause, t=text: without(checks.idle_connections(port, 40, p), t))
    finally:
        proxy.stop()
    return failures


def restarted(name, proxies, replicas, arguments):
    """Checks a rolling restart behind one proxy. Returns the number of failures."""
    proxy, port = proxies.start(name, [replica.port for replica in replicas])

    def work():
        sent, failed, rate = checks.rolling_restart(port, replicas, arguments.rate, arguments.rounds)
        return without(failed, f"{sent} requests at {rate:.0f}/s")

    try:
        failures = attempt(name, "rolling restart", work)
        if failures:
            print(proxy.tail(), flush=True)
        return failures
    finally:
        proxy.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["proxies", "clients"])
    parser.add_argument("--program", required=True, help="the program agora")
    parser.add_argument("--fetched", required=True, help="the folder that `fetch` has filled")
    parser.add_argument("--only", action="append", help="one proxy or client; may be repeated")
    parser.add_argument("--tries", type=int, default=40, help="requests of each cell; 0 for the restarts alone")
    parser.add_argument("--idle", type=float, nargs="*", default=[10, 58], help="seconds that connections wait")
    parser.add_argument("--rate", type=float, default=200, help="requests a second during the restart")
    parser.add_argument("--rounds", type=int, default=2, help="restarts of each replica")
    arguments = parser.parse_args()
    failures = 0
    with Sandbox(str(pathlib.Path(arguments.program).resolve())) as sandbox:
        if arguments.what == "clients":
            failures = clients.run(sandbox, arguments, told)
        else:
            proxies = Proxies(arguments.fetched, sandbox.folder)
            replicas = [sandbox.replica()]
            for name in NAMES:
                if arguments.tries and name in (arguments.only or NAMES):
                    failures += behind(name, proxies, sandbox, replicas, arguments)
            replicas.append(sandbox.replica())
            for name in ("nginx", "caddy"):
                if arguments.rounds and name in (arguments.only or NAMES):
                    failures += restarted(name, proxies, replicas, arguments)
    print(f"{failures} failures", flush=True)
    sys.exit(1 if failures else 0)


main()
