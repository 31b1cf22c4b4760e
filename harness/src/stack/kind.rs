//! Which PostgreSQL a run has.

use std::fmt;

/// The variable that chooses.
pub const VARIABLE: &str = "HARNESS_STACK";

/// Where a run's PostgreSQL comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// One container for the run.
    Containers,
    /// A cluster of the installed PostgreSQL.
    Private,
    /// One that is there, and has this run alone.
    External,
}

impl Kind {
    /// Reads what the variable says. Where it says nothing: containers if an engine answers, else a private cluster.
    ///
    /// # Errors
    /// A sentence when it is none of the three.
    pub fn of(chosen: Option<&str>, engine_answers: impl FnOnce() -> bool) -> Result<Self, String> {
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
            assert_eq!(Kind::of(Some(&kind.to_string()), never), Ok(kind));
        }
        assert_eq!(Kind::of(None, || true), Ok(Kind::Containers));
        assert_eq!(Kind::of(Some(""), || false), Ok(Kind::Private));
        assert!(Kind::of(Some("docker"), || true).is_err_and(|why| why.contains("external")));
    }
}
