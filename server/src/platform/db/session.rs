//! What every session of the server is: its settings, and the check that it has them.

/// Settings of a session beside its role, as PostgreSQL shows them.
pub(in crate::platform) const SETTINGS: [(&str, &str); 4] = [
    ("statement_timeout", "1400ms"),
    ("lock_timeout", "1s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("TimeZone", "UTC"),
];
