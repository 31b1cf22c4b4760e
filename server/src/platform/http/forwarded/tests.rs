//! Tests of genuine and forged chains of proxies.

use proptest::prelude::*;

use super::*;

/// Returns the client's address, scheme and host for a request from a peer. Trusted proxies are in `10.0.0.0/8` and
/// `2001:db8::/32`.
fn read(peer: &str, fields: &[(&str, &str)]) -> (String, Option<Scheme>, Option<String>) {
    let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().expect("a network"));
    let proxies = TrustedProxies::new(&networks);
    let (mut headers, mut extensions) = (HeaderMap::new(), Extensions::new());
    for (name, value) in fields {
        let name: HeaderName = name.parse().expect("a name");
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    let address = SocketAddr::new(peer.parse().expect("an address"), 4711);
    extensions.insert(Peer { address, has_place: true });
    let client = proxies.client(&headers, &mut extensions);
    let host = extensions.get::<ForwardedHost>().map(|host| host.0.to_str().expect("text").to_owned());
    (client.address.expect("is known").to_string(), client.scheme, host)
}

const PROXY: &str = "10.0.0.1";

fn address_of(fields: &[(&str, &str)]) -> String {
    read(PROXY, fields).0
}

#[test]
fn a_peer_that_is_not_trusted_is_the_client_whatever_it_sends() {
    let fields = [
        ("forwarded", "for=1.2.3.4;proto=https;host=shop.example"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "shop.example"),
    ];
    for peer in ["203.0.113.9", "2001:db9::1"] {
        assert_eq!(read(peer, &fields), (peer.to_owned(), None, None));
        assert_eq!(read(peer, &fields[1..]), (peer.to_owned(), None, None));
        assert_eq!(read(peer, &fields[..1]), (peer.to_owned(), None, None));
    }
}

#[test]
fn a_trusted_peer_forwards_address_scheme_and_host() {
    let expected = ("203.0.113.9".to_owned(), Some(Scheme::Https), Some("shop.example:8443".to_owned()));
    let usual = [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "HTTPS"),
        ("x-forwarded-host", "shop.example:8443"),
    ];
    let standard = [("forwarded", "For=203.0.113.9;Proto=https;HOST=\"shop.example:8443\"; by=10.0.0.1")];
    for peer in [PROXY, "::ffff:10.0.0.1", "2001:db8::9"] {
        assert_eq!(read(peer, &usual), expected, "{peer}");
        assert_eq!(read(peer, &standard), expected, "{peer}");
        assert_eq!(read(peer, &[&usual[..], &standard].concat()), expected, "{peer}");
    }
    assert_eq!(read(PROXY, &[]), (PROXY.to_owned(), None, None), "a proxy that says nothing is the client");
    let scheme = [("x-forwarded-proto", "http")];
    assert_eq!(read(PROXY, &scheme), (PROXY.to_owned(), Some(Scheme::Http), None));
    for odd in ["ftp", "https,", "wss", ""] {
        let expected = (odd == "https,").then_some(Scheme::Https);
        assert_eq!(read(PROXY, &[("x-forwarded-proto", odd)]).1, expected, "{odd}");
    }
    for odd in ["", "a b", "a/b", "u@a", "a:99999", "a,b c", "\u{fc}"] {
        assert_eq!(read(PROXY, &[("x-forwarded-host", odd)]).2, None, "{odd}");
    }
}

#[test]
fn of_a_chain_only_what_trusted_proxies_have_appended_counts() {
    for (chain, client) in [
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.1.1.1, 203.0.113.9, 10.9.9.9, 2001:db8::7", "203.0.113.9"),
        ("10.1.1.1, 10.9.9.9", "10.1.1.1"),
        ("1.1.1.1,,203.0.113.9, ", "203.0.113.9"),
    ] {
        assert_eq!(address_of(&[("x-forwarded-for", chain)]), client, "{chain}");
        let elements = chain.split(',').map(str::trim).filter(|node| !node.is_empty());
        let nodes = elements
            .map(|node| if node.contains(':') { format!("for=\"[{node}]\"") } else { format!("for={node}") });
        let standard = nodes.collect::<Vec<_>>().join(", ");
        assert_eq!(address_of(&[("forwarded", &standard)]), client, "{standard}");
    }
    let lines =
        [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.9.9.9")];
    assert_eq!(address_of(&lines), "203.0.113.9", "lines are one list");
    let lines =
        [("forwarded", "for=1.1.1.1"), ("forwarded", "for=203.0.113.9;proto=https, for=10.9.9.9;proto=http")];
    assert_eq!(read(PROXY, &lines), ("203.0.113.9".to_owned(), Some(Scheme::Https), None));
}

#[test]
fn addresses_come_with_ports_brackets_and_quotes() {
    for (node, address) in [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("203.0.113.9:_hidden", "203.0.113.9"),
        ("2001:db9::1", "2001:db9::1"),
        ("[2001:db9::1]", "2001:db9::1"),
        ("[2001:db9::1]:4711", "2001:db9::1"),
        ("[2001:DB9::1]:_hidden", "2001:db9::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
    ] {
        assert_eq!(address_of(&[("x-forwarded-for", node)]), address, "{node}");
        assert_eq!(address_of(&[("forwarded", &format!("for=\"{node}\""))]), address, "{node}");
    }
    assert_eq!(address_of(&[("forwarded", "for=\"203.0.113\\.9\"")]), "203.0.113.9", "escapes are no text");
}

#[test]
fn a_chain_ends_where_a_client_is_not_named() {
    for hidden in
        ["unknown", "_hidden", "_a.b-c", "localhost", "1.2.3", "1.2.3.4.5", "fe80::1%eth0", "\u{fc}"]
    {
        let chain = format!("1.1.1.1, {hidden}, 10.9.9.9");
        assert_eq!(
            address_of(&[("x-forwarded-for", &chain)]),
            "10.9.9.9",
            "{hidden}: the last that is known"
        );
        assert_eq!(address_of(&[("x-forwarded-for", hidden)]), PROXY, "{hidden}");
    }
    for hidden in ["unknown", "_hidden", "\"_hidden:_port\"", "\"unknown:80\""] {
        let chain = format!("for=1.1.1.1;proto=http, for={hidden};proto=https, for=10.9.9.9;proto=http");
        let found = read(PROXY, &[("forwarded", &chain)]);
        assert_eq!(
            found,
            ("10.9.9.9".to_owned(), Some(Scheme::Https), None),
            "{hidden}: its scheme is known"
        );
    }
    let nobody = [("forwarded", "for=1.1.1.1, by=10.0.0.2;proto=https")];
    assert_eq!(read(PROXY, &nobody), (PROXY.to_owned(), Some(Scheme::Https), None));
}

#[test]
fn malformed_forwarded_fields_are_ignored() {
    for odd in [
        "for=\"1.1.1.1, for=203.0.113.9",
        "for=203.0.113.9;for=1.1.1.1",
        "for=[2001:db9::1]",
        "for = 203.0.113.9",
        "for=",
        "203.0.113.9",
        "for=203.0.113.9 proto=https",
    ] {
        assert_eq!(read(PROXY, &[("forwarded", odd)]), (PROXY.to_owned(), None, None), "{odd}");
    }
}

#[test]
fn contradicting_forwarded_fields_are_ignored() {
    let forged = [
        ("forwarded", "for=1.1.1.1;proto=https;host=evil.example"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "http"),
    ];
    assert_eq!(read(PROXY, &forged), (PROXY.to_owned(), None, None));
    let malformed = [("forwarded", "for="), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(read(PROXY, &malformed), (PROXY.to_owned(), None, None));
}

#[test]
fn scheme_and_host_are_those_of_the_hop_or_of_the_nearest_proxy() {
    let of = |clients: &str, schemes: &str, hosts: &str| {
        let fields =
            [("x-forwarded-for", clients), ("x-forwarded-proto", schemes), ("x-forwarded-host", hosts)];
        let (_, scheme, host) = read(PROXY, &fields);
        (scheme.map(Scheme::as_str), host)
    };
    // Each proxy has appended its own value.
    let found = of("203.0.113.9, 10.9.9.9", "https, http", "shop.example, inner");
    assert_eq!(found, (Some("https"), Some("shop.example".to_owned())));
    // Only the nearest proxy has written the values, or a client has begun the list.
    for clients in ["203.0.113.9", "1.1.1.1, 203.0.113.9"] {
        let forged = if clients.contains(',') { "" } else { "https, " };
        let found = of(clients, &format!("{forged}http"), "shop.example");
        assert_eq!(found, (Some("http"), Some("shop.example".to_owned())), "{clients}");
    }
    assert_eq!(of("1.1.1.1, 203.0.113.9", "https, http", "evil, shop.example").0, Some("http"));
}

proptest! {
    /// Checks that the part before the values that proxies append has no effect.
    #[test]
    fn nothing_that_a_client_sends_changes_who_it_is(
        forged in "[ -~\u{80}-\u{ff}]{0,60}", tail in 0_usize..3,
    ) {
        let trusted = ["10.2.2.2", "10.3.3.3"][..tail.min(2)].iter().map(|address| format!(", {address}"));
        let appended = format!("203.0.113.9{}", trusted.collect::<String>());
        let one = format!("{forged}, {appended}");
        prop_assert_eq!(address_of(&[("x-forwarded-for", &one)]), "203.0.113.9");
        let two = [("x-forwarded-for", forged.as_str()), ("x-forwarded-for", &appended)];
        prop_assert_eq!(address_of(&two), "203.0.113.9");
        // A field that the proxy does not write may hide the client, but never change it into another.
        let three = [("forwarded", forged.as_str()), ("x-forwarded-for", &appended)];
        let found = address_of(&three);
        prop_assert!(found == "203.0.113.9" || found == PROXY, "{}", found);
    }
}
