//! The one comment of a job on a pull request: what is there in, what is written, deleted and hidden out.
//!
//! Runs may overlap, and each of two may have seen no comment and posted one. So a plan depends on nothing but
//! the comments that are there: whichever run carries it out, and if both do, one comment stays, the oldest,
//! and it says what the newest run said.

use std::cmp::Reverse;

use super::inputs::{CommentMode as Mode, CommentWhen as When};
use super::marker::{Kind, Marker, marked_as};

/// A comment or an issue, as much of it as is decided on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Its number.
    pub id: u64,
    /// Its id in GraphQL.
    pub node_id: String,
    /// Who wrote it; nobody where the account is gone.
    pub login: String,
    /// Whether that is a program.
    pub bot: bool,
    /// Its text.
    pub body: String,
}

/// Who posts with this token where GitHub does not say: the token of a job.
pub const JOB: &str = "github-actions[bot]";

/// Whether it was written with this login. Brackets can't be part of a person's name, and an app has them.
pub fn is_by(seen: &Seen, login: &str) -> bool {
    !login.is_empty() && seen.login.eq_ignore_ascii_case(login) && (seen.bot || !login.ends_with(']'))
}

/// What of ours is already there, oldest first: it begins with our marker and we wrote it. A marker alone is
/// nothing, for everybody can copy it.
pub fn own<'a>(seen: &'a [Seen], login: &str, kind: Kind, id: &str) -> Vec<(Marker, &'a Seen)> {
    let mut own: Vec<(Marker, &Seen)> = seen
        .iter()
        .filter(|seen| is_by(seen, login))
        .filter_map(|seen| Some((Marker::read(&seen.body)?.0, seen)))
        .filter(|(marker, _)| marker.kind == kind && marker.id == id)
        .collect();
    own.sort_by_key(|(_, seen)| seen.id);
    own
}

/// What to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Post this.
    Create(String),
    /// Write it anew.
    Update(u64, String),
    /// Delete it.
    Delete(u64),
    /// Hide it, and only then write it anew, as one that gave its place.
    Hide {
        /// Its number.
        id: u64,
        /// Its id in GraphQL.
        node_id: String,
        /// What it then is.
        text: String,
    },
}

/// What to do, and which comment then tells of this pull request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Requests.
    pub steps: Vec<Step>,
    /// The comment that stays, unless a new one is posted.
    pub stays: Option<u64>,
}

/// Whether there is to be a comment: `tells` if the report has something to say, `fails` if the step fails.
pub fn wanted(when: When, there: bool, tells: bool, fails: bool) -> bool {
    match when {
        When::Auto => there || tells,
        When::Always => true,
        When::OnFailure => there || fails,
        When::Never => false,
    }
}

/// The plan for a text that begins with `marker`, beside what is already there.
pub fn plan(own: &[(Marker, &Seen)], marker: &Marker, text: &str, mode: Mode) -> Plan {
    let Some((first, oldest)) = own.first() else {
        return Plan { steps: vec![Step::Create(text.to_owned())], stays: None };
    };
    let newest = own.iter().max_by_key(|(marker, seen)| (marker.run, Reverse(seen.id)));
    // Of the same run it is ours: a second try, or an earlier step.
    let newer = newest.filter(|(theirs, _)| theirs.run > marker.run);
    match (mode, newer) {
        (Mode::Update, _) => {
            let (said, body) = match newer {
                Some((theirs, seen)) => (theirs, seen.body.as_str()),
                None => (marker, text),
            };
            let mut steps = Vec::new();
            // The same text stays as it is; of several, the one that stays says of which run it is.
            if !says(oldest, said) || own.len() > 1 && first.run < said.run {
                steps.push(Step::Update(oldest.id, body.to_owned()));
            }
            steps.extend(own.iter().skip(1).map(|(_, seen)| Step::Delete(seen.id)));
            Plan { steps, stays: Some(oldest.id) }
        }
        (_, Some((_, seen))) => Plan { steps: Vec::new(), stays: Some(seen.id) },
        (_, None) => match own {
            [(_, only)] if says(only, marker) => Plan { steps: Vec::new(), stays: Some(only.id) },
            _ => {
                let old = own.iter().map(|(_, seen)| match mode {
                    Mode::HideAndRecreate => hide(seen),
                    _ => Step::Delete(seen.id),
                });
                let steps = std::iter::once(Step::Create(text.to_owned())).chain(old).collect();
                Plan { steps, stays: None }
            }
        },
    }
}

/// What is done where, after a comment was posted, more than one is there: the same whoever does it.
pub fn heal(own: &[(Marker, &Seen)]) -> Plan {
    match own.iter().max_by_key(|(marker, seen)| (marker.run, Reverse(seen.id))) {
        Some((marker, seen)) => plan(own, marker, &seen.body, Mode::Update),
        None => Plan::default(),
    }
}

fn hide(seen: &Seen) -> Step {
    let text = marked_as(&seen.body, Kind::Hidden).unwrap_or_else(|| seen.body.clone());
    Step::Hide { id: seen.id, node_id: seen.node_id.clone(), text }
}

/// Whether a comment already says that. Somebody may have edited it below its marker.
fn says(seen: &Seen, marker: &Marker) -> bool {
    Marker::read(&seen.body)
        .is_some_and(|(own, below)| own.body == marker.body && super::marker::body_id(below) == marker.body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::place::Place;
    use super::*;

    fn place(run: u64) -> Place {
        Place {
            workflow: "w".to_owned(),
            job: "j".to_owned(),
            run_id: run,
            run_attempt: 1,
            ..Place::default()
        }
    }

    fn text(run: u64, below: &str) -> (Marker, String) {
        let marker = Marker::new(Kind::Report, &place(run), below);
        let text = format!("{}\n{below}", marker.line());
        (marker, text)
    }

    fn seen(id: u64, run: u64, below: &str) -> Seen {
        let body = text(run, below).1;
        Seen { id, node_id: format!("IC_{id}"), login: JOB.to_owned(), bot: true, body }
    }

    fn planned(seen: &[Seen], run: u64, below: &str, mode: Mode) -> Plan {
        let (marker, text) = text(run, below);
        plan(&own(seen, JOB, Kind::Report, &marker.id), &marker, &text, mode)
    }

    /// What is there after a plan.
    fn carried_out(seen: &[Seen], plan: &Plan, new: u64) -> Vec<Seen> {
        let mut seen = seen.to_vec();
        for step in &plan.steps {
            match step {
                Step::Create(body) => seen.push(Seen {
                    id: new,
                    login: JOB.to_owned(),
                    bot: true,
                    body: body.clone(),
                    ..Seen::default()
                }),
                Step::Update(id, body) | Step::Hide { id, text: body, .. } => {
                    if let Some(one) = seen.iter_mut().find(|one| one.id == *id) {
                        one.body.clone_from(body);
                    }
                }
                Step::Delete(id) => seen.retain(|one| one.id != *id),
            }
        }
        seen
    }

    #[test]
    fn the_first_report_is_posted_and_the_next_written_over_it() {
        assert_eq!(planned(&[], 1, "a", Mode::Update).steps, [Step::Create(text(1, "a").1)]);
        let plan = planned(&[seen(5, 1, "a")], 2, "b", Mode::Update);
        assert_eq!(plan, Plan { steps: vec![Step::Update(5, text(2, "b").1)], stays: Some(5) });
    }

    #[test]
    fn the_same_text_is_not_sent_again() {
        for mode in [Mode::Update, Mode::Recreate, Mode::HideAndRecreate] {
            assert_eq!(planned(&[seen(5, 1, "a")], 2, "a", mode), Plan { steps: vec![], stays: Some(5) });
        }
        let mut edited = seen(5, 1, "a");
        edited.body.push_str(" all is well");
        assert_eq!(planned(&[edited], 2, "a", Mode::Update).steps, [Step::Update(5, text(2, "a").1)]);
    }

    #[test]
    fn an_older_run_never_writes_over_a_newer_one() {
        for mode in [Mode::Update, Mode::Recreate, Mode::HideAndRecreate] {
            let plan = planned(&[seen(5, 9, "new")], 2, "old", mode);
            assert_eq!(plan, Plan { steps: vec![], stays: Some(5) }, "{mode:?}");
        }
        // A second attempt of the same run is newer.
        let mut place = place(9);
        place.run_attempt = 2;
        let marker = Marker::new(Kind::Report, &place, "again");
        let there = [seen(5, 9, "new")];
        let plan = plan(&own(&there, JOB, Kind::Report, &marker.id), &marker, "again", Mode::Update);
        assert_eq!(plan.steps, [Step::Update(5, "again".to_owned())]);
    }

    #[test]
    fn of_several_the_oldest_stays() {
        let there = [seen(8, 2, "b"), seen(5, 1, "a"), seen(9, 3, "c")];
        assert_eq!(
            planned(&there, 4, "d", Mode::Update).steps,
            [Step::Update(5, text(4, "d").1), Step::Delete(8), Step::Delete(9)]
        );
        assert_eq!(
            planned(&there, 1, "z", Mode::Update).steps,
            [Step::Update(5, text(3, "c").1), Step::Delete(8), Step::Delete(9)],
            "what the newest run said is kept"
        );
    }

    #[test]
    fn new_comes_before_the_old_one_goes() {
        let there = [seen(5, 1, "a")];
        assert_eq!(
            planned(&there, 2, "b", Mode::Recreate).steps,
            [Step::Create(text(2, "b").1), Step::Delete(5)]
        );
        let plan = planned(&there, 2, "b", Mode::HideAndRecreate);
        let [Step::Create(_), Step::Hide { id: 5, node_id, text: hidden }] = plan.steps.as_slice() else {
            panic!("{plan:?}");
        };
        assert_eq!((node_id.as_str(), hidden.contains("cask:hidden")), ("IC_5", true));
        let after = carried_out(&there, &plan, 6);
        let third = planned(&after, 3, "c", Mode::Update);
        assert_eq!(third.steps, [Step::Update(6, text(3, "c").1)], "what is hidden is no longer ours");
    }

    #[test]
    fn a_marker_of_somebody_else_is_ignored() {
        let mut copied = seen(1, 99, "forged");
        copied.login = "mallory".to_owned();
        copied.bot = false;
        let mut named = seen(2, 99, "forged");
        named.bot = false;
        let mut app = seen(3, 99, "forged");
        app.login = "other[bot]".to_owned();
        let mut quoted = seen(4, 99, "x");
        quoted.body.insert_str(0, "> ");
        let there = [copied, named, app, quoted];
        assert_eq!(planned(&there, 1, "a", Mode::Update).steps, [Step::Create(text(1, "a").1)]);
    }

    #[test]
    fn a_person_s_token_finds_what_it_posted() {
        let mut mine = seen(1, 1, "a");
        mine.login = "Release-Person".to_owned();
        mine.bot = false;
        assert!(is_by(&mine, "release-person"));
        assert!(!is_by(&mine, "") && !is_by(&mine, JOB));
    }

    #[test]
    fn when_there_is_a_comment() {
        #[rustfmt::skip]
        let rows = [
            // when, there, tells, fails
            (When::Auto, false, false, false, false),
            (When::Auto, false, true, false, true),
            (When::Auto, true, false, false, true),
            (When::Always, false, false, false, true),
            (When::OnFailure, false, true, false, false),
            (When::OnFailure, false, true, true, true),
            (When::OnFailure, true, true, false, true),
            (When::Never, true, true, true, false),
        ];
        for (when, there, tells, fails, expected) in rows {
            assert_eq!(wanted(when, there, tells, fails), expected, "{when:?} {there} {tells} {fails}");
        }
    }

    proptest! {
        /// Any number of runs post side by side, then each heals by what it sees, in any order.
        #[test]
        fn whoever_heals_and_how_often_one_comment_of_the_newest_run_stays(
            runs in proptest::collection::vec(1u64..9, 1..6), healers in 1usize..4,
        ) {
            let mut there: Vec<Seen> =
                runs.iter().zip(10..).map(|(run, id)| seen(id, *run, &format!("of {run}"))).collect();
            let id = text(1, "").0.id;
            // All look before any of them writes.
            let plan = heal(&own(&there, JOB, Kind::Report, &id));
            for _ in 0..healers {
                there = carried_out(&there, &plan, 99);
            }
            let newest = runs.iter().max().unwrap();
            prop_assert_eq!(there.len(), 1);
            prop_assert_eq!(there[0].id, 10);
            prop_assert!(there[0].body.ends_with(&format!("of {newest}")), "{}", there[0].body);
            prop_assert!(heal(&own(&there, JOB, Kind::Report, &id)).steps.is_empty());
        }
    }
}
