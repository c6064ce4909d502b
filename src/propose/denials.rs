//! What agents were denied in, drafts out: one for each reason, tool, host and method, with a count. How much an agent
//! asks for decides on numbers, never on how many drafts there may be.

use std::collections::BTreeMap;

use crate::canon::digest::{sha256_hex, short};
use crate::canon::time::Timestamp;
use crate::model::draft::{Draft, MOST, Status};
use crate::model::risk::RiskTier;

/// A denial, its texts cleaned and bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The code of the reason.
    pub reason: String,
    /// The tool that was asked for.
    pub tool: String,
    /// The host that it goes to, where that is known.
    pub host: Option<String>,
    /// Its method, where that is known.
    pub method: Option<String>,
    /// When: a text of one form, so that texts are in the order of their times.
    pub at: String,
}

/// What became of denials.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    /// Drafts that are new or were counted on, by id.
    pub drafts: BTreeMap<String, Draft>,
    /// How many of them are new.
    pub new: usize,
    /// Denials that no draft was made of: there are too many.
    pub left_out: u64,
    /// Denials whose time has not come: not counted, lest nothing after them be.
    pub ahead: u64,
    /// Drafts that were last seen in a time that has not come: they are counted on from now.
    pub righted: usize,
}

impl Denial {
    /// The id of its draft.
    pub fn id(&self) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let words =
            [&self.reason, &self.tool, &part(&self.host), &part(&self.method)].map(String::as_str).join("\0");
        format!("prop_{}", short(&sha256_hex(words.as_bytes()), 16))
    }

    fn draft(self, id: String, now: Timestamp) -> Draft {
        let writes = matches!(self.method.as_deref(), Some("POST" | "PUT" | "PATCH" | "DELETE"));
        Draft {
            id,
            status: Status::Pending,
            reason_code: self.reason,
            attempted_action: self.tool.clone(),
            suggested_tool: self.tool,
            suggested_host: self.host,
            method: self.method,
            risk_guess: if writes { RiskTier::High } else { RiskTier::Medium },
            count: 1,
            proposed_at: self.at.clone(),
            last_seen: self.at,
            created_at: now,
            reviewed_at: None,
            reviewed_by: None,
            rejection_reason: None,
        }
    }
}

/// Denials under way to drafts.
#[derive(Debug)]
pub struct Fold {
    /// What there was, by id.
    before: BTreeMap<String, Draft>,
    now: Timestamp,
    /// The last time that has come, in the form of a denial's.
    latest: String,
    folded: Folded,
}

impl Fold {
    /// Onto the drafts that there are.
    pub fn onto(before: Vec<Draft>, now: Timestamp) -> Fold {
        let latest = latest(now);
        let mut folded = Folded::default();
        let mut all = BTreeMap::new();
        for mut draft in before {
            // A clock that ran ahead would silence the draft until then.
            if draft.last_seen > latest {
                draft.last_seen.clone_from(&latest);
                folded.righted += 1;
                folded.drafts.insert(draft.id.clone(), draft.clone());
            }
            all.insert(draft.id.clone(), draft);
        }
        Fold { before: all, now, latest, folded }
    }

    /// Takes a denial in. One that a draft counted before, of a log that is read again, is not counted twice; one whose
    /// time has not come is not counted yet.
    pub fn take(&mut self, denial: Denial) {
        if denial.at > self.latest {
            self.folded.ahead += 1;
            return;
        }
        let id = denial.id();
        let before = self.before.get(&id);
        if before.is_some_and(|draft| denial.at <= draft.last_seen) {
            return;
        }
        if let Some(draft) = self.folded.drafts.get_mut(&id) {
            count(draft, denial.at);
        } else if let Some(draft) = before {
            let mut draft = draft.clone();
            count(&mut draft, denial.at);
            self.folded.drafts.insert(id, draft);
        } else if self.before.len() + self.folded.new >= MOST {
            self.folded.left_out += 1;
        } else {
            self.folded.new += 1;
            self.folded.drafts.insert(id.clone(), denial.draft(id, self.now));
        }
    }

    /// What became of them.
    pub fn end(self) -> Folded {
        self.folded
    }
}

/// The last point of a second as an audit log writes it.
fn latest(now: Timestamp) -> String {
    format!("{}.999999+00:00", now.to_string().trim_end_matches('Z'))
}

fn count(draft: &mut Draft, at: String) {
    draft.count = draft.count.saturating_add(1);
    if at < draft.proposed_at {
        draft.proposed_at.clone_from(&at);
    }
    draft.last_seen = at.max(std::mem::take(&mut draft.last_seen));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn denial(tool: &str, method: Option<&str>, at: usize) -> Denial {
        Denial {
            reason: "denied_unknown_action".to_owned(),
            tool: tool.to_owned(),
            host: None,
            method: method.map(str::to_owned),
            at: format!("2026-11-01T10:00:00.{at:06}+00:00"),
        }
    }

    fn folded(before: Vec<Draft>, denials: &[Denial]) -> Folded {
        let mut fold = Fold::onto(before, "2026-11-01T10:00:00Z".parse().unwrap());
        denials.iter().cloned().for_each(|denial| fold.take(denial));
        fold.end()
    }

    #[test]
    fn a_log_that_is_read_again_counts_nothing_twice() {
        let denials = [denial("a", None, 1), denial("b", Some("POST"), 2), denial("a", None, 3)];
        let first = folded(Vec::new(), &denials);
        assert_eq!((first.drafts.len(), first.new), (2, 2));
        let counts: Vec<u64> = first.drafts.values().map(|draft| draft.count).collect();
        assert_eq!(counts.iter().sum::<u64>(), 3);
        let there: Vec<Draft> = first.drafts.into_values().collect();
        assert!(folded(there.clone(), &denials).drafts.is_empty());
        // What was decided on stays so.
        let rejected =
            there.into_iter().map(|d| d.reviewed(Status::Rejected, "ann", None, Timestamp::MIN).unwrap());
        let again = folded(rejected.collect(), &[denial("a", None, 9)]);
        let draft = again.drafts.values().next().unwrap();
        assert_eq!((again.new, draft.count, draft.status), (0, 3, Status::Rejected));
    }

    #[test]
    fn a_time_that_has_not_come_silences_nothing() {
        let ahead = Denial { at: "2999-01-01T00:00:00.000000+00:00".to_owned(), ..denial("a", None, 0) };
        let first = folded(Vec::new(), &[ahead.clone(), denial("a", None, 1), denial("a", None, 2)]);
        let draft = first.drafts.values().next().unwrap();
        assert_eq!(
            (first.ahead, draft.count, draft.last_seen.as_str()),
            (1, 2, denial("a", None, 2).at.as_str())
        );
        // A draft that such a denial silenced counts on.
        let silenced = Draft { last_seen: ahead.at, ..draft.clone() };
        let again = folded(vec![silenced], &[denial("a", None, 3)]);
        let draft = again.drafts.values().next().unwrap();
        assert_eq!(
            (again.righted, draft.count, draft.last_seen.as_str()),
            (1, 2, "2026-11-01T10:00:00.999999+00:00")
        );
        let later = Denial { at: "2026-11-01T10:00:01.000000+00:00".to_owned(), ..denial("a", None, 0) };
        let mut fold = Fold::onto(vec![draft.clone()], "2026-11-01T10:00:02Z".parse().unwrap());
        fold.take(later);
        assert_eq!(fold.end().drafts.values().next().unwrap().count, 3);
    }

    #[test]
    fn a_flood_of_names_makes_no_flood_of_drafts() {
        let denials: Vec<Denial> = (0..MOST + 50).map(|n| denial(&format!("tool_{n}"), None, n)).collect();
        let folded = folded(Vec::new(), &denials);
        assert_eq!((folded.drafts.len(), folded.left_out), (MOST, 50));
    }

    proptest! {
        #[test]
        fn the_order_of_denials_changes_nothing(
            (all, mixed) in prop::collection::vec((0u8..4, 0u8..2, 0usize..50), 0..30)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
        ) {
            let of = |all: &[(u8, u8, usize)]| {
                let denials: Vec<Denial> = all.iter()
                    .map(|(tool, method, at)| denial(&tool.to_string(), (*method > 0).then_some("DELETE"), *at))
                    .collect();
                folded(Vec::new(), &denials).drafts
            };
            prop_assert_eq!(of(&all), of(&mixed));
        }
    }
}
