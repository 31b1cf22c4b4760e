//! Rules for imports between modules.

use std::collections::BTreeSet;

use super::Rule;
use super::paths::beginning_with;
use super::sources::{Source, Tree, pattern};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "B1",
        sentence: "Wire types stay at the edge: only router.rs, error.rs and handlers.rs see the generated crate.",
        breaches: wire_types_stay_at_the_edge,
    },
    Rule {
        id: "B2",
        sentence: "Only queries.rs, seeds and platform see the driver of the database (elsewhere: platform::db).",
        breaches: the_driver_stays_in_queries,
    },
    Rule {
        id: "B3",
        sentence: "What all domains stand on is domain-free: platform imports only config and error of ours, identity only \
                   platform, credentials only these, and error nothing.",
        breaches: the_ground_knows_no_domain,
    },
    Rule {
        id: "B4",
        sentence: "Modules meet only through mod.rs, never in another's files, and by crate:: instead of super::super::.",
        breaches: modules_meet_at_the_door,
    },
    Rule {
        id: "B5",
        sentence: "model.rs is pure: it neither waits nor sees queries or handlers; queries.rs does not see handlers.",
        breaches: models_are_pure,
    },
    Rule {
        id: "B6",
        sentence: "Nobody imports admin, but for crate::admin::audit; admin is at the top.",
        breaches: admin_is_at_the_top,
    },
    Rule {
        id: "B7",
        sentence: "invoices, email and notifications react to events; they are not called by other domains.",
        breaches: reactors_are_not_called,
    },
    Rule {
        id: "B8",
        sentence: "The harness is a black box: of the server it sees Config and what starts it, nothing within.",
        breaches: the_harness_stays_outside,
    },
];

/// Items of the generated crate that are not wire types, with the file that may use them.
const DOCUMENTS: [(&str, &[&str]); 3] = [
    // The contract is compiled when the server starts.
    ("server/src/serve.rs", &["CONTRACT_JSON", "OPERATIONS"]),
    // The document is served with the server's public URL.
    ("server/src/document.rs", &["DOCUMENT_JSON", "DOCUMENT_YAML"]),
    // `agora openapi` prints the document.
    ("server/src/main.rs", &["DOCUMENT_JSON", "DOCUMENT_YAML"]),
];

/// Files that assemble the server. They belong to no domain.
const FRAME: [&str; 6] = ["app", "lib", "main", "router", "sandbox", "serve"];

/// Items of the server that the harness may use: its configuration, the commands of the binary, the normal forms of
/// text, which tests compare with those of the database, and the statements that no source contains as a whole.
const DOORS: [&str; 18] = [
    "Config",
    "Listeners",
    "LogFormat",
    "NewAdmin",
    "Profile",
    "check",
    "clean_up",
    "composed_statements",
    "create_admin",
    "migrate",
    "normal_form",
    "rotate_keys",
    "search_form",
    "seed",
    "serve",
    "start_logging",
    "start_logging_to",
    "work",
];

fn reported(source: &Source, line: usize, beginning: &str, path: &[String]) -> String {
    format!("{}:{line}: {beginning}::{}", source.path, path.join("::"))
}

fn wire_types_stay_at_the_edge(tree: &Tree) -> Vec<String> {
    let edge = |source: &&Source| {
        ["server/src/router.rs", "server/src/error.rs"].contains(&source.path.as_str())
            || source.stem() == "handlers"
    };
    let inside = tree.server().filter(|source| !edge(source));
    let seen = |source: &Source| {
        let allowed =
            DOCUMENTS.iter().find(|(path, _)| *path == source.path).map_or(&[][..], |(_, items)| items);
        let paths = beginning_with(&source.parts.code, "agora_api").into_iter();
        let strange = paths.filter(|(_, path)| !allowed.contains(&path[0].as_str()));
        strange.map(|(line, path)| reported(source, line, "agora_api", &path)).collect::<Vec<_>>()
    };
    inside.flat_map(seen).collect()
}

fn the_driver_stays_in_queries(tree: &Tree) -> Vec<String> {
    let driver = pattern(r"\b(tokio_postgres|deadpool_postgres|postgres_types)\b");
    let is_room = |source: &&Source| {
        ["queries", "seed"].contains(&source.stem())
            || ["platform", "seed"].contains(&source.module().unwrap_or(""))
    };
    tree.server().filter(|source| !is_room(source)).flat_map(|source| source.lines(&driver)).collect()
}

fn the_ground_knows_no_domain(tree: &Tree) -> Vec<String> {
    const KNOWN: [(&str, &[&str]); 4] = [
        ("error", &[]),
        ("platform", &["platform", "config", "error"]),
        ("identity", &["platform"]),
        ("credentials", &["credentials", "identity", "platform", "error"]),
    ];
    let mut breaches = Vec::new();
    for source in tree.server() {
        let Some((_, known)) = KNOWN.iter().find(|(module, _)| source.module() == Some(module)) else {
            continue;
        };
        let paths = beginning_with(&source.parts.code, "crate").into_iter();
        let strange = paths.filter(|(_, path)| !known.contains(&path[0].as_str()));
        breaches.extend(strange.map(|(line, path)| reported(source, line, "crate", &path)));
    }
    breaches
}

fn modules_meet_at_the_door(tree: &Tree) -> Vec<String> {
    let rooms = tree.rooms();
    let is_inside = |own: Option<&str>, path: &[String]| {
        let Some(inner) = rooms.get(path[0].as_str()).filter(|_| own != Some(path[0].as_str())) else {
            return false;
        };
        let Some(room) = path.get(1).filter(|_| path[0] != "platform") else {
            return false;
        };
        ["queries", "handlers", "model"].contains(&room.as_str())
            || (path.len() > 2 && inner.contains(room.as_str()))
    };
    let rooms_shown = |visibility: &str| {
        pattern(&format!(r"\bpub{visibility}\s+(mod|use)\s+(self::)?(queries|handlers)\s*(;|\{{|\bas\b)"))
    };
    let (shown, shown_above) = (rooms_shown(r"(\s*\((crate|in\b)[^)]*\))?"), rooms_shown(r"\s*\(super\)"));
    let mut breaches = Vec::new();
    for source in tree.server() {
        let code = &source.parts.code;
        let mut paths = beginning_with(code, "crate");
        let imported = paths.iter().filter(|(_, path)| path.len() == 1 || path[1..] == ["self"]);
        let imported: BTreeSet<String> = imported.map(|(_, path)| path[0].clone()).collect();
        for module in imported {
            // Covers `use crate::orders;` followed by `orders::queries::f`.
            let further = beginning_with(code, &module).into_iter();
            paths.extend(further.map(|(line, path)| (line, [vec![module.clone()], path].concat())));
        }
        let inside = paths.iter().filter(|(_, path)| is_inside(source.module(), path));
        breaches.extend(inside.map(|(line, path)| reported(source, *line, "crate", path)));
        breaches.extend(source.lines(&pattern(r"\bsuper::super::")));
        breaches.extend(source.lines(&shown));
        // In the `mod.rs` of a top-level module, `super` is the whole server. Further down, it is the module.
        if source.stem() == "mod" && source.path.matches('/').count() == 3 {
            breaches.extend(source.lines(&shown_above));
        }
    }
    breaches
}

fn models_are_pure(tree: &Tree) -> Vec<String> {
    let impure = pattern(r"\.await\b|\basync fn\b|\b(super|crate::\w+)::(queries|handlers)\b");
    let upward = pattern(r"\b(super|crate::\w+)::handlers\b");
    let of_room = |source: &Source| match source.stem() {
        "model" => source.lines(&impure),
        "queries" => source.lines(&upward),
        _ => Vec::new(),
    };
    tree.server().flat_map(of_room).collect()
}

/// Returns the paths from other modules into `module`, each with a description for reports. Files of the frame and the
/// modules in `also` are exempt.
fn into_module(tree: &Tree, module: &str, also: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for source in tree.server() {
        let own = source.module().unwrap_or_default();
        if own == module || FRAME.contains(&own) || also.contains(&own) {
            continue;
        }
        for (line, path) in beginning_with(&source.parts.code, "crate") {
            if path[0] == module {
                found.push((reported(source, line, "crate", &path), path));
            }
        }
    }
    found
}

fn admin_is_at_the_top(tree: &Tree) -> Vec<String> {
    let paths = into_module(tree, "admin", &[]).into_iter();
    paths
        .filter(|(_, path)| path.get(1).is_none_or(|inner| inner != "audit"))
        .map(|(reported, _)| reported)
        .collect()
}

fn reactors_are_not_called(tree: &Tree) -> Vec<String> {
    let reactors = ["invoices", "email", "notifications"];
    let paths =
        reactors.iter().flat_map(|module| into_module(tree, module, &["events", "jobs", "seed", "admin"]));
    paths.map(|(reported, _)| reported).collect()
}

fn the_harness_stays_outside(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in tree.sources.iter().filter(|source| source.path.starts_with("harness/")) {
        let paths = beginning_with(&source.parts.code, "agora").into_iter();
        let inside = paths.filter(|(_, path)| !DOORS.contains(&path[0].as_str()));
        breaches.extend(inside.map(|(line, path)| reported(source, line, "agora", &path)));
    }
    breaches
}
