# The only list of commands: people, CI and the documentation use these recipes. `./justw` works without `just` installed.

set shell := ["bash", "-euo", "pipefail", "-c"]
set positional-arguments

nextest_version := "0.9.143"
deny_version := "0.20.2"
playwright_version := "1.65.1"

export PATH := justfile_directory() / ".tools/bin" + ":" + env("PATH")

# Set explicitly, so that recipes know where cargo puts the binaries.
export CARGO_TARGET_DIR := env("CARGO_TARGET_DIR", justfile_directory() / "target")

# Most tests wait for a server or a database rather than for a processor.
export NEXTEST_TEST_THREADS := env("NEXTEST_TEST_THREADS", shell('echo $((2 * $1))', num_cpus()))

stack := CARGO_TARGET_DIR / "debug/stack"
fuzz := CARGO_TARGET_DIR / "debug/fuzz"
coverage := CARGO_TARGET_DIR / "debug/coverage"
faults := CARGO_TARGET_DIR / "release/faults"

# List the commands
[private]
default:
    @"{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# A debug build: on a fresh clone it is ready minutes earlier, and the tests reuse its artefacts.
# Serve the API, with a private PostgreSQL unless DATABASE_URL is set; ARGS go to `agora serve`
[group('run')]
up *ARGS:
    cargo run --locked --bin agora -- serve "$@"

# Bring the database to the newest schema
[group('run')]
migrate *ARGS:
    cargo run --locked --bin agora -- migrate "$@"

# Fill the database with the demonstration data
[group('run')]
seed *ARGS:
    cargo run --locked --bin agora -- seed "$@"

# Open psql on the database of the running server
[group('run')]
psql *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    url_file=${AGORA_DATA_DIR:-.agora}/database-url
    if [ ! -s "$url_file" ]; then
        echo "No server is running: $url_file is missing. Start one with './justw up'." >&2
        exit 1
    fi
    client=$(command -v psql || ls -d /usr/lib/postgresql/*/bin/psql 2>/dev/null | sort -V | tail -n 1 || true)
    if [ -z "$client" ]; then
        echo "psql is not installed: on Debian and Ubuntu 'apt-get install postgresql-client', on macOS 'brew install libpq'." >&2
        exit 1
    fi
    exec "$client" "$(cat "$url_file")" "$@"

# Rewrite generated/ from spec/
[group('contract')]
gen:
    spec/generate

# Fail if generated/ does not match spec/
[group('contract')]
gen-check: gen
    #!/usr/bin/env bash
    set -euo pipefail
    changes=$(git status --porcelain --untracked-files=all -- generated)
    if [ -n "$changes" ]; then
        {
            echo "generated/ differs from what spec/ gives:"
            head -n 40 <<<"$changes"
            git diff --stat HEAD -- generated 2>/dev/null || true
            echo "Run './justw gen' and commit generated/ together with the change to spec/."
        } >&2
        exit 1
    fi
    echo "generated/ is what spec/ gives."

# These recipes build `--workspace` even for one test binary: for a single package cargo would choose other features of the
# dependencies, and compile them all a second time. The stack starts after the build.

# Run every test: unit, component and surface, and a quick fuzz run; ARGS go to nextest
[group('test')]
test *ARGS: build && (_fuzz "--quick" "--max-examples" "1")
    "{{ stack }}" cargo nextest run --locked --workspace "$@"

# PostgreSQL of the tests, by HARNESS_STACK:
#   containers  a container of HARNESS_POSTGRES_IMAGE (postgres:17-alpine)
#   private     a cluster of the installed programs, or of those in HARNESS_POSTGRES
#   external    the server of HARNESS_DATABASE_URL
# The default is containers if a Docker engine responds, otherwise private; the run prints its choice.

# Build agora-test/postgres:15 from Debian's packages, for machines without an image registry (as root)
[group('test')]
images:
    harness/images/build

# Run the tests that need no database
[group('test')]
test-unit *ARGS: _nextest
    cargo nextest run --locked --workspace -E 'not (package(agora-harness) & kind(test))' "$@"

# Run the component tests; ARGS go to nextest (a part of a test's name, -j 1, ...)
[group('test')]
test-component *ARGS: _nextest _programs
    cargo nextest run --no-run --locked --workspace --test component
    "{{ stack }}" cargo nextest run --locked --workspace --test component "$@"

# Run migrations and component tests on a major version of PostgreSQL (15 to 18), which is fetched; ARGS go to nextest
[group('test')]
test-postgres MAJOR *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    HARNESS_POSTGRES=$(harness/postgres/fetch "$1") && shift
    export HARNESS_POSTGRES HARNESS_STACK=private
    "{{ just_executable() }}" --justfile "{{ justfile() }}" test-component "$@"

# Dump a database of one major version of PostgreSQL, restore it into another, and serve it
[group('test')]
test-dump FROM="15" TO="18":
    #!/usr/bin/env bash
    set -euo pipefail
    HARNESS_DUMP_FROM=$(harness/postgres/fetch "$1")
    export HARNESS_DUMP_FROM
    "{{ just_executable() }}" --justfile "{{ justfile() }}" test-postgres "$2" --run-ignored only -E 'test(/^dumps::/)'

# Test PgBouncer in each of its modes, supported and refused; needs the program pgbouncer
[group('test')]
poolers *ARGS:
    HARNESS_STACK=private "{{ just_executable() }}" --justfile "{{ justfile() }}" test-component \
        --run-ignored only -E 'test(/^poolers::/)' "$@"

# Test nginx, Apache, HAProxy, Caddy and Varnish with the configurations of docs/proxies (Debian's packages, fetched); ARGS go to harness/outside/run.py
[group('test')]
proxies *ARGS:
    cargo build --locked --bin agora
    python3 harness/outside/run.py proxies --program "$CARGO_TARGET_DIR/debug/agora" --fetched "$(harness/outside/fetch)" "$@"

# Check that clients in Go, Java, Node.js, Python and curl receive every refusal; ARGS as for `proxies`
[group('test')]
clients *ARGS: (_python "clients" "harness/outside/requirements.txt")
    cargo build --locked --bin agora
    python3 harness/outside/run.py clients --program "$CARGO_TARGET_DIR/debug/agora" --fetched "$(harness/outside/fetch)" "$@"

# Run the surface tests: the whole contract against the server, and rules of the code; ARGS go to nextest
[group('test')]
test-surface *ARGS: _nextest _programs
    cargo nextest run --no-run --locked --workspace --test surface
    "{{ stack }}" cargo nextest run --locked --workspace --test surface "$@"

# Run the tests that are too large for `test`; ARGS go to nextest
[group('test')]
test-large *ARGS: _nextest _programs
    cargo nextest run --no-run --locked --workspace --test component
    "{{ stack }}" cargo nextest run --locked --workspace --test component --profile large --run-ignored only \
        -E 'not test(/^(dumps|poolers)::/)' "$@"

# Fuzz the server by its contract for some minutes; ARGS go to the fuzz binary (--requests 100000 for a long run, --seed 1 to repeat one, --shard 1/3 for a part)
[group('test')]
fuzz *ARGS: build
    "{{ just_executable() }}" --justfile "{{ justfile() }}" _fuzz "$@"

# Run every test and a fuzz run, report which parts of the contract they cover, and fail if coverage has decreased
[group('test')]
coverage: build && coverage-gate
    rm -rf "{{ CARGO_TARGET_DIR }}/coverage"
    HARNESS_RECORD="{{ CARGO_TARGET_DIR }}/coverage/records" "{{ stack }}" cargo nextest run --locked --workspace
    "{{ just_executable() }}" --justfile "{{ justfile() }}" _fuzz --max-examples 1

# Report the last `coverage` run again; `--shrink` removes covered facts from harness/coverage.gaps, `--base BRANCH` compares it
[group('test')]
coverage-gate *ARGS:
    "{{ coverage }}" --records "{{ CARGO_TARGET_DIR }}/coverage/records" --fuzz "{{ CARGO_TARGET_DIR }}/fuzz" \
        --folder "{{ CARGO_TARGET_DIR }}/coverage" --gaps harness/coverage.gaps "$@"

# Measure how the time of a test grows with the number of operations of the contract
[group('test')]
growth: _programs
    HARNESS_STACK=private "{{ stack }}" "{{ CARGO_TARGET_DIR }}/debug/growth"

# A full disk and dropped packets need root. A CI runner may become root; a developer decides.
# Inject faults during writes, and check that no acknowledged write is lost; ARGS go to the faults binary
[group('test')]
faults *ARGS:
    cargo build --release --locked --bin agora --bin faults
    as=(); [ -z "${CI:-}" ] || [ "$(id -u)" -eq 0 ] || as=(sudo --non-interactive env "PATH=$PATH"); "${as[@]}" "{{ faults }}" "$@"

# Plant each bug of harness/mutants, and check that its test finds it; ARGS select bugs (names, `--changed main`, `--shard 1/4`)
[group('test')]
mutants *ARGS: _nextest
    python3 harness/mutants/run.py "$@"

# Fail if a migration of BASE was edited, renamed or removed, or a new one is not numbered above those of BASE
[group('test')]
migrations-check BASE="origin/main":
    harness/migrations-check "$1"

# Open the pages in a real browser (an installed Chromium); screenshots go to target/browser/
[group('test')]
browser: _playwright
    cargo build --locked --bin agora
    NODE_PATH=.tools/browser/node_modules node harness/browser/look.mjs "$CARGO_TARGET_DIR/debug/agora" target/browser

# Generate clients in TypeScript, Python, Go and Rust, run them against a sandbox, and check all examples; NAMES select consumers
[group('test')]
consumers *NAMES: (_python "consumers" "harness/consumers/python/requirements.txt") (_npm "consumers-js" "harness/consumers")
    cargo build --locked --workspace --bins
    spec/generate --tools
    python3 harness/consumers/run.py "$CARGO_TARGET_DIR/debug/agora" "$CARGO_TARGET_DIR/consumers" "$@"

# Compare a sandbox with the published document by plain Schemathesis, and by Prism as a validating proxy; ARGS go to harness/second-opinion/run.py (`--only prism`) and to Schemathesis (`--seed 7`)
[group('test')]
second-opinion *ARGS: (_python "fuzz" "harness/fuzz/requirements.txt") (_npm "second-opinion-js" "harness/second-opinion")
    cargo build --locked --bin agora
    python3 harness/second-opinion/run.py --program "$CARGO_TARGET_DIR/debug/agora" \
        --schemathesis .tools/fuzz/bin/schemathesis --prism .tools/second-opinion-js/node_modules/.bin/prism "$@"

# Run the benchmarks; ARGS go to the bench binary
[group('test')]
bench *ARGS:
    cargo run --release --locked -p agora-tools --bin bench -- "$@"

# Format the hand-written code
[group('check')]
fmt: _fmt

# Fail if hand-written code is not formatted
[group('check')]
fmt-check: (_fmt "--check")

# Run clippy and check the words of comments, documents and the contract; warnings are errors
[group('check')]
lint: style
    cargo clippy --locked --workspace --all-targets -- -D warnings

# Check the words of comments, documents and the contract (docs/style.md); `--list` prints every place
[group('check')]
style *ARGS:
    python3 harness/style/check.py "$@"

# Build the documentation of the code; warnings are errors
[group('check')]
doc:
    RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -D warnings" cargo doc --locked --workspace --no-deps --document-private-items

# Check licences, bans, sources and advisories of the dependencies (ARGS select checks)
[group('check')]
deny *ARGS: (_install "cargo-deny" deny_version)
    cargo deny --locked --workspace check "$@"

# Check the security of the workflows: permissions, pinned actions, template injection
[group('check')]
workflows-check: (_python "workflows" ".ci/requirements.txt")
    .tools/workflows/bin/zizmor --offline --no-progress --pedantic --strict-collection .github

# Run the steps of CI in order
[group('check')]
ci: coverage gen-check fmt-check lint doc deny workflows-check

# Build everything that the tests run
[group('check')]
build: _nextest _programs
    cargo nextest run --no-run --locked --workspace

# Remove the tools installed by recipes
[group('check')]
clean-tools:
    rm -rf .tools

# Excludes generated/, which its generator formats.
[private]
_fmt *FLAGS:
    #!/usr/bin/env bash
    set -euo pipefail
    status=0
    while IFS= read -r manifest; do
        cargo fmt --manifest-path "$manifest" "$@" || status=1
    done < <(git ls-files --cached --others --exclude-standard -- '*/Cargo.toml' ':!generated')
    exit "$status"

# Builds the stack and the server. For the tests of one package, Cargo does not build the programs of another.
[private]
_programs:
    cargo build --locked --workspace --bins

[private]
_nextest: (_install "cargo-nextest" nextest_version)

# Installs the driver for an installed browser under .tools/.
[private]
_playwright:
    #!/usr/bin/env bash
    set -euo pipefail
    if [ ! -d .tools/browser/node_modules/playwright-core ]; then
        npm install --silent --no-save --prefix .tools/browser "playwright-core@{{ playwright_version }}"
    fi

# Installs the packages of FOLDER/package-lock.json in .tools/NAME, on first use and after changes.
[private]
_npm NAME FOLDER:
    #!/usr/bin/env bash
    set -euo pipefail
    folder=.tools/$1
    if cmp -s "$2/package-lock.json" "$folder/installed"; then exit; fi
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$2/package.json" "$2/package-lock.json" "$folder"
    npm ci --silent --ignore-scripts --prefix "$folder"
    cp "$2/package-lock.json" "$folder/installed"

# Tests the judgement of the hooks, then fuzzes. Without Schemathesis, a local test run continues with a notice; CI fails.
[private]
_fuzz *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    if ! "{{ just_executable() }}" --justfile "{{ justfile() }}" _python fuzz harness/fuzz/requirements.txt; then
        echo "NOT FUZZED: Schemathesis could not be installed; python3 3.11 or newer with venv, and PyPI, are needed once." >&2
        [ "${CI:-}" != true ]
        exit
    fi
    (cd harness/fuzz && PYTHONDONTWRITEBYTECODE=1 ../../.tools/fuzz/bin/python -m unittest --quiet)
    "{{ stack }}" "{{ fuzz }}" --program "{{ justfile_directory() }}/.tools/fuzz/bin/schemathesis" --folder "{{ CARGO_TARGET_DIR }}/fuzz" "$@"

# Installs the hashed packages of REQUIREMENTS in .tools/NAME, on first use and after changes.
[private]
_python NAME REQUIREMENTS:
    #!/usr/bin/env bash
    set -euo pipefail
    venv=.tools/$1
    if cmp -s "$2" "$venv/requirements.txt"; then exit; fi
    rm -rf "$venv"
    log=$(mktemp)
    if ! { python3 -c 'import sys; assert sys.version_info >= (3, 11), "python3 is older than 3.11"' &&
        python3 -m venv "$venv" &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
            --only-binary :all: --require-hashes -r "$2"; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -rf "$venv" "$log"
        exit 1
    fi
    rm "$log"
    cp "$2" "$venv/requirements.txt"

# Installs a cargo subcommand under .tools/ unless it is already installed.
[private]
_install TOOL VERSION:
    #!/usr/bin/env bash
    set -euo pipefail
    if ! cargo "${1#cargo-}" --version >/dev/null 2>&1; then
        echo "Installing $1 $2 under .tools/; this takes a few minutes, once." >&2
        env -u CARGO_TARGET_DIR cargo install --quiet --locked --root .tools --version "$2" "$1"
    fi
