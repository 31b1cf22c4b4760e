//! Scopes: which operations a credential is good for.

use std::sync::Arc;

use agora_runtime::Operation;

/// The scopes of a credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Scopes {
    /// Of a person's token: read, write or both, for the operations of all tags.
    Person {
        /// `true` for reads.
        read: bool,
        /// `true` for writes.
        write: bool,
    },
    /// Of an API key: tags, each with `:read` or `:write`.
    Tags(Arc<[String]>),
}

impl Scopes {
    /// Reads the claim `scope` of a token: words separated by spaces (RFC 9068).
    #[must_use]
    pub fn of_token(claim: &str) -> Self {
        let has = |scope| claim.split(' ').any(|word| word == scope);
        Self::Person { read: has("read"), write: has("write") }
    }

    /// Returns the scopes of an API key.
    #[must_use]
    pub fn of_tags(scopes: Vec<String>) -> Self {
        Self::Tags(scopes.into())
    }

    /// Returns `true` if an operation may be called.
    #[must_use]
    pub fn include(&self, operation: &Operation) -> bool {
        match self {
            Self::Person { read, write } => match operation.scope {
                "read" => *read,
                _ => *write,
            },
            Self::Tags(scopes) => {
                scopes.iter().any(|scope| scope.split_once(':') == Some((operation.tag, operation.scope)))
            }
        }
    }

    /// Returns the scope that an operation needs.
    #[must_use]
    pub fn needed(&self, operation: &Operation) -> String {
        match self {
            Self::Person { .. } => operation.scope.to_owned(),
            Self::Tags(_) => format!("{}:{}", operation.tag, operation.scope),
        }
    }
}
