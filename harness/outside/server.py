"""Runs a sandbox of Agora, and replicas on the same database, as separate processes."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 90


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what, is_there):
    deadline = time.monotonic() + PATIENCE
    while not is_there():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not come within {PATIENCE} s")
        time.sleep(0.05)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Process:
    """A child process with its output in a file. It is stopped with SIGTERM."""

    def __init__(self, name, command, folder, env=None):
        self.name, self.command, self.env = name, command, env
        self.log = folder / f"{name}.log"
        self.child = None

    def start(self):
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)

    def stop(self):
        """Stops the process, and returns its exit status."""
        if self.child is None:
            return None
        self.child.send_signal(signal.SIGTERM)
        try:
            status = self.child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = self.child.wait()
        self.child = None
        return status

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class Replica(Process):
    """A server on the sandbox's database."""

    def __init__(self, name, sandbox, port, settings):
        env = {**sandbox.env, "DATABASE_URL": sandbox.url, "JWT_PRIVATE_KEY_FILE": str(sandbox.key), **settings}
        env["AGORA_BIND"] = f"127.0.0.1:{port}"
        super().__init__(name, [sandbox.program, "serve"], sandbox.folder, env)
        self.port = port

    def start(self):
        super().start()
        wait_for(f"{self.name}\n{self.tail()}", self.is_ready)

    def is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def access_lines(self):
        """Returns the entries of the access log so far."""
        lines = (line for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [entry for entry in map(json.loads, lines) if entry.get("target") == "agora::access"]


class Sandbox:
    """The database and the signing key that replicas share. Both are deleted at the end."""

    def __init__(self, program):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agora-outside-"))
        data = self.folder / "data"
        self.key, self.replicas = data / "signing-key.pem", []
        self.env = {
            "PATH": os.environ["PATH"],
            "AGORA_PROFILE": "sandbox",
            "AGORA_METRICS_BIND": "off",
            "AGORA_DRAIN_SECONDS": "2",
            "LOG_FORMAT": "json",
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        self.port = free_port()
        own = {"AGORA_DATA_DIR": str(data), "AGORA_BIND": f"127.0.0.1:{self.port}", "AGORA_DRAIN_SECONDS": "0"}
        self.keeper = Process("keeper", [program, "serve"], self.folder, {**self.env, **own})
        self.keeper.start()
        url = data / "database-url"
        wait_for(f"the sandbox\n{self.keeper.tail()}", lambda: url.exists() and listens(self.port))
        self.url = url.read_text().strip()

    def replica(self, settings=None):
        replica = Replica(f"replica{len(self.replicas) + 1}", self, free_port(), settings or {})
        self.replicas.append(replica)
        replica.start()
        return replica

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in [*self.replicas, self.keeper]:
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
