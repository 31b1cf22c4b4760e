#!/usr/bin/env python3
"""Checks the words of hand-written text: comments, test names, documents and the contract.

docs/style.md has the rules. Two of them can be counted, and are bounded here: doc comments that open with a question
word, and words that this project writes in another way. `--list` prints every place.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPENERS = re.compile(r"(What|Whether|How|Who|Whose|Whom|That which)\b")
WORDS = re.compile(r"\b(tell|tells|telling|told|mend|mends|mended|mending|nobody|whose|whom)\b", re.IGNORECASE)
MOST_OPENERS = 0.03
MOST_WORDS = 0.01
NOT_OURS = ("generated/", "docs/style.md", "harness/style/", "CHANGELOG.md")
CODE = {".rs": "//", ".py": "#", ".mjs": "//", ".sh": "#", ".go": "//", ".ts": "//", ".java": "//", ".sql": "--"}


class Text:
    """One piece of prose: a comment, a paragraph, a description or the name of a test."""

    def __init__(self, path, line, text, is_doc=False):
        self.path, self.line, self.text, self.is_doc = path, line, " ".join(text.split()), is_doc

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text[:100]}"


def comments(path, text, mark):
    """Yields each block of comment lines of one kind, and the names of test functions."""
    block, kind, start = [], None, 0
    opening = re.compile(rf"\s*({re.escape(mark)}[/!]?)(?!/)\s?(.*)")
    for number, line in enumerate([*text.splitlines(), ""], 1):
        found = opening.match(line)
        if found and found[1] == kind and found[2]:
            block.append(found[2])
            continue
        if block:
            yield Text(path, start, " ".join(block), kind in ("///", "//!"))
        block, kind = [], None
        if found and found[2]:
            block, kind, start = [found[2]], found[1], number
        name = re.match(r"\s*(?:async )?fn (\w+_\w+_\w+)\(\)", line)
        if name:
            yield Text(path, number, name[1].replace("_", " "))


def docstrings(path, text):
    """Yields the docstrings of a Python file."""
    for found in re.finditer(r'"""(.*?)"""', text, re.DOTALL):
        yield Text(path, text.count("\n", 0, found.start()) + 1, found[1], True)


def paragraphs(path, text):
    """Yields the paragraphs, list items and table rows of a document."""
    block, start, is_code = [], 0, False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        begins = re.match(r"\s*([-*|]|\d+\.|#)", line)
        if (not line.strip() or begins or is_code) and block:
            yield Text(path, start, " ".join(block))
            block = []
        if line.strip() and not is_code:
            start = start if block else number
            block.append(line)


def descriptions(path, text):
    """Yields the texts of a YAML file: comments, and the values that are prose."""
    prose = re.compile(r"(\s*)(?:- )?(summary|description|title|x-tag-note): *(.*)")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        comment = re.match(r"\s*# ?(.*)", line)
        if comment:
            yield Text(path, number, comment[1])
        found = prose.match(line)
        if found:
            block = [found[3]]
            for other in lines[number:]:
                if other.strip() and len(other) - len(other.lstrip()) <= len(found[1]):
                    break
                block.append(other)
            yield Text(path, number, " ".join(block))


def texts():
    """Yields every piece of hand-written prose of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for path in filter(None, listed.decode().split("\0")):
        file = ROOT / path
        if path.startswith(NOT_OURS) or not file.is_file():
            continue
        if file.suffix in CODE:
            text = file.read_text()
            yield from comments(path, text, CODE[file.suffix])
            if file.suffix == ".py":
                yield from docstrings(path, text)
        elif file.suffix == ".md":
            yield from paragraphs(path, file.read_text())
        elif file.suffix in (".yaml", ".yml"):
            yield from descriptions(path, file.read_text())
        elif file.name in ("Justfile", "run", "justw", "generate") or file.suffix == ".toml":
            yield from comments(path, file.read_text(), "#")


def main():
    """Counts, reports, and fails above a bound."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--list", action="store_true", help="print every place, also within the bounds")
    options = arguments.parse_args()
    found = list(texts())
    docs = [text for text in found if text.is_doc]
    openers = [text for text in docs if OPENERS.match(text.text)]
    words = [text for text in found if WORDS.search(text.text)]
    failed = False
    for name, places, of, most in (
        ("doc comments that open with a question word", openers, docs, MOST_OPENERS),
        ("texts with a word to avoid (tell, told, mend, nobody, whose, whom)", words, found, MOST_WORDS),
    ):
        share = len(places) / max(len(of), 1)
        is_over = share > most
        failed |= is_over
        print(f"{len(places)} of {len(of)} {name}: {share:.1%}, at most {most:.0%}{' FAILED' if is_over else ''}")
        if options.list or is_over:
            print(*places, sep="\n")
    if failed:
        sys.exit("Rewrite them as docs/style.md says: ./justw style --list names every place.")


if __name__ == "__main__":
    main()
