#!/usr/bin/env python3
"""Plants known bugs, and demands that the test named for each finds it, for the reason that is stated.

Every NAME.patch beside this file is a bug: header lines, then a diff that `git apply` takes.

  bug:  one sentence, what is wrong
  test: a nextest filter expression     the bug is caught when a chosen test fails
  test: compiler                        ... when the workspace no longer builds
  test: command SHELL COMMAND           ... when the command fails, run from the root of the tree
  says: a part of the failure's output  what fails for another reason has not caught the bug
                                        (the output begins with its kind, such as `test timeout`)

Bugs with tests are planted in batches. Those of a batch are in different files and have different tests. A bug that its
batch does not catch is planted again, alone. The work happens in a copy of the working tree under target/mutants (what git tracks, and what it neither
tracks nor ignores), with a target folder of its own that stays for the next run: only files that a bug touches
are compiled again. First everything named is run on the tree as it is and must pass, for a test that fails
anyway proves nothing. A bug is not caught by a build that fails, by a filter that chooses no test, or by a stack
that does not start.

The exit status is 0 when every bug was caught, 1 when one was not (or does not apply), 2 when the run could not
be done: a wrong argument, a patch without its header, a tree that fails by itself.
"""

import argparse
import fcntl
import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
TARGET = WORK / "target"
LOGS = WORK / "logs"
# nextest writes reports to the workspace, regardless of cargo's target folder.
JUNIT = TREE / "target" / "nextest" / "mutants" / "junit.xml"
STACK = TARGET / "debug" / "stack"

# Maximum number of mutants that are planted at once.
BATCH = 24

# The exit status of `cargo nextest run` when the filter selects no test.
NO_TESTS_RUN = 4
# The exit status of the test stack when transactions have deadlocked.
STACK_FAILED = 1
TIMED_OUT = -1


# Variables that git sets in hooks. They would redirect every git command to another repository.
GIT_PLACES = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE")


class Unusable(Exception):
    """The run is impossible, or would prove nothing."""


@dataclass(frozen=True)
class Mutant:
    name: str
    path: Path
    bug: str
    kind: str  # "nextest", "compiler" or "command"
    test: str  # the filter expression or the command
    says: str  # a part of the output of the failure


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    caught: bool
    by: str
    seconds: float


def read_mutant(path):
    fields = {}
    diff = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith(("diff --git ", "--- ")):
            diff = True
            break
        if not line.strip():
            continue
        key, separator, value = line.partition(":")
        if not separator or key not in ("bug", "test", "says") or key in fields or not value.strip():
            raise Unusable(f"{path.name}:{number}: a header line is 'bug: ...', 'test: ...' or 'says: ...', each once")
        fields[key] = value.strip()
    missing = [key for key in ("bug", "test", "says") if key not in fields]
    if missing:
        raise Unusable(f"{path.name}: the header lacks {' and '.join(missing)}")
    if not diff:
        raise Unusable(f"{path.name}: there is no diff after the header")
    kind, test = "nextest", fields["test"]
    if test == "compiler":
        kind = "compiler"
    elif test.startswith("command "):
        kind, test = "command", test.removeprefix("command ").strip()
    return Mutant(path.stem, path, fields["bug"], kind, test, fields["says"])


def choose_mutants(names):
    paths = {path.stem: path for path in sorted(HERE.glob("*.patch"))}
    wanted = [name.removesuffix(".patch") for name in names] or list(paths)
    unknown = [name for name in wanted if name not in paths]
    if unknown:
        raise Unusable(f"no such mutant: {', '.join(unknown)}; there are: {', '.join(paths) or 'none'}")
    if not wanted:
        raise Unusable(f"there is no *.patch in {HERE.relative_to(ROOT)}")
    return [read_mutant(paths[name]) for name in dict.fromkeys(wanted)]


def touched(mutant):
    """Returns the files that a patch changes, and the patch itself."""
    lines = mutant.path.read_text(encoding="utf-8").splitlines()
    sides = [line[6:].split("\t")[0] for line in lines if line.startswith(("--- a/", "+++ b/"))]
    return {*sides, str(mutant.path.relative_to(ROOT))}


def changed_since(base):
    """Returns the files that differ from the last common commit with a branch, uncommitted changes included."""
    ancestor = git("merge-base", base, "HEAD", cwd=ROOT).decode().strip()
    differing = git("diff", "--name-only", "-z", "--no-renames", ancestor, cwd=ROOT)
    untracked = git("ls-files", "-z", "--others", "--exclude-standard", cwd=ROOT)
    return {os.fsdecode(name) for name in (differing + untracked).split(b"\0") if name}


def shard(text):
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError("must be K/N, with K from 1 to N")
    return int(part), int(parts)


def selected(mutants, arguments):
    """Returns the mutants that `--changed` and `--shard` leave."""
    if arguments.changed:
        changed = changed_since(arguments.changed)
        mutants = [mutant for mutant in mutants if not changed.isdisjoint(touched(mutant))]
    part, parts = arguments.shard
    return mutants[part - 1 :: parts]


def git(*arguments, cwd=TREE, given=b""):
    env = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
    if cwd == TREE:
        # Ignores the hooks, signatures and filters of the user's configuration.
        env.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    done = subprocess.run(["git", *arguments], cwd=cwd, env=env, capture_output=True, input=given)
    if done.returncode != 0:
        raise Unusable(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def same_file(source, copy):
    if source.is_symlink() or copy.is_symlink():
        return source.is_symlink() and copy.is_symlink() and os.readlink(source) == os.readlink(copy)
    return (
        copy.is_file()
        and filecmp.cmp(source, copy, shallow=False)
        and (source.stat().st_mode ^ copy.stat().st_mode) & 0o111 == 0
    )


def copy_tree():
    """Updates the copy to the working tree. Unchanged files keep their modification time, so that cargo rebuilds only
    the changed ones; written files get the current time."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    names = sorted({os.fsdecode(name) for name in listed.split(b"\0") if name})
    names = [name for name in names if os.path.lexists(ROOT / name) and not (ROOT / name).is_dir()]
    if not (TREE / ".git").is_dir():
        shutil.rmtree(TREE, ignore_errors=True)
        TREE.mkdir(parents=True)
        git("init", "--quiet")
    keep = set(names)
    for folder, folders, files in os.walk(TREE):
        if Path(folder) == TREE:
            folders[:] = [name for name in folders if name not in (".git", ".tools")]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in files + links:
            path = Path(folder) / name
            if str(path.relative_to(TREE)) not in keep:
                path.unlink()
    for name in names:
        source, copy = ROOT / name, TREE / name
        if same_file(source, copy):
            continue
        if copy.is_dir() and not copy.is_symlink():
            shutil.rmtree(copy)
        elif os.path.lexists(copy):
            copy.unlink()
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            os.symlink(os.readlink(source), copy)
        else:
            shutil.copyfile(source, copy)
            copy.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
    # Commands may install tools. The copy shares those of the working tree.
    tools = TREE / ".tools"
    if not os.path.lexists(tools):
        (ROOT / ".tools").mkdir(exist_ok=True)
        tools.symlink_to(ROOT / ".tools")
    # The copy is a separate repository: within another one, `git apply` would skip files outside its folder. Commands can
    # also use git, and a checkout undoes a bug.
    exclude = TREE / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/.tools\n", encoding="utf-8")
    (TREE / ".git" / "index").unlink(missing_ok=True)
    git("update-index", "--add", "-z", "--stdin", given=b"".join(os.fsencode(name) + b"\0" for name in names))
    commit("the tree as it is")
    git("tag", "--force", "as-it-is")


def commit(message):
    identity = ["-c", "user.name=mutants", "-c", "user.email=mutants@localhost"]
    git(*identity, "commit", "--quiet", "--allow-empty", "--message", message)


def plant(mutant):
    """Applies and commits the patch, so that commands which use git see a committed bug."""
    git("apply", "--index", "--whitespace=nowarn", str(mutant.path))
    commit(mutant.bug)


def undo():
    git("reset", "--quiet", "--hard", "as-it-is")
    git("clean", "--quiet", "-f", "-d")


def environment():
    env = dict(os.environ)
    # Drops the variables of a cargo or just that runs this script.
    for name in list(env):
        if name.startswith(("CARGO_PKG_", "CARGO_BIN_", "CARGO_MANIFEST_", "INSTA_", "NEXTEST")) or name in GIT_PLACES:
            del env[name]
    env.update(
        CARGO_TARGET_DIR=str(TARGET),
        CARGO_TERM_COLOR="never",
        INSTA_UPDATE="no",
        PATH=f"{ROOT / '.tools' / 'bin'}{os.pathsep}{env.get('PATH', '')}",
    )
    return env


def run(command, log, timeout):
    """Runs a command in the copy, with its output in the log, and returns its exit status."""
    with open(log, "ab") as output:
        shown = command if isinstance(command, str) else " ".join(command)
        output.write(f"$ {shown}\n".encode())
        output.flush()
        process = subprocess.Popen(
            command,
            shell=isinstance(command, str),
            cwd=TREE,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            stop(process)
            output.write(f"stopped after {timeout} s\n".encode())
            return TIMED_OUT
        except BaseException:
            stop(process)
            raise


def stop(process):
    """Stops the command and its children; gently first, so that the stack can stop its PostgreSQL."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=10)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def nextest(*arguments, targets=()):
    return ["cargo", "nextest", *arguments, "--workspace", "--locked", *targets]


def build(log, timeout, targets=()):
    """Builds the tests of the targets, or all, and the programs that they start: cargo does not do both at once for
    several packages."""
    bins = ["--bin", "agora", "--bin", "stack"] if targets else ["--bins"]
    programs = ["cargo", "build", "--workspace", "--locked", *bins]
    return run(nextest("run", "--no-run", targets=targets), log, timeout) or run(programs, log, timeout)


def run_tests(expression, log, timeout, targets=(), threads=("--test-threads", "1")):
    JUNIT.unlink(missing_ok=True)
    # One test at a time with a bug. Tests that race a hundred requests then do not slow down others, and failures come
    # from the bug rather than from load.
    arguments = ("--profile", "mutants", "--no-fail-fast", *threads, "--run-ignored", "all")
    tests = nextest("run", *arguments, targets=targets)
    return run([str(STACK), *tests, "-E", expression], log, timeout)


def plain(text):
    """Returns a text with its blanks made single."""
    return " ".join(text.split())


def failed_tests():
    """Returns the failed tests of the last run by name, each with how it failed (`test timeout`) and its output."""
    if not JUNIT.exists():
        return {}
    suites = ElementTree.parse(JUNIT).getroot().iter("testsuite")
    return {
        f"{suite.get('name')} {case.get('name')}": plain(" ".join([*(part.get("type", "") for part in case), *case.itertext()]))
        for suite in suites
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    }


def chosen_tests(expression, log):
    """Returns the tests that the filter expression selects in the unchanged tree, each as its binary and its name."""
    command = nextest("list", "--message-format", "json", "--run-ignored", "all") + ["-E", expression]
    done = subprocess.run(command, cwd=TREE, env=environment(), stdin=subprocess.DEVNULL, capture_output=True)
    with open(log, "ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode() + done.stderr)
    if done.returncode != 0:
        raise Unusable(f"nextest refuses the filter {expression!r}; see {shown(log)}")
    return [
        f"{suite['binary-id']} {name}"
        for suite in json.loads(done.stdout)["rust-suites"].values()
        for name, case in suite.get("testcases", {}).items()
        if case["filter-match"]["status"] == "matches"
    ]


def targets_of(tests):
    """Returns the arguments with which cargo builds only the binaries of these tests."""
    binaries = {test.split(" ")[0] for test in tests}
    integration = {binary.split("::")[1] for binary in binaries if "::" in binary and "::bin/" not in binary}
    programs = {binary.split("::bin/")[1] for binary in binaries if "::bin/" in binary}
    arguments = [f"--test={name}" for name in sorted(integration)] + [f"--bin={name}" for name in sorted(programs)]
    return arguments + (["--lib"] if any("::" not in binary for binary in binaries) else [])


def shown(path):
    return os.path.relpath(path)


def tail(log, lines=25):
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def check_baseline(mutants, timeout):
    """Runs all tests and commands of the mutants on the unchanged tree, and checks that they pass. Returns the names of
    each mutant's tests."""
    log = LOGS / "baseline.log"
    log.unlink(missing_ok=True)
    expressions = list(dict.fromkeys(m.test for m in mutants if m.kind == "nextest"))
    commands = list(dict.fromkeys(m.test for m in mutants if m.kind == "command"))
    if expressions or any(m.kind == "compiler" for m in mutants):
        if build(log, timeout) != 0:
            raise Unusable(f"the tree does not build by itself:\n{tail(log)}")
    by_expression = {expression: chosen_tests(expression, log) for expression in expressions}
    chosen = {mutant.name: by_expression[mutant.test] for mutant in mutants if mutant.kind == "nextest"}
    without = "".join(f"\n  {mutant.name}: {mutant.test}" for mutant in mutants if chosen.get(mutant.name) == [])
    if without:
        raise Unusable(f"no test is chosen by the filters of:{without}")
    if expressions:
        union = " | ".join(f"({expression})" for expression in expressions)
        status = run_tests(union, log, timeout, threads=())
        if status != 0:
            names = "".join(f"\n  {name}" for name in failed_tests())
            raise Unusable(f"the named tests do not pass by themselves (status {status}); see {shown(log)}{names}")
    for command in commands:
        if run(command, log, timeout) != 0:
            raise Unusable(f"the command fails by itself: {command}\n{tail(log)}")
        undo()
    return chosen


def says(mutant, output):
    return plain(mutant.says) in output


def log_says(mutant, log):
    return says(mutant, plain(log.read_text(encoding="utf-8", errors="replace")))


def reason_of(mutant, tests, failed):
    """Returns the verdict if one of the mutant's tests has failed for the stated reason, else None."""
    names = [name for name in tests if says(mutant, failed.get(name, ""))]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (True, names[0] + more) if names else None


def judge(mutant, tests, log, timeout):
    """Returns whether the planted bug is caught, with the tests that failed or the reason."""
    if mutant.kind == "command":
        status = run(mutant.test, log, timeout)
        if status == TIMED_OUT:
            return False, f"the command did not end within {timeout} s"
        if status in (126, 127):
            return False, f"the command could not be run (status {status})"
        if status == 0:
            return False, "SURVIVED: the command still passes"
        return (True, mutant.test) if log_says(mutant, log) else (False, f"OTHER REASON: see {shown(log)}")

    targets = () if mutant.kind == "compiler" else targets_of(tests)
    status = build(log, timeout, targets)
    if status == TIMED_OUT:
        return False, f"the build did not end within {timeout} s"
    if mutant.kind == "compiler":
        if status == 0:
            return False, "SURVIVED: it still builds"
        return (True, "compiler") if log_says(mutant, log) else (False, f"OTHER REASON: see {shown(log)}")
    if status != 0:
        return False, "DEFECT: it does not build"

    status = run_tests(mutant.test, log, timeout, targets)
    failed = failed_tests()
    if failed and status != TIMED_OUT:
        return reason_of(mutant, tests, failed) or (False, f"OTHER REASON: see {shown(log)}")
    if status == STACK_FAILED and log_says(mutant, log):
        return True, "the test stack"
    if status == 0:
        return False, "SURVIVED: the named tests still pass"
    if status == NO_TESTS_RUN:
        return False, "DEFECT: no test was run"
    if status == TIMED_OUT:
        return False, f"the tests did not end within {timeout} s"
    return False, f"DEFECT: the run broke off with status {status}"


def batches(mutants, chosen):
    """Divides mutants into batches that can be planted at once: no file and no test occurs twice in one."""
    made = []
    for mutant in mutants:
        files, tests = touched(mutant), set(chosen[mutant.name])
        fits = (
            batch
            for batch in made
            if len(batch["mutants"]) < BATCH and files.isdisjoint(batch["files"]) and tests.isdisjoint(batch["tests"])
        )
        batch = next(fits, None)
        if batch is None:
            batch = {"mutants": [], "files": set(), "tests": set()}
            made.append(batch)
        batch["mutants"].append(mutant)
        batch["files"] |= files
        batch["tests"] |= tests
    return [batch["mutants"] for batch in made]


def try_batch(mutants, chosen, number, timeout):
    """Plants several mutants at once, and returns the verdicts of those that are caught."""
    started = time.monotonic()
    log = LOGS / f"batch-{number}.log"
    log.unlink(missing_ok=True)
    try:
        for mutant in mutants:
            plant(mutant)
        targets = targets_of(test for mutant in mutants for test in chosen[mutant.name])
        if build(log, timeout, targets) != 0:
            return []
        run_tests(" | ".join(f"({mutant.test})" for mutant in mutants), log, timeout, targets)
        failed = failed_tests()
    finally:
        undo()
    seconds = (time.monotonic() - started) / len(mutants)
    found = ((mutant, reason_of(mutant, chosen[mutant.name], failed)) for mutant in mutants)
    return [Verdict(mutant, True, reason[1], seconds) for mutant, reason in found if reason]


def applies(mutant):
    """Returns the reason why the patch does not apply, or None."""
    try:
        git("apply", "--index", "--check", str(mutant.path))
        touched = git("apply", "--numstat", "-z", str(mutant.path)).decode(errors="replace").split("\0")
    except Unusable as error:
        return f"DEFECT: it does not apply: {str(error).splitlines()[-1]}"
    if any(entry.split("\t")[-1].startswith(("harness/tests/", "harness/mutants/")) for entry in touched):
        return "DEFECT: it changes the tests themselves"
    return None


def try_mutant(mutant, tests, arguments):
    started = time.monotonic()
    log = LOGS / f"{mutant.name}.log"
    log.unlink(missing_ok=True)
    reason = applies(mutant)
    if reason or arguments.check:
        return Verdict(mutant, reason is None, reason or "applies", time.monotonic() - started)
    plant(mutant)
    try:
        caught, by = judge(mutant, tests, log, arguments.timeout)
    finally:
        undo()
    return Verdict(mutant, caught, by, time.monotonic() - started)


def table(verdicts):
    rows = [("mutant", "caught", "seconds", "by, or why not", "bug")]
    rows += [
        (v.mutant.name, "yes" if v.caught else "NO", f"{v.seconds:.0f}", v.by, v.mutant.bug) for v in verdicts
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        print("  ".join([*cells, row[4]]).rstrip())


def parse_arguments():
    head, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=head, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a mutant to try; all of them when none is named")
    parser.add_argument("--list", action="store_true", help="list the mutants and stop")
    parser.add_argument("--check", action="store_true", help="see that every patch applies, and build or run nothing")
    parser.add_argument("--changed", metavar="BASE", help="only the mutants in files that differ from the branch BASE")
    parser.add_argument("--shard", type=shard, default=(1, 1), metavar="K/N", help="only each Nth mutant, from the Kth")
    parser.add_argument(
        "--timeout", type=int, default=1800, metavar="SECONDS", help="the most that one build or run may take (1800)"
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # SIGTERM undoes the bug and stops the stack, like Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    mutants = selected(choose_mutants(arguments.names), arguments)
    if not mutants:
        print("no mutant is in a changed file")
        return 0
    if arguments.list:
        width = max(len(mutant.name) for mutant in mutants)
        for mutant in mutants:
            print(f"{mutant.name:<{width}}  {mutant.bug}")
        return 0

    LOGS.mkdir(parents=True, exist_ok=True)
    lock = open(WORK / "lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unusable("another run is at work in this tree") from None
    copy_tree()
    chosen = {}
    if not arguments.check:
        print(f"the tree as it is, with what {len(mutants)} mutants name ...", flush=True)
        started = time.monotonic()
        chosen = check_baseline(mutants, arguments.timeout)
        print(f"  passes, {time.monotonic() - started:.0f} s", flush=True)

    verdicts = []
    for number, batch in enumerate(batches([m for m in mutants if m.name in chosen and not applies(m)], chosen), start=1):
        if len(batch) > 1:
            print(f"batch {number}, {len(batch)} mutants ...", flush=True)
            caught = try_batch(batch, chosen, number, arguments.timeout)
            for verdict in caught:
                print(f"  ok: {verdict.mutant.name}: {verdict.by}", flush=True)
            verdicts += caught
    done = {verdict.mutant.name for verdict in verdicts}
    for mutant in (mutant for mutant in mutants if mutant.name not in done):
        print(f"{mutant.name} ...", flush=True)
        verdict = try_mutant(mutant, chosen.get(mutant.name, []), arguments)
        print(f"  {'ok' if verdict.caught else 'NOT CAUGHT'}: {verdict.by}, {verdict.seconds:.0f} s", flush=True)
        verdicts.append(verdict)

    survivors = [verdict for verdict in verdicts if not verdict.caught]
    print()
    if not arguments.check:
        table(verdicts)
        print(f"\nlogs: {shown(LOGS)}")
    done = "apply" if arguments.check else "were caught"
    print(f"{len(verdicts) - len(survivors)} of {len(verdicts)} {done}")
    return 1 if survivors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as error:
        print(f"mutants: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
