//! A toolpack that was read once, with the trust that judges it: whatever is decided, sent and told of a call comes
//! out of this one value, so that nothing runs that was not verified.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use crate::canon::digest;
use crate::canon::time::Timestamp;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::enforce::standing::{self, Admitted};
use crate::enforce::stateful;
use crate::gate::subjects::Subjects;
use crate::model::lockfile::{Lockfile, ToolEntry};
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::model::trust::Trust;
use crate::sign::ground::{Base, Ground, SignatureIndex, SignedSubject};
use crate::sign::keyring::{Keyring, Proven};
use crate::sign::subject::Trees;
use crate::sign::verify::{Verdict, verify};

/// What was read.
pub struct Material {
    /// The toolpack.
    pub pack: Toolpack,
    /// What of it is signed.
    pub subjects: Subjects,
    /// Who approved what of it. None only where approvals are not asked for.
    pub approved: Option<Approved>,
}

/// Approvals, and who may give them.
pub struct Approved {
    /// The lockfile.
    pub lock: Lockfile,
    /// The trust file in force.
    pub trust: Proven,
    /// Longest life of an approval by tier, in days.
    pub max_age_days: BTreeMap<RiskTier, u32>,
    /// Longest exemption in days; none where exemptions don't count.
    pub max_exemption_days: Option<u32>,
}

/// A tool beside its entry in the lockfile.
pub struct Judged<'a> {
    /// The entry, if there is one.
    pub entry: Option<&'a ToolEntry>,
    /// The tool's digest, as it is now.
    pub digest: String,
    /// What the approvals come to.
    pub verdict: Verdict,
}

/// A toolpack as it was read, ready to be asked about.
pub struct State {
    /// The toolpack.
    pub pack: Toolpack,
    approved: Option<Approved>,
    subjects: Subjects,
    elsewhere: SignatureIndex,
    by_name: HashMap<String, usize>,
    /// Whether every call of a tool changes something, found out when it is first asked: it takes reading the whole
    /// description of the tool, and no argument can change it.
    always: Vec<OnceLock<bool>>,
    lock_digest: OnceLock<Option<String>>,
    /// Digest of the policy.
    pub policy_digest: String,
}

impl State {
    /// Puts what was read in order.
    pub fn of(material: Material) -> State {
        let Material { pack, subjects, approved } = material;
        let mut elsewhere = SignatureIndex::default();
        if let Some(approved) = &approved {
            elsewhere.add(&approved.lock);
        }
        let by_name = pack.manifest.tools.iter().enumerate().map(|(at, t)| (t.name.clone(), at)).collect();
        let policy_digest = digest::of(&pack.policy.raw);
        let always = pack.manifest.tools.iter().map(|_| OnceLock::new()).collect();
        State {
            pack,
            approved,
            subjects,
            elsewhere,
            by_name,
            always,
            lock_digest: OnceLock::new(),
            policy_digest,
        }
    }

    /// Digest of the lockfile, if there is one: part of what a confirmation is bound to.
    pub fn lock_digest(&self) -> Option<&str> {
        let digest = || self.approved.as_ref().map(|approved| approved.lock.digest());
        self.lock_digest.get_or_init(digest).as_deref()
    }

    /// The tool that agents call by this name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.by_name.get(name).and_then(|at| self.pack.manifest.tools.get(*at))
    }

    /// What is signed of a tool.
    pub fn subject(&self, tool: &Tool) -> &SignedSubject {
        &self.subjects.tools[&tool.id]
    }

    /// Whether every call of a tool changes something, whatever its arguments are.
    pub fn always_changes(&self, tool: &Tool) -> bool {
        *self.always[tool.index].get_or_init(|| stateful::always(&self.pack, tool))
    }

    /// Digest of what surrounds the tools.
    pub fn surface_digest(&self) -> &str {
        &self.subjects.surface.digest
    }

    /// The trust file in force, where approvals are asked for.
    pub fn trust(&self) -> Option<&Trust> {
        self.approved.as_ref().map(|approved| approved.trust.trust())
    }

    /// Its keys.
    pub fn keyring(&self) -> Option<Keyring<'_>> {
        self.approved.as_ref().map(|approved| approved.trust.keyring())
    }

    /// Whether approvals are asked for.
    pub fn is_enforced(&self) -> bool {
        self.approved.is_some()
    }

    /// Whether what surrounds the tools is approved now.
    ///
    /// # Errors
    /// Why it is not.
    pub fn surface(&self, now: Timestamp) -> Result<(), Refusal> {
        let Some(approved) = &self.approved else { return Ok(()) };
        let keyring = approved.trust.keyring();
        let ground = self.ground(approved, &keyring, now);
        standing::of_surface(&self.subjects.surface, &approved.lock.surface, &ground)
    }

    /// Whether a tool may be used now: the digest of what would be used is computed anew, and every signature has to hold
    /// over that, each time. `None` where approvals are not asked for.
    ///
    /// # Errors
    /// Why it may not.
    pub fn admit(
        &self,
        tool: &Tool,
        toolset: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Admitted>, Refusal> {
        is_served_here(tool, self.is_enforced())?;
        let Some(approved) = &self.approved else { return self.unasked(tool, toolset) };
        let keyring = approved.trust.keyring();
        let ground = self.ground(approved, &keyring, now);
        standing::of_surface(&self.subjects.surface, &approved.lock.surface, &ground)?;
        let known = self.subject(tool);
        let used = SignedSubject { digest: self.digest_of(tool), ..known.clone() };
        standing::of_tool(&used, approved.lock.tools.get(&tool.id), toolset, &ground).map(Some)
    }

    /// What the lockfile says of a tool, and what the verifier makes of that now. `None` where approvals are not
    /// asked for.
    pub fn judged(&self, tool: &Tool, now: Timestamp) -> Option<Judged<'_>> {
        let approved = self.approved.as_ref()?;
        let keyring = approved.trust.keyring();
        let ground = self.ground(approved, &keyring, now);
        let entry = approved.lock.tools.get(&tool.id);
        let used = SignedSubject { digest: self.digest_of(tool), ..self.subject(tool).clone() };
        let approvals = entry.map(|entry| entry.approvals.as_slice()).unwrap_or_default();
        let verdict = verify(&used, entry.map(|entry| entry.digest.as_str()), approvals, &ground);
        Some(Judged { entry, digest: used.digest, verdict })
    }

    /// How every tool stands now, in the order of the manifest. What surrounds them is looked at once, and the digests
    /// are those that were computed when the toolpack was read: this is for lists, a call asks [`State::admit`].
    pub fn standings(
        &self,
        toolset: Option<&str>,
        now: Timestamp,
    ) -> Vec<(&Tool, Result<Option<Admitted>, Refusal>)> {
        use rayon::prelude::*;
        let tools = self.pack.manifest.tools.par_iter();
        let Some(approved) = &self.approved else {
            let unasked = |tool| is_served_here(tool, false).and_then(|()| self.unasked(tool, toolset));
            return tools.map(|tool| (tool, unasked(tool))).collect();
        };
        let keyring = approved.trust.keyring();
        let ground = self.ground(approved, &keyring, now);
        let surface = standing::of_surface(&self.subjects.surface, &approved.lock.surface, &ground);
        let standing = |tool: &Tool| {
            is_served_here(tool, true)?;
            surface.clone()?;
            standing::of_tool(self.subject(tool), approved.lock.tools.get(&tool.id), toolset, &ground)
                .map(Some)
        };
        tools.map(|tool| (tool, standing(tool))).collect()
    }

    /// Every tool that may be used now.
    pub fn admitted(&self, toolset: Option<&str>, now: Timestamp) -> Vec<(&Tool, Option<Admitted>)> {
        let standings = self.standings(toolset, now).into_iter();
        standings.filter_map(|(tool, standing)| Some((tool, standing.ok()?))).collect()
    }

    /// A tool where approvals are not asked for.
    fn unasked(&self, tool: &Tool, toolset: Option<&str>) -> Result<Option<Admitted>, Refusal> {
        match toolset.is_none_or(|set| self.pack.toolsets_of(tool).iter().any(|own| own == set)) {
            true => Ok(None),
            false => Err(Refusal::new(
                ReasonCode::ToolsetNotAllowed,
                "the tool is not in the toolset that is served",
            )),
        }
    }

    fn digest_of(&self, tool: &Tool) -> String {
        digest::of_view(&Trees::with(&self.pack, &self.subjects.defs).tool(tool))
    }

    fn ground<'a>(&'a self, approved: &'a Approved, keyring: &'a Keyring<'a>, now: Timestamp) -> Ground<'a> {
        Ground {
            keyring,
            toolpack_id: &self.pack.header.toolpack_id,
            toolpack_dir: &self.pack.dir,
            now,
            author: None,
            // The author rule and replay are judged where a change is: in CI.
            base: Base::NotAsked,
            max_age_days: approved.max_age_days.clone(),
            max_exemption_days: approved.max_exemption_days,
            elsewhere: &self.elsewhere,
        }
    }
}

/// Tools of pages are not served; a server is started where somebody approved that, and nowhere else.
fn is_served_here(tool: &Tool, is_approved: bool) -> Result<(), Refusal> {
    match tool.kind {
        ToolKind::Http => Ok(()),
        ToolKind::Mcp if is_approved => Ok(()),
        ToolKind::Mcp => Err(Refusal::new(
            ReasonCode::NotApproved,
            "the server of a tool is started only where approvals are asked for",
        )),
        ToolKind::WebMcp => Err(Refusal::new(
            ReasonCode::UnknownAction,
            "a tool of a page is called in a browser, and not served",
        )),
    }
}
