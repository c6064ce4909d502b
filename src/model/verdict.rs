//! What findings come to, alone or together, and the exit code of it: a word that reports, judgement and
//! command line share.

use super::gate_config::FailOn;

/// What one finding or a whole report comes to. The order is from good to bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing to do.
    #[default]
    Pass,
    /// A person must look: gated, nothing broken.
    Review,
    /// Breaking, unapproved or tampered.
    Breaking,
    /// Could not judge.
    Error,
}

impl Verdict {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Review => "review",
            Verdict::Breaking => "breaking",
            Verdict::Error => "error",
        }
    }

    /// The exit code before `fail-on`: the one map from verdict to code.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Pass => 0,
            Verdict::Review => 1,
            Verdict::Breaking => 2,
            Verdict::Error => 3,
        }
    }

    /// The exit code after `fail-on`.
    pub fn step_exit_code(self, fail_on: FailOn) -> u8 {
        let fails = match self {
            Verdict::Error => true,
            Verdict::Breaking => fail_on >= FailOn::Breaking,
            Verdict::Review => fail_on >= FailOn::Any,
            Verdict::Pass => false,
        };
        if fails { self.exit_code() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fail_on_lets_a_step_pass_but_never_one_that_was_not_judged() {
        let codes = |fail_on| {
            [Verdict::Pass, Verdict::Review, Verdict::Breaking, Verdict::Error]
                .map(|verdict| verdict.step_exit_code(fail_on))
        };
        assert_eq!(codes(FailOn::Any), [0, 1, 2, 3]);
        assert_eq!(codes(FailOn::Breaking), [0, 0, 2, 3]);
        assert_eq!(codes(FailOn::Never), [0, 0, 0, 3]);
    }
}
