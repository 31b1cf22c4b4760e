//! State machines of the contract (`x-state-machine`).

/// A named transition of a state machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transition {
    /// Name, such as `publish`.
    pub name: &'static str,
    /// States in which it begins.
    pub from: &'static [&'static str],
    /// State in which it ends.
    pub to: &'static str,
    /// The caller who may cause it, as in `x-authz`, or `time`.
    pub who: &'static str,
}
