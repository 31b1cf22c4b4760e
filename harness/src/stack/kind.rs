//! Choice of the PostgreSQL for a run.

use std::fmt;

/// Environment variable with the chosen [`Kind`].
pub const VARIABLE: &str = "HARNESS_STACK";

/// The source of a run's PostgreSQL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A container.
    Containers,
    /// A private cluster of an installed PostgreSQL.
    Private,
    /// An existing cluster, which only this run uses.
    External,
}

impl Kind {
    /// Parses the value of the variable. If unset or empty, a container is chosen if a Docker engine responds, else a
    /// private cluster.
    ///
    /// # Errors
    /// A message if the value is unknown.
    pub fn choose(chosen: Option<&str>, engine_answers: impl FnOnce() -> bool) -> Result<Self, String> {
        match chosen {
            Some("containers") => Ok(Self::Containers),
            Some("private") => Ok(Self::Private),
            Some("external") => Ok(Self::External),
            None | Some("") => Ok(if engine_answers() { Self::Containers } else { Self::Private }),
            Some(other) => Err(format!("{VARIABLE} is {other:?}; it can be containers, private or external")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Containers => "containers",
            Self::Private => "private",
            Self::External => "external",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_taken_and_else_what_there_is() {
        for kind in [Kind::Containers, Kind::Private, Kind::External] {
            let never = || unreachable!("the engine is not asked where a kind was chosen");
            assert_eq!(Kind::choose(Some(&kind.to_string()), never), Ok(kind));
        }
        assert_eq!(Kind::choose(None, || true), Ok(Kind::Containers));
        assert_eq!(Kind::choose(Some(""), || false), Ok(Kind::Private));
        assert!(Kind::choose(Some("docker"), || true).is_err_and(|why| why.contains("external")));
    }
}
