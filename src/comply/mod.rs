//! ENGINE: a toolpack with its approvals, its reports and its audit trail in; what can be claimed of it, with the evidence,
//! out. Each section is a file: its facts, and a table of claims. What was not there makes a claim not known.

mod accuracy;
mod claim;
pub mod input;
mod inventory;
mod oversight;
mod risks;
mod trail;

use self::claim::{Ask, Row};
use self::input::Input;
use crate::model::compliance::claim::{ARTICLES, Article, Claim, State};
use crate::model::compliance::{Compliance, Gap, NATURE, Pack, Section, Summary};

/// What no claim is about.
const NOT_LOOKED_AT: [&str; 4] = [
    "whether law asks any of this of you: that is for people to judge",
    "the live API (cask drift)",
    "changes against the default branch, and who made them (cask ci)",
    "what agents do with what they are given",
];

/// Every claim, in the order of the report.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [oversight::CLAIMS, inventory::CLAIMS, risks::CLAIMS, accuracy::CLAIMS, trail::CLAIMS]
        .into_iter()
        .flatten()
}

/// Makes the report. The same input gives the same report.
pub fn report(input: &Input) -> Compliance {
    let header = &input.pack.header;
    let human_oversight = oversight::facts(input);
    let tool_inventory = inventory::facts(input, &human_oversight);
    let risk_management = risks::facts(input, &tool_inventory);
    let accuracy_monitoring = accuracy::facts(input);
    let audit_trail = input.trail.cloned().unwrap_or_default();
    let ask = Ask {
        input,
        oversight: &human_oversight,
        inventory: &tool_inventory,
        risks: &risk_management,
        accuracy: &accuracy_monitoring,
        trail: &audit_trail,
    };
    let claims = |rows: &'static [Row]| rows.iter().map(|row| row.claim(&ask)).collect::<Vec<Claim>>();
    let of =
        [oversight::CLAIMS, inventory::CLAIMS, risks::CLAIMS, accuracy::CLAIMS, trail::CLAIMS].map(claims);
    let gaps = gaps(&of);
    let (summary, articles) = (summary(&of), articles(&of));
    let [oversight, inventory, risks, accuracy, trail] = of;
    Compliance {
        schema: "cask.compliance/1",
        nature: NATURE,
        tool_version: input.tool_version,
        toolpack: Pack {
            id: header.toolpack_id.clone(),
            name: header.name.clone(),
            path: input.pack.dir.clone(),
        },
        at: input.at,
        summary,
        gaps,
        articles,
        human_oversight: Section { claims: oversight, facts: human_oversight },
        tool_inventory: Section { claims: inventory, facts: tool_inventory },
        risk_management: Section { claims: risks, facts: risk_management },
        accuracy_monitoring: Section { claims: accuracy, facts: accuracy_monitoring },
        audit_trail: Section { claims: trail, facts: audit_trail },
        not_looked_at: NOT_LOOKED_AT.to_vec(),
    }
}

/// What does not hold, then what is not known, each in the order of the report.
fn gaps(of: &[Vec<Claim>; 5]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = of
        .iter()
        .flatten()
        .filter(|claim| claim.state != State::Holds)
        .map(|claim| Gap { claim: claim.id, state: claim.state })
        .collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.state));
    gaps
}

fn summary(of: &[Vec<Claim>; 5]) -> Summary {
    let count = |state| of.iter().flatten().filter(|claim| claim.state == state).count();
    Summary {
        holds: count(State::Holds),
        does_not_hold: count(State::DoesNotHold),
        not_known: count(State::NotKnown),
    }
}

fn articles(of: &[Vec<Claim>; 5]) -> Vec<Article> {
    let about = |number: u8| {
        let claims = of.iter().flatten().filter(|claim| claim.articles.contains(&number));
        claims.map(|claim| claim.id).collect()
    };
    ARTICLES
        .iter()
        .map(|(number, title)| Article { number: *number, title, claims: about(*number) })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use std::collections::BTreeMap;

    use super::*;
    use crate::gate::subjects::Subjects;
    use crate::model::compliance::facts::ReportFile;
    use crate::model::testing_pack::PackText;
    use crate::model::trail::{Chain, Trail};

    /// The report of a toolpack of which nothing is known but this.
    fn told(text: &PackText, kept: Option<input::Reports>, trail: Option<&Trail>) -> Compliance {
        let pack = text.build();
        let subjects = Subjects::of(&pack).expect("subjects");
        report(&Input {
            pack: &pack,
            surface: &subjects.surface,
            tools: &subjects.tools,
            lock_path: "packs/shop/lockfile/caskmcp.lock.yaml",
            lock: None,
            ground: None,
            trust: None,
            calls: &BTreeMap::new(),
            lint: &[],
            trail,
            kept,
            digests: &BTreeMap::new(),
            at: None,
            tool_version: "0",
        })
    }

    fn state(report: &Compliance, id: &str) -> State {
        report.claim(id).expect(id).state
    }

    #[test]
    fn of_what_nobody_looked_at_nothing_is_claimed() {
        let report = told(&PackText::shop(), None, None);
        for id in ["trust-anchored", "surface-approved", "tools-approved", "inventory-complete"] {
            assert_eq!(state(&report, id), State::DoesNotHold, "{id}");
        }
        // Nobody said how calls go: the worst is taken.
        for id in ["changes-confirmed", "calls-limited"] {
            assert_eq!(state(&report, id), State::DoesNotHold, "{id}");
        }
        for id in
            ["drift-watched", "contracts-verified", "calls-recorded", "chain-whole", "outcomes-recorded"]
        {
            assert_eq!(state(&report, id), State::NotKnown, "{id}");
        }
        assert_eq!(state(&report, "deny-by-default"), State::Holds);
        assert_eq!(report.gaps.len(), report.summary.does_not_hold + report.summary.not_known);
        assert!(report.gaps.is_sorted_by(|a, b| a.state >= b.state));
    }

    #[test]
    fn each_claim_about_the_toolpack_falls_with_what_it_is_about() {
        type Change = fn(&mut PackText);
        let rows: [(&str, Change); 4] = [
            ("deny-by-default", |text| text.policy["default_action"] = "allow".into()),
            ("tools-described", |text| text.action("list_products")["description"] = " ".into()),
            ("hosts-allowed", |text| text.header["allowed_hosts"] = serde_json::json!(["other.example"])),
            ("baseline-kept", |text| text.baseline["operations"] = serde_json::json!({})),
        ];
        for (id, change) in rows {
            assert_eq!(state(&told(&PackText::shop(), None, None), id), State::Holds, "{id}");
            assert_eq!(
                state(&told(&PackText::shop().edit(change), None, None), id),
                State::DoesNotHold,
                "{id}"
            );
        }
    }

    #[test]
    fn reports_and_records_are_counted_and_none_is_assumed() {
        let kept = |command: &str, exit_code| ReportFile {
            file: "r.json".into(),
            digest: String::new(),
            command: command.into(),
            verdict: "review".into(),
            exit_code,
            findings: BTreeMap::new(),
        };
        let with = |reports: &[ReportFile], id: &str| {
            let kept = input::Reports { folder: "reports", reports, passed_over: 0 };
            state(&told(&PackText::shop(), Some(kept), None), id)
        };
        assert_eq!(with(&[], "drift-watched"), State::NotKnown);
        assert_eq!(with(&[kept("drift", 1)], "drift-watched"), State::Holds);
        assert_eq!(with(&[kept("drift", 1), kept("drift", 3)], "drift-watched"), State::DoesNotHold);
        assert_eq!(with(&[kept("drift", 1)], "contracts-verified"), State::NotKnown);
        assert_eq!(with(&[kept("verify", 1)], "contracts-verified"), State::DoesNotHold);

        let trail = |continues, open| Trail {
            files: vec!["t.jsonl".into()],
            chain: Some(Chain { whole: true, last_hash: None, continues, broken: None }),
            decisions: BTreeMap::from([("allow".to_owned(), 1)]),
            without_outcome: open,
            entries: 3,
            ..Trail::default()
        };
        let of = |trail: &Trail, id: &str| state(&told(&PackText::shop(), None, Some(trail)), id);
        assert_eq!(of(&trail(false, 0), "chain-whole"), State::Holds);
        assert_eq!(of(&trail(true, 0), "chain-whole"), State::NotKnown);
        assert_eq!(of(&trail(false, 0), "outcomes-recorded"), State::Holds);
        assert_eq!(of(&trail(false, 2), "outcomes-recorded"), State::DoesNotHold);
        for id in ["chain-whole", "outcomes-recorded"] {
            assert_eq!(of(&Trail { entries: 0, ..trail(false, 0) }, id), State::NotKnown, "{id} of nothing");
        }
        assert_eq!(
            of(&Trail { decisions: BTreeMap::new(), ..trail(false, 0) }, "calls-recorded"),
            State::NotKnown
        );
    }

    #[test]
    fn every_claim_has_an_id_of_its_own_and_articles_that_there_are() {
        let ids: BTreeSet<&str> = rows().map(|row| row.id).collect();
        assert_eq!(ids.len(), rows().count());
        for row in rows() {
            let known = |number: &u8| ARTICLES.iter().any(|(article, _)| article == number);
            assert!(!row.articles.is_empty() && row.articles.iter().all(known), "{}", row.id);
            assert!(row.articles.is_sorted() && !row.statement.ends_with('.'), "{}", row.id);
        }
        for (number, _) in ARTICLES {
            assert!(rows().any(|row| row.articles.contains(number)), "nothing is evidence for {number}");
        }
    }
}
