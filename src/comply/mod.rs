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
