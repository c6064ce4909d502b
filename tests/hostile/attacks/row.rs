//! One attack: what is done to an approved repository, and what the gate must answer.

use super::forge::World;

/// A row of the tables.
pub struct Attack {
    /// The threat of docs/threat-model.md that it belongs to: `T1` … `T20`; `ok` for what must pass.
    pub threat: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What the attacker does, one line.
    pub does: &'static str,
    /// Exit code of `cask ci --fail-on any`.
    pub code: u8,
    /// The rules that tell it. Those of the families gate, sig, trust, lock, pack and sup are all that may be
    /// there; those of other families must be there, beside others.
    pub rules: &'static [&'static str],
    /// Does it, on the branch `head` of an approved repository.
    pub make: fn(&mut World),
}
