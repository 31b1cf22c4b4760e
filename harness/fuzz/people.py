"""The principals of a run. They get new credentials when a test case has invalidated the old ones."""

import json
import os
from dataclasses import dataclass
from itertools import count, product
from typing import Any

import requests
from schemathesis.wfc.escalation import escalating_provider

DEADLINE = 30


@dataclass
class Person:
    """A person with a login. Name and password are updated when test cases change them."""

    name: str
    username: str
    password: str
    original: tuple[str, str]
    id: int | None = None
    access: str = ""


class People:
    """The people of a run: the principal, and the peer that must not see the principal's objects."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()
        self.resets = 0
        self.minted = 0
        self._numbers = count(1)
        with open("principals.json", encoding="utf-8") as file:
            entries = json.load(file)["auth"]
        principal = os.environ["FUZZ_PRINCIPAL"]
        self.watched: list[Person] = []
        for entry in entries:
            login = json.loads(entry["loginEndpointAuth"]["payloadRaw"])
            person = Person(entry["name"], login["username"], login["password"], tuple(login.values()))
            if person.name == principal:
                self.principal = person
                self.watched.insert(0, person)
            elif principal == "user" and person.name == "peer":
                self.watched.append(person)
        for person in self.watched:
            if not self._signed_in(person, person.original):
                raise RuntimeError(f"{person.name} cannot sign in")

    def call(self, method: str, path: str, person: Person | None = None, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {person.access}"} if person else {}
        return self.http.request(method, self.base + path, headers=headers, timeout=DEADLINE, **arguments)

    def look_after(self, schema: Any, body: Any) -> None:
        """Restores sign-in for everyone after a successful change with this body."""
        for person in self.watched:
            answer = self.call("GET", "/api/v1/auth/me", person)
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
            return False
        user = answer.json()["user"]
        person.username, person.password = user["username"], password
        person.id, person.access = user["id"], answer.json()["access"]
        return True

    def _bring_back(self, person: Person, body: dict[str, Any]) -> None:
        told = lambda *names: [body[name] for name in names if isinstance(body.get(name), str)]
        names = [person.username, *told("username")]
        passwords = [person.password, *told("new_password", "password")]
        if any(self._signed_in(person, tried) for tried in [*product(names, passwords), person.original]):
            return
        self.minted += 1
        if person.name in ("user", "peer"):
            # The account cannot be restored, so a new one replaces it.
            name = f"fuzz-{person.name}-{os.getpid()}-{next(self._numbers)}"
            new = {"username": name, "email": f"{name}@example.com", "password": person.original[1] + "-of-" + name}
            answer = self.call("POST", "/api/v1/auth/register", json=new)
            if answer.status_code == 201 and self._signed_in(person, (name, new["password"])):
                return
        # Registration creates no staff accounts; only the dataset has them.
        self.reset()
        for other in self.watched:
            if not self._signed_in(other, other.original):
                raise RuntimeError(f"{other.name} cannot sign in, not even after a reset")

    def reset(self) -> None:
        self.resets += 1
        self.call("POST", "/__sandbox/reset").raise_for_status()

    def _hand_over(self, schema: Any, person: Person) -> None:
        """Passes the new login of this person to Schemathesis."""
        provider = escalating_provider(schema).provider_for(person.name)
        login = {"username": person.username, "password": person.password}
        provider.provider.config.payload_raw = json.dumps(login)
        provider.invalidate()
