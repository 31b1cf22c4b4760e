"""Forms of text, written independently of the server. They are used only where the result is beyond doubt."""

import json
import unicodedata
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
# Fillers are letters for Unicode, but nothing is seen of them.
FILLERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"


def is_visible(letter: str) -> bool:
    """Returns `True` if a character is visible beyond doubt."""
    return unicodedata.category(letter)[0] in "LNPS" and letter not in FILLERS


def normal_form(text: str) -> str:
    """Returns the form in which names are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join(letter for letter in folded if unicodedata.category(letter) not in ("Cf", "Cn") and letter not in FILLERS)
    return " ".join(unicodedata.normalize("NFKC", shown).split())


def texts_of(value: Any) -> set[str]:
    """Returns the normal forms of all texts in a JSON value."""
    if isinstance(value, str):
        return {normal_form(value)}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(texts_of, inner))


def seeded_texts() -> set[str]:
    """Returns the normal forms of all texts of the demonstration data."""
    dataset = REPOSITORY / "server/src/seed/dataset.json"
    return texts_of(json.loads(dataset.read_text(encoding="utf-8")))


def common_passwords() -> set[str]:
    listed = REPOSITORY / "server/src/users/common_passwords.txt"
    return {normal_form(line) for line in listed.read_text(encoding="utf-8").splitlines()}


def israeli_id(serial: int) -> str:
    """Returns eight digits and a check digit. It makes the sum (weights 1 and 2, digits of products added) a multiple of 10."""
    eight = f"{serial % 10**8:08}"
    return eight + str(-israeli_sum(eight) % 10)


def israeli_sum(digits: str) -> int:
    return sum(sum(map(int, str(int(digit) * (index % 2 + 1)))) for index, digit in enumerate(digits))
