//! One call and the changes of a policy that matter to it in, its outcome with each of them taken from either
//! side out.

use super::policy::{Outcome, weigh};
use crate::model::policy::{Policy, Rule};
use crate::model::risk::RiskTier;

/// More changed rules than this on one call are not tried one by one; the effect is told at the first.
const MAX_TRIED: usize = 64;

/// A change that takes part in decisions.
#[derive(Clone, Copy)]
pub(super) enum Delta<'p> {
    Rule { base: Option<&'p Rule>, head: Option<&'p Rule> },
    Default,
    AuditAll,
}

/// Which policy a part is taken from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Base,
    Head,
}

/// One call, and what about it can be taken from either policy.
pub(super) struct Trial<'p> {
    pub(super) base: &'p Policy,
    pub(super) head: &'p Policy,
    pub(super) tier: RiskTier,
    /// Rules that match and are the same on both sides.
    pub(super) stable: Vec<&'p Rule>,
    /// Changes that can matter, with their index; of a changed rule only the sides that match.
    pub(super) live: Vec<(usize, Delta<'p>)>,
}

impl Trial<'_> {
    /// The outcome under a policy of which each change, by its place in `live`, is taken from one side.
    pub(super) fn decided(&self, side: impl Fn(usize) -> Side) -> Outcome {
        let mut rules = self.stable.clone();
        let (mut default, mut audit_all) = (self.base.default_action, self.base.audit_all);
        for (n, (_, delta)) in self.live.iter().enumerate() {
            let new = side(n) == Side::Head;
            match *delta {
                Delta::Rule { base, head } => rules.extend(if new { head } else { base }),
                Delta::Default if new => default = self.head.default_action,
                Delta::AuditAll if new => audit_all = self.head.audit_all,
                Delta::Default | Delta::AuditAll => {}
            }
        }
        weigh(default, audit_all, &rules, self.tier)
    }

    /// Each change alone on the base, and alone taken back from the head. Empty if they are too many.
    pub(super) fn one_by_one(&self) -> Vec<(Outcome, Outcome)> {
        if self.live.len() > MAX_TRIED {
            return Vec::new();
        }
        let swapped = |n: usize, one: Side, others: Side| self.decided(|m| if m == n { one } else { others });
        let both = |n| (swapped(n, Side::Head, Side::Base), swapped(n, Side::Base, Side::Head));
        (0..self.live.len()).map(both).collect()
    }

    /// Indexes of the changes that move the outcome. If only several together do, all of them; if they were
    /// too many to try, the first: never none.
    pub(super) fn causes(
        &self,
        tried: &[(Outcome, Outcome)],
        moves: impl Fn(&(Outcome, Outcome)) -> bool,
    ) -> Vec<usize> {
        let all = || self.live.iter().map(|(at, _)| *at);
        let causes: Vec<usize> = all().zip(tried).filter(|(_, t)| moves(t)).map(|(at, _)| at).collect();
        match (causes.is_empty(), tried.is_empty()) {
            (false, _) => causes,
            (true, false) => all().collect(),
            (true, true) => all().take(1).collect(),
        }
    }
}
