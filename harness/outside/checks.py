"""Checks of requests through a proxy."""

import concurrent.futures
import gzip
import http.client
import json
import threading
import time
import uuid

from programs.cells import JSON, REFUSALS, SIZES

CLIENT = "127.0.0.7"


class Failed(Exception):
    """A check has failed."""


def check(condition, text):
    if not condition:
        raise Failed(text)


class Client:
    """A client with one persistent connection from its own address."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(CLIENT, 0))

    def ask(self, method, path, body=None, headers=None):
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {**(JSON if body is not None else {}), **(headers or {})}
        self.connection.request(method, path, data, given)
        response = self.connection.getresponse()
        text = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            text = gzip.decompress(text)
        return response.status, response.headers, text

    def at(self, status, *arguments, **named):
        found, headers, text = self.ask(*arguments, **named)
        check(found == status, f"{arguments[:2]}: {found}, not {status}: {text[:300]!r}")
        return headers, json.loads(text) if text else None

    def sign_in(self):
        body = {"username": "johnd", "password": "m38rmF$"}
        _, login = self.at(200, "POST", "/api/v1/auth/login", body)
        return {"Authorization": f"Bearer {login['access']}"}


def scenario(port):
    """Signs in, lists, creates, reads, changes and deletes, and checks refusals."""
    client = Client(port)
    who = client.sign_in()
    headers, page = client.at(200, "GET", "/api/v1/products?limit=2")
    check(len(page["results"]) == 2 and page["next"].startswith(f"http://127.0.0.1:{port}/api/v1/products?"), page["next"])
    check(page["next"] in headers["Link"], headers["Link"])
    check(headers["Strict-Transport-Security"] is None, "the client has not called by https")
    headers, made = client.at(201, "POST", "/api/v1/categories", {"name": f"made {uuid.uuid4()}"}, headers=who)
    location = headers["Location"]
    check(location == f"/api/v1/categories/{made['id']}", location)
    _, found = client.at(200, "GET", location)
    check(found == made, "another category")
    name = f"changed {uuid.uuid4()}"
    _, changed = client.at(200, "PATCH", location, {"name": name}, headers=who)
    check(changed["name"] == name, changed)
    _, problem = client.at(400, "PATCH", location, {"name": 1}, headers=who)
    check(problem["error"]["code"] == "VALIDATION_ERROR", problem)
    _, problem = client.at(401, "PATCH", location, {"name": "x"})
    check(problem["error"]["code"] == "UNAUTHORIZED", problem)
    client.at(204, "DELETE", location, headers=who)
    client.at(404, "GET", location)
    headers, _ = client.at(204, "OPTIONS", "/api/v1/products")
    check(headers["Allow"] == "GET, HEAD, POST", headers["Allow"])


def conditions(port):
    """Checks that If-None-Match and If-Match work with the tag received through the proxy, compressed or not."""
    client = Client(port)
    who = client.sign_in()
    for coding in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip, deflate, br"}):
        _, made = client.at(201, "POST", "/api/v1/categories", {"name": f"made {uuid.uuid4()}"}, headers=who)
        path = f"/api/v1/categories/{made['id']}"
        for target in (path, "/api/v1/products?limit=50", "/api/v1/products/1"):
            status, headers, _ = client.ask("GET", target, headers=coding)
            tag = headers["ETag"]
            check(status == 200 and tag and not tag.startswith("W/"), f"{target} {coding}: {status} {tag}")
            status, headers, text = client.ask("GET", target, headers={**coding, "If-None-Match": tag})
            check((status, text) == (304, b""), f"{target} {coding}: {status}, not 304")
            status, _, _ = client.ask("GET", target, headers={**coding, "If-None-Match": '"0"'})
            check(status == 200, f"{target} {coding}: {status}, not 200")
        _, headers, _ = client.ask("GET", path, headers=coding)
        tag = headers["ETag"]
        change = {"name": f"changed {uuid.uuid4()}"}
        status, _, text = client.ask("PATCH", path, change, headers={**coding, **who, "If-Match": tag})
        check(status == 200, f"PATCH with its own tag {tag}: {status} {text[:200]!r}")
        status, _, _ = client.ask("PATCH", path, change, headers={**coding, **who, "If-Match": tag})
        check(status == 412, f"PATCH with an old tag: {status}, not 412")


def refused(client, size, refusal, expects):
    """Sends a request that must be refused. Returns the error, or None."""
    method, path, headers, status = refusal
    try:
        if expects:
            found = expecting(client, method, path, headers, size)
        else:
            found, _, _ = client.ask(method, path, b" " * size, headers)
    except (OSError, http.client.HTTPException) as error:
        client.connection.close()
        return f"{type(error).__name__}: {error}"
    return None if found == status else f"{found}, not {status}"


def expecting(client, method, path, headers, size):
    """Sends `Expect: 100-continue` and waits one second before sending the body, as curl does."""
    connection = client.connection
    connection.putrequest(method, path)
    for name, value in {**headers, "Content-Length": str(size), "Expect": "100-continue"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.sock.settimeout(1)
    try:
        begun = connection.sock.recv(16, 0x2)  # MSG_PEEK
    except TimeoutError:
        begun = b""
    connection.sock.settimeout(60)
    is_final = begun[9:12] not in (b"", b"100")
    if not is_final:
        connection.send(b" " * size)
    response = connection.getresponse()
    response.read()
    if is_final:
        # The body was not sent, so the connection cannot be reused.
        connection.close()
    return response.status


def refusals(port, tries):
    """Counts lost responses by size, status and use of `Expect`."""
    lost = {}
    for expects in (False, True):
        for size in SIZES:
            for refusal in REFUSALS:
                client = Client(port)
                cell = (size, refusal[3], "expect" if expects else "plain")
                wrong = [why for _ in range(tries) if (why := refused(client, size, refusal, expects))]
                lost[cell] = (len(wrong), wrong[0] if wrong else "")
                client.connection.close()
    return lost


def client_address(port, replica):
    """Checks that the server sees the client's address behind the proxy, regardless of forged header fields."""
    client = Client(port)
    forged = {
        "X-Forwarded-For": "192.0.2.1",
        "Forwarded": "for=192.0.2.2;proto=https;host=evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "192.0.2.3",
    }
    for more in ({}, forged):
        mark = uuid.uuid4().hex
        headers, page = client.at(200, "GET", "/api/v1/products?limit=1", headers={**more, "X-Request-Id": mark})
        check(page["next"].startswith(f"http://127.0.0.1:{port}/"), f"forged: {page['next']}")
        check(headers["Strict-Transport-Security"] is None, "forged scheme")
        deadline = time.monotonic() + 10
        lines = []
        while not lines and time.monotonic() < deadline:
            lines = [line for line in replica.access_lines() if line["request_id"] == mark]
            time.sleep(0.05)
        check([line.get("client") for line in lines] == [CLIENT], f"{more}: {lines}")


class Load:
    """Reads and writes at a fixed rate over persistent connections."""

    def __init__(self, port, rate, workers=60):
        self.port, self.pause, self.workers = port, workers / rate, workers
        self.sent, self.failed, self.late = 0, [], 0
        self.lock, self.ends = threading.Lock(), threading.Event()

    def run(self, work):
        who = Client(self.port).sign_in()
        threads = [threading.Thread(target=self.work, args=(index, who)) for index in range(self.workers)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            self.ends.set()
            for thread in threads:
                thread.join()
        return self.sent / (time.monotonic() - began)

    def work(self, index, who):
        client = Client(self.port)
        due = time.monotonic() + self.pause * index / self.workers
        turn = 0
        while not self.ends.is_set():
            time.sleep(max(0, due - time.monotonic()))
            due += self.pause
            turn += 1
            why = self.one(client, who, turn)
            with self.lock:
                self.sent += 1
                if why:
                    self.failed.append(why)

    @staticmethod
    def one(client, who, turn):
        try:
            if turn % 5 == 0:
                body = {"name": f"load {uuid.uuid4()}"}
                status, _, text = client.ask("POST", "/api/v1/categories", body, headers=who)
                return None if status == 201 else f"POST: {status} {text[:200]!r}"
            status, _, text = client.ask("GET", f"/api/v1/products/{turn % 20 + 1}")
            return None if status == 200 else f"GET: {status} {text[:200]!r}"
        except (OSError, http.client.HTTPException) as error:
            client.connection.close()
            return f"{type(error).__name__}: {error}"


def rolling_restart(port, replicas, rate, rounds):
    """Restarts the replicas one by one under load. Returns the number of requests, the failures and the rate."""
    load = Load(port, rate)

    def work():
        time.sleep(2)
        for _ in range(rounds):
            for replica in replicas:
                status = replica.stop()
                check(status == 0, f"{replica.name} ended with {status}")
                replica.start()
                time.sleep(2)

    rate = load.run(work)
    return load.sent, load.failed, rate


def idle_connections(port, count, seconds):
    """Makes the proxy open connections, leaves them idle, and sends writes on them. Returns the errors."""
    clients = [Client(port) for _ in range(count)]
    who = clients[0].sign_in()
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        # Slow enough to overlap, so that the proxy opens many connections.
        list(pool.map(lambda client: client.at(200, "GET", "/api/v1/products?limit=100"), clients))
        # Clients reconnect: proxies keep idle client connections for a shorter time.
        for client in clients:
            client.connection.close()
        time.sleep(seconds)
        return [why for why in pool.map(lambda client: Load.one(client, who, 5), clients) if why]
