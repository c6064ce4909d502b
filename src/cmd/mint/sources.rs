//! What `cask mint` is given, read: descriptions each for itself, recordings and summaries of them as one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::canon::text::slug;
use crate::capture::Profile;
use crate::capture::sniff::Kind;
use crate::cmd::captured::{MOST_CALLS, OWNER};
use crate::cmd::described::Described;
use crate::cmd::failed::Failed;
use crate::cmd::observed::{self, Recorded, Told};
use crate::cmd::progress::Progress;
use crate::cmd::recording;
use crate::compare::hosts;
use crate::io::blocks::Blocks;
use crate::mint::Source;
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::observe::part::Part;
use crate::report::escape::terminal::Paint;
use crate::source::webmcp;

/// The kinds that can be asked for.
pub const KINDS: [&str; 4] = ["har", "otel", "openapi", "mcp-list"];

/// Whether a source is a page, and no file.
pub fn is_page(source: &str) -> bool {
    source.contains("://")
}

/// What is asked of the sources.
pub struct Asked<'a> {
    /// As they were named.
    pub sources: &'a [String],
    /// The hosts that were asked for.
    pub hosts: &'a [String],
    /// The kind that all have to be of.
    pub kind: Option<&'a str>,
    /// The profile of redaction.
    pub profile: &'a str,
    /// Whether it was asked for, and is no default.
    pub named_profile: bool,
    /// How hosts of recordings are asked for.
    pub ask: Option<Paint>,
    /// Who is told how far reading is.
    pub progress: Option<Arc<Progress>>,
}

/// A source that was read.
pub struct Read {
    /// How it is called in toolpack.yaml.
    pub name: String,
    from: From,
}

enum From {
    Described(Box<Described>),
    Recorded {
        recorded: Box<Recorded>,
        kind: &'static str,
        baseline: Box<Baseline>,
        notes: Vec<Phrase>,
        digest: String,
    },
}

impl Read {
    /// A server that was asked: it is called by its own name.
    pub fn of_live(described: Described) -> Read {
        let servers = described.sourced.baseline.raw.get("mcp");
        let name = servers.and_then(|servers| servers.members().first()).map(|(name, _)| name.clone());
        Read { name: name.unwrap_or_default(), from: From::Described(Box::new(described)) }
    }

    /// A page that a browser recorded: it is called by its host.
    ///
    /// # Errors
    /// More is known than a baseline holds.
    pub fn of_page(name: String, recorded: Recorded, notes: Vec<Phrase>) -> Result<Read, Failed> {
        Read::of_recorded(name, "browser", recorded, notes)
    }

    /// What a page declares to agents: it is called by the page's host.
    pub fn of_declared(name: String, described: Described) -> Read {
        Read { name, from: From::Described(Box::new(described)) }
    }

    fn of_recorded(
        name: String,
        kind: &'static str,
        recorded: Recorded,
        mut notes: Vec<Phrase>,
    ) -> Result<Read, Failed> {
        let observed = observed::understood(&recorded.part, kind)?;
        let digest = recorded.part.digest("baseline.json")?;
        notes.extend(observed.notes);
        let (recorded, baseline) = (Box::new(recorded), Box::new(observed.baseline));
        Ok(Read { name, from: From::Recorded { recorded, kind, baseline, notes, digest } })
    }

    /// Whether it shows what somebody was shown who may have been logged in, and not what was written to be read.
    pub fn is_of_a_session(&self) -> bool {
        match &self.from {
            From::Recorded { .. } => true,
            From::Described(described) => described.kind.id == webmcp::LIVE.id,
        }
    }

    /// What the engine takes.
    pub fn source(&self) -> Source {
        let told = || match &self.from {
            From::Described(described) => (described.kind.id, described.kind.is_whole, self.digest()),
            From::Recorded { kind, .. } => (*kind, false, self.digest()),
        };
        let ((kind, complete, digest), baseline) = rayon::join(told, || self.baseline().clone());
        let name = self.name.clone();
        Source { kind: kind.to_owned(), name, complete, digest, baseline }
    }

    /// The digest of what was read.
    pub fn digest(&self) -> String {
        match &self.from {
            From::Described(described) => described.digest(),
            From::Recorded { digest, .. } => digest.clone(),
        }
    }

    /// The surface.
    pub fn baseline(&self) -> &Baseline {
        match &self.from {
            From::Described(described) => &described.sourced.baseline,
            From::Recorded { baseline, .. } => baseline,
        }
    }

    /// What a reader has to know.
    pub fn notes(&self) -> &[Phrase] {
        match &self.from {
            From::Described(described) => &described.sourced.notes,
            From::Recorded { notes, .. } => notes,
        }
    }

    /// Of recordings, what was read of them.
    pub fn recorded(&self) -> Option<&Recorded> {
        match &self.from {
            From::Described(_) => None,
            From::Recorded { recorded, .. } => Some(recorded),
        }
    }

    /// How hosts were come by that nobody named, for people.
    pub fn how(&self) -> &'static str {
        match &self.from {
            From::Recorded { kind: "browser", .. } => OWNER,
            _ => MOST_CALLS,
        }
    }

    /// What it is, for people.
    pub fn label(&self) -> &'static str {
        match &self.from {
            From::Described(described) => described.kind.label,
            From::Recorded { .. } => "recorded calls",
        }
    }

    /// How many operations it tells of.
    pub fn operations(&self) -> usize {
        self.baseline().raw.get("operations").map_or(0, |operations| operations.members().len())
    }
}

/// Reads all sources.
///
/// # Errors
/// One that is missing, named twice, of no known kind or of another than was asked for, or that cannot be read.
pub fn read(asked: &Asked, cwd: &Path) -> Result<Vec<Read>, Failed> {
    if let Some(kind) = asked.kind.filter(|kind| !KINDS.contains(kind)) {
        return Err(Failed::new("usage", kind.to_owned(), "there is no source of this kind")
            .looked("known", KINDS.join(", ")));
    }
    // Nobody shall think that a profile holds which does not exist, or of what was redacted before.
    observed::wants(&[], asked.profile)?;
    let mut seen = BTreeSet::new();
    let (mut described, mut recordings, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let page = asked.sources.iter().find(|source| is_page(source));
    for text in asked.sources {
        if is_page(text) {
            continue;
        }
        // However it is spelled.
        let path = cwd.join(text);
        if !seen.insert(path.canonicalize().unwrap_or(path)) {
            return Err(Failed::new("usage", text.clone(), "the source is named twice").hint("name it once"));
        }
        let what = what(&cwd.join(text), asked.kind)?;
        if let (What::Recording | What::Part, Some(kind @ ("openapi" | "mcp-list"))) = (&what, asked.kind) {
            return Err(Failed::new("input", text.clone(), "it has recorded calls, and describes nothing")
                .looked("asked for", kind.to_owned()));
        }
        match what {
            What::Description => described.push(text),
            What::Recording => recordings.push(cwd.join(text)),
            What::Part => parts.push(text),
        }
    }
    if let (Some(page), true) = (page, !recordings.is_empty() || !parts.is_empty()) {
        return Err(Failed::new("usage", page.clone(), "a page beside recordings")
            .hint("record it first, cask capture record URL, and mint the captures together"));
    }
    let one = |text: &&String| of_description(text, asked.kind, cwd);
    let (described, recorded) = rayon::join(
        || described.par_iter().map(one).collect::<Result<Vec<Read>, Failed>>(),
        || of_recordings(&recordings, &parts, asked, cwd),
    );
    let mut all = described?;
    all.extend(recorded?);
    Ok(all)
}

enum What {
    Description,
    Recording,
    Part,
}

/// What a path leads to, told by the first bytes.
fn what(path: &Path, asked: Option<&str>) -> Result<What, Failed> {
    if path.is_dir() {
        // A stored capture; whatever else it is, its reader says so.
        return Ok(What::Recording);
    }
    let Some(mut blocks) = Blocks::open(path)? else { return Ok(What::Description) };
    let mut head = Vec::new();
    blocks.next(&mut head)?;
    Ok(match observed::told(&head) {
        Some(Told::Part) => What::Part,
        Some(Told::Recording) => What::Recording,
        None if matches!(asked, Some("har" | "otel")) => What::Recording,
        None => What::Description,
    })
}

fn of_description(text: &str, asked: Option<&str>, cwd: &Path) -> Result<Read, Failed> {
    let described = Described::of_file(text, cwd)?;
    if let Some(kind) = asked.filter(|kind| *kind != described.kind.id) {
        let is = format!("it is a description of another kind: {}", described.kind.id);
        return Err(Failed::new("input", text.to_owned(), is).looked("asked for", kind.to_owned()));
    }
    let name = Path::new(text).file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Read { name: name.unwrap_or_else(|| text.to_owned()), from: From::Described(Box::new(described)) })
}

/// All recordings as one source: what they tell is summed up, and their order changes nothing.
fn of_recordings(
    paths: &[PathBuf],
    parts: &[&String],
    asked: &Asked,
    cwd: &Path,
) -> Result<Option<Read>, Failed> {
    if paths.is_empty() && parts.is_empty() {
        return Ok(None);
    }
    if !paths.is_empty() && !parts.is_empty() {
        return Err(Failed::new("usage", parts[0].clone(), "a summary of recordings beside recordings")
            .hint("summarize those too: cask capture summarize FILE -o PART"));
    }
    let mut recorded = match parts.is_empty() {
        true => {
            let wants = observed::wants(asked.hosts, asked.profile)?;
            let kind = match asked.kind {
                Some("har") => Some(Kind::Har),
                Some("otel") => Some(Kind::Otel),
                _ => None,
            };
            let (ask, progress) = (asked.ask, asked.progress.clone());
            observed::read(paths, &recording::Options { wants, kind, ask, progress })
                .map_err(|f| observed::shorter(f, cwd))?
        }
        false => of_parts(parts, asked, cwd)?,
    };
    let named: Vec<PathBuf> = match parts.is_empty() {
        true => paths.to_vec(),
        false => recorded.part.header.inputs.iter().map(|input| PathBuf::from(&input.name)).collect(),
    };
    recorded.warnings = recorded.warnings.iter().map(|warning| observed::without_cwd(warning, cwd)).collect();
    let kind = if recorded.kind == Kind::Otel { "otel" } else { "har" };
    Ok(Some(Read::of_recorded(observed::name(&named), kind, recorded, Vec::new())?))
}

/// Summaries of recordings, put together.
fn of_parts(parts: &[&String], asked: &Asked, cwd: &Path) -> Result<Recorded, Failed> {
    if asked.named_profile && asked.profile != Profile::DefaultSafe.word() {
        let message = "a summary was redacted when it was made, and no other profile can be asked of it";
        return Err(Failed::new("usage", parts[0].clone(), message)
            .hint(format!("summarize anew: cask capture summarize --redaction-profile {}", asked.profile)));
    }
    let mut whole = Part::default();
    for text in parts {
        whole.merge(text, observed::part(&cwd.join(text), text)?)?;
        let other = |kind: &str| asked.kind.is_some_and(|wanted| wanted != kind);
        if let Some(input) = whole.header.inputs.iter().find(|input| other(&input.kind)) {
            let is = format!("it is made of recordings of another kind: {}", input.kind);
            return Err(Failed::new("input", (*text).clone(), is)
                .looked("asked for", asked.kind.unwrap_or_default().to_owned()));
        }
    }
    Ok(Recorded::of_part(whole))
}

/// The hosts that were asked for. Descriptions that name none are about the one, or the one that was recorded.
///
/// # Errors
/// A host that is none, or a description of which nobody knows what host it is about.
pub fn hosts_of(asked: &[String], read: &mut [Read]) -> Result<Vec<String>, Failed> {
    let mut allowed = Vec::new();
    for text in asked {
        let host = hosts::parse(text.trim()).map_err(|why| {
            Failed::new("usage", text.clone(), why).hint("--allowed-hosts api.shop.example")
        })?;
        allowed.push(host.to_string());
    }
    let seen: Vec<String> = read.iter().filter_map(Read::recorded).flat_map(|r| r.hosts.clone()).collect();
    let about = if allowed.is_empty() { seen } else { allowed.clone() };
    for one in read {
        let From::Described(described) = &mut one.from else { continue };
        if !described.sourced.hostless {
            continue;
        }
        match about.as_slice() {
            [host] if !host.contains('*') => described.about(host.trim_start_matches("http://"))?,
            _ => {
                return Err(Failed::new(
                    "input",
                    one.name.clone(),
                    "it names no host that its operations are on",
                )
                .hint("--allowed-hosts HOST, the one host that it is about")
                .hint("or add the server to it: `servers` (2.0: `host`)"));
            }
        }
    }
    Ok(allowed)
}

/// The name of a toolpack that nobody named: the host's or the server's own word.
pub fn named_after(read: &[Read]) -> String {
    let raw = read.first().map(|one| &one.baseline().raw);
    let operation = raw.and_then(|raw| raw.get("operations")?.members().first());
    let host = operation.and_then(|(key, _)| key.split('/').next());
    let host = host.map(|host| host.split(':').next().unwrap_or(host));
    let owner =
        host.map(|host| hosts::registrable(host).unwrap_or(host)).and_then(|host| host.split('.').next());
    let server = raw.and_then(|raw| raw.get("mcp")?.members().first()).map(|(name, _)| name.as_str());
    let page = raw.and_then(|raw| raw.get("webmcp")?.members().first());
    let page = page.and_then(|(origin, _)| hosts::parse(origin).ok()).map(|host| host.name);
    let page = page.as_deref().map(|name| hosts::registrable(name).unwrap_or(name));
    let page = page.and_then(|name| name.split('.').next());
    owner.or(server).or(page).and_then(slug).unwrap_or_else(|| "toolpack".to_owned())
}
