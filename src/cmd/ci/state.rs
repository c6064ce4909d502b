//! Modes `verify` and `lint` of a workflow: the head by itself, without a change that is proposed. In come the toolpacks
//! of its commit, out goes one report; gate.yaml in force says how grave what is.

use super::args::Args;
use crate::cmd::anchor::Anchored;
use crate::cmd::around::Around;
use crate::cmd::beside::Beside;
use crate::cmd::change::Refs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::judging::Bench;
use crate::cmd::linted;
use crate::cmd::options::usual_fail_on;
use crate::cmd::verify::args::Args as VerifyArgs;
use crate::cmd::verify::governed::of_states;
use crate::cmd::verify::pack::{Beside as Asked, Came};
use crate::gate::discovery::{Found, Paired};
use crate::io::load::{self, Loaded};
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, Source};
use crate::model::verified::{Governance, Section, Strictness};

/// What the head is judged by.
pub struct State<'a> {
    /// The trees, the clock and the gate.yaml in force.
    pub bench: &'a Bench<'a>,
    /// The step's options.
    pub args: &'a Args,
    /// Which commits are meant.
    pub refs: &'a Refs,
    /// Where trust and gate.yaml were read.
    pub anchored: &'a Anchored,
}

/// That nothing is there to be verified: no pass.
pub fn no_toolpack(refs: &Refs) -> Failed {
    Failed::new("input", refs.head_source().name, "it has no toolpack: nothing was verified")
        .hint("leave mode: verify away, or name the folders with toolpacks")
}

impl State<'_> {
    /// Whether each toolpack of the head holds what was written down for it: all that needs nothing but the commit, and
    /// what calls answered where a recording is given.
    ///
    /// # Errors
    /// No toolpack, one that cannot be read, or one of which nothing could be checked.
    pub fn verified(
        &self,
        heads: &[Found],
        paired: &[(usize, Paired)],
        packs: &[JudgedPack],
        ctx: &Ctx,
    ) -> Result<Report, Failed> {
        // Of a part of the toolpacks none may be left; of all of them that is nothing that was verified.
        if heads.is_empty() {
            return Err(no_toolpack(self.refs));
        }
        let options = VerifyArgs { capture: self.args.capture.clone(), ..VerifyArgs::default() };
        let beside = Asked {
            args: &options,
            sections: Section::ALL.to_vec(),
            // config.yaml is of the change that is judged.
            how: Strictness::default(),
            pages: None,
        };
        let read = |((_, pair), judged): (&(usize, Paired), &JudgedPack)| {
            let loaded = load::toolpack(self.bench.head, &pair.head.as_ref()?.header);
            Some(loaded.map(|own| {
                let governance = of_states(own.lock.is_some(), judged);
                (own, governance)
            }))
        };
        let loaded: Vec<(Loaded, Governance)> =
            paired.iter().zip(packs).filter_map(read).collect::<Result<_, _>>()?;
        let mut came = Came::of(self.bench.head, &loaded, &beside, Vec::new(), ctx)?;
        came.enough(&[])?;
        let judged = std::mem::take(&mut came.judged);
        let mut report = self.report("verify", judged, Vec::new());
        came.tell(&mut report, &beside);
        Ok(report)
    }

    /// What is wrong with the head as it is.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn linted(&self, heads: &[Found], ctx: &Ctx) -> Result<Report, Failed> {
        let head = self.bench.head;
        let read = |found: &Found| load::toolpack(head, &found.header);
        let loaded: Vec<Loaded> = heads.iter().map(read).collect::<Result<_, _>>()?;
        let packs = linted::judged_all(loaded, &Around::default(), ctx)?;
        let beside = Beside::look(self.bench.gate, None, head)?;
        let mut repository = beside.state(&packs);
        let (found, unread) = linted::committed_files(head, None)?;
        repository.extend(found);
        let tools: usize = packs.iter().map(|pack| pack.tools).sum();
        let mut report = self.report("lint", packs, repository);
        report.looked_at.push(Phrase::say(format!("{tools} tools")));
        report.looked_at.extend(linted::LOOKED_AT.map(Phrase::say));
        report.looked_at.extend(beside.looked_at());
        report.looked_at.push("committed keys, logins and captures".into());
        report.not_looked_at.extend(["changes and approvals (mode gate)", "the live API"].map(Phrase::say));
        report.not_looked_at.extend(unread);
        report.not_looked_at.extend(beside.not_looked_at());
        Ok(report)
    }

    fn report(&self, command: &'static str, packs: Vec<JudgedPack>, repository: Vec<Finding>) -> Report {
        let (gate, args) = (self.bench.gate, self.args);
        let config = self.anchored.gate.as_ref();
        judge(Input {
            command,
            gate,
            fail_on: args.report.fail_on(Some(gate), usual_fail_on("ci")),
            min_risk: args.report.min_risk(Some(gate)),
            packs,
            repository,
            trust: None,
            trust_used: None,
            gate_source: config.map(|config| (self.anchored.source.clone(), config.digest.clone())),
            base: Source::none(),
            head: self.refs.head_source(),
            publication: Publication::default(),
            now: self.bench.now,
            base_name: None,
        })
    }
}
