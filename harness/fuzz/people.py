"""The accounts of a worker. They get new credentials when a test case has invalidated the old ones."""

import json
import os
import time
from itertools import count, product
from typing import Any

import requests
from schemathesis.wfc.escalation import escalating_provider

from rules import Account

DEADLINE = 30
SIGN_INS = 5


class Person(Account):
    """An account with its entry in the file of principals. Its names and passwords follow those that test cases set."""

    def __init__(self, name: str, username: str, password: str) -> None:
        super().__init__(id=0, username=username, password=password, role="user" if name == "peer" else name)
        self.name = name
        self.original = (username, password)
        self.access = ""


class People:
    """The principal, and the peer that must not see the principal's objects."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()
        self.resets = 0
        self.minted = 0
        self.refused = ""
        # Further accounts like the principal's, which replace it once it is lost.
        self._spares = (f"{os.environ['FUZZ_SPARES']}-{number}" for number in count(1)) if "FUZZ_SPARES" in os.environ else None
        self._numbers = count(1)
        with open(os.environ["FUZZ_PRINCIPALS"], encoding="utf-8") as file:
            entries = json.load(file)["auth"]
        principal = os.environ["FUZZ_PRINCIPAL"]
        self.watched: list[Person] = []
        for entry in entries:
            login = json.loads(entry["loginEndpointAuth"]["payloadRaw"])
            person = Person(entry["name"], login["username"], login["password"])
            if person.name == principal:
                self.principal = person
                self.watched.insert(0, person)
            elif principal == "user" and person.name == "peer":
                self.watched.append(person)
        for person in self.watched:
            # A reset by another worker refuses a sign-in that has already read the account.
            if not any(self._signed_in(person, person.original) for _ in range(SIGN_INS)):
                raise RuntimeError(f"{person.name} cannot sign in: {self.refused}")

    def call(self, method: str, path: str, person: Person | None = None, **arguments: Any) -> requests.Response:
        headers = {**arguments.pop("headers", {}), **({"Authorization": f"Bearer {person.access}"} if person else {})}
        return self.http.request(method, self.base + path, headers=headers, timeout=DEADLINE, **arguments)

    def look_after(self, schema: Any, body: Any, now: int) -> None:
        """Restores sign-in for everyone after a change with this body, at a time of the ledger."""
        for person in self.watched:
            answer = self.call("GET", "/api/v1/auth/me", person)
            person.seen_at = now
            if answer.status_code == 200 and answer.json()["username"] == person.username:
                continue
            if answer.status_code == 200:
                person.username = answer.json()["username"]
            else:
                self._bring_back(person, body if isinstance(body, dict) else {})
            self._hand_over(schema, person)

    def refresh_token(self) -> str | None:
        """Returns a refresh token of a new session."""
        login = {"username": self.principal.username, "password": self.principal.password}
        answer = self.call("POST", "/api/v1/token", json=login)
        return answer.json()["refresh"] if answer.status_code == 200 else None

    def _signed_in(self, person: Person, credentials: tuple[str, str]) -> bool:
        username, password = credentials
        answer = self.call("POST", "/api/v1/auth/login", json={"username": username, "password": password})
        if answer.status_code != 200:
            self.refused = f"{answer.status_code} {answer.text}"
            return False
        user = answer.json()["user"]
        person.username, person.password = user["username"], password
        person.id, person.access = user["id"], answer.json()["access"]
        person.signed_in_at = time.monotonic()
        return True

    def _bring_back(self, person: Person, body: dict[str, Any]) -> None:
        sent = lambda *names: [body[name] for name in names if isinstance(body.get(name), str)]
        names = [person.username, *sent("username")]
        passwords = [person.password, *sent("new_password", "password")]
        if any(self._signed_in(person, tried) for tried in [*product(names, passwords), person.original]):
            return
        # The account cannot be restored, so another one replaces it.
        self.minted += 1
        if person.role == "user":
            name = f"fuzz-{person.name}-{os.getpid()}-{next(self._numbers)}"
            new = {"username": name, "email": f"{name}@example.com", "password": person.original[1] + "-of-" + name}
            answer = self.call("POST", "/api/v1/auth/register", json=new)
            if answer.status_code == 201 and self._signed_in(person, (name, new["password"])):
                return
        # Registration creates no staff accounts: only those that were made before the run are left.
        if self._spares and any(self._signed_in(person, (next(self._spares), person.original[1])) for _ in range(10)):
            return
        self.reset()
        for other in self.watched:
            if not any(self._signed_in(other, other.original) for _ in range(SIGN_INS)):
                raise RuntimeError(f"{other.name} cannot sign in, not even after a reset")

    def reset(self) -> None:
        if self._spares:
            raise RuntimeError("no account is left, and a reset would disturb the other workers")
        self.resets += 1
        self.call("POST", "/__sandbox/reset").raise_for_status()

    def _hand_over(self, schema: Any, person: Person) -> None:
        """Passes the new login of this person to Schemathesis."""
        provider = escalating_provider(schema).provider_for(person.name)
        login = {"username": person.username, "password": person.password}
        provider.provider.config.payload_raw = json.dumps(login)
        provider.invalidate()
