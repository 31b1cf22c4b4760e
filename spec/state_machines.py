"""The state machines of the contract (`x-state-machine`) as a page with a diagram of each:
`state_machines.py CONTRACT PAGE` reads contract.json and writes Markdown.
"""

import json
import sys
from pathlib import Path
from typing import Any

HEAD = """# State machines

Generated from `spec/` by `just gen`; do not edit. A transition that is not here is refused by the server, and by a trigger in
the database.
"""


def diagram(name: str, schema: dict[str, Any]) -> str:
    """Returns the section of a machine."""
    machine = schema["x-state-machine"]
    lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in machine["initial"])]
    for transition in machine["transitions"]:
        at = f" at {transition['timer']}" if "timer" in transition else ""
        units = f", units {transition['stock']}" if "stock" in transition else ""
        label = f"{transition['name']} ({transition['who']}{at}){units}"
        lines += [f"    {state} --> {transition['to']}: {label}" for state in transition["from"]]
    lines += [f"    note right of {state}: reads as {derived}" for derived, state in machine.get("derived", {}).items()]
    return "\n".join([f"## {name}", "", schema["description"], "", "```mermaid", *lines, "```", ""])


def main(contract: str, page: str) -> None:
    schemas = json.loads(Path(contract).read_text(encoding="utf-8"))["components"]["schemas"]
    machines = [diagram(name, schema) for name, schema in sorted(schemas.items()) if "x-state-machine" in schema]
    Path(page).write_text("\n".join([HEAD, *machines]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
