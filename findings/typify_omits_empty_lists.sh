#!/usr/bin/env bash
# typify generates the types of progenitor's Rust clients. An optional list becomes a Vec; its README says that such members
# "simply get the #[serde(default)] attribute". One expects that an empty Vec is written as []. Instead it is not written at
# all, so a client that clears a list with PATCH changes nothing and gets a success. The same list behind a $ref is written.
set -euo pipefail
version=0.8.0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<T
[package]
name = "lists"
version = "0.0.0"
edition = "2021"

[dependencies]
regress = "=0.12.0"
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.154"
typify = "=$version"
T
cat >patch.json <<'J'
{
  "title": "Patch",
  "type": "object",
  "properties": {
    "inline": { "type": "array", "items": { "type": "integer" } },
    "named": { "$ref": "#/definitions/Numbers" }
  },
  "definitions": { "Numbers": { "type": "array", "items": { "type": "integer" } } }
}
J
cat >src/main.rs <<'R'
typify::import_types!("patch.json");

fn main() {
    let patch: Patch = serde_json::from_str(r#"{"inline":[],"named":[]}"#).unwrap();
    println!("{}", serde_json::to_string(&patch).unwrap());
}
R
output=$(CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "version:   typify $version"
echo 'behaviour: {"inline":[],"named":[]} read into the generated type and written again'
echo "output:    $output"
[ "$output" = '{"named":[]}' ]
