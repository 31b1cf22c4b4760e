//! Rules for routes. They are generated from the contract. The few that the generator cannot produce are in one file.

use super::Rule;
use super::sources::{Tree, pattern};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "B21",
        sentence: "Routes are put together in server/src/router.rs only.",
        breaches: routes_stand_in_the_router,
    },
    Rule {
        id: "B22",
        sentence: "A hand-written route is a path of the spec that bears x-handwritten: nothing is served that is not in it.",
        breaches: routes_are_in_the_spec,
    },
];

const ROUTER: &str = "server/src/router.rs";

/// Routes outside the API. `/metrics` is served on a separate port.
const OWN_PORT: [&str; 1] = ["/metrics"];

fn routes_stand_in_the_router(tree: &Tree) -> Vec<String> {
    let routing = pattern(
        r"\.(route|route_service|nest|nest_service|merge|fallback|fallback_service)\(|\.method_not_allowed_fallback\(",
    );
    tree.server().filter(|source| source.path != ROUTER).flat_map(|source| source.lines(&routing)).collect()
}

fn routes_are_in_the_spec(tree: &Tree) -> Vec<String> {
    let literal = pattern(r#"\.(?:route|route_service|nest|nest_service)\(\s*(?:"([^"]*)")?"#);
    let mut breaches = Vec::new();
    for source in tree.server().filter(|source| source.path == ROUTER) {
        let code: Vec<&str> =
            source.text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for found in literal.captures_iter(&code.join("\n")) {
            let path = found.get(1).map(|path| path.as_str());
            let is_known =
                path.is_some_and(|path| tree.handwritten.contains(path) || OWN_PORT.contains(&path));
            if !is_known {
                breaches.push(format!("{}: {}", source.path, path.unwrap_or("a path that is no literal")));
            }
        }
    }
    breaches
}
