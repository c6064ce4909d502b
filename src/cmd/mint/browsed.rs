//! A page among the sources: what a browser records of it is a source of calls, and what it declares to agents another.

use super::sources::{Read, is_page};
use crate::capture::auth::Auth;
use crate::cmd::browse::{self, Browsed, BrowserArgs};
use crate::cmd::captured::login;
use crate::cmd::ctx::Ctx;
use crate::cmd::described::Described;
use crate::cmd::failed::Failed;
use crate::cmd::observed;
use crate::io::tree::Tree;
use crate::model::phrase::Phrase;
use crate::source::webmcp;

/// What is asked of the page.
pub struct Page<'a> {
    /// The sources; one of them is it.
    pub sources: &'a [String],
    /// The hosts that were asked for.
    pub hosts: &'a [String],
    /// The profile of redaction.
    pub profile: &'a str,
    /// Whether it is looked at for what it declares to agents.
    pub declares: bool,
    /// The browser.
    pub browser: &'a BrowserArgs,
}

impl Page<'_> {
    fn named(&self) -> impl Iterator<Item = &String> {
        self.sources.iter().filter(|source| is_page(source))
    }

    /// Refuses what is no use, before anything is read.
    ///
    /// # Errors
    /// Several pages, or options of a browser without a page.
    pub fn check(&self) -> Result<(), Failed> {
        let given = self.browser.given().or(self.declares.then_some("--webmcp"));
        match (self.named().nth(1), self.named().next(), given) {
            (Some(other), ..) => Err(Failed::new("usage", other.clone(), "one page is recorded at a time")
                .hint("lead the browser there by --script, or record each: cask capture record URL")),
            (None, None, Some(option)) => {
                Err(Failed::new("usage", option, "there is no page that a browser could open")
                    .hint("name one as source: cask mint https://shop.example"))
            }
            _ => Ok(()),
        }
    }
}

/// Records the page that is named, if one is.
///
/// # Errors
/// A recording that fails.
pub fn read(page: &Page, ctx: &mut Ctx) -> Result<Vec<Read>, Failed> {
    let Some(start) = page.named().next() else { return Ok(Vec::new()) };
    let wants = observed::wants(page.hosts, page.profile)?;
    let Browsed { tape, declared, mut notes } =
        browse::record(page.browser, start, wants, page.declares, ctx)?;
    let mut auth = Auth::default();
    let recorded = observed::taped(&tape, &mut auth)?;
    // A page that declares tools may call nothing itself.
    let calls_nothing = recorded.counts.kept == 0;
    if calls_nothing && declared.is_empty() {
        return Err(tape.nothing(&recorded.counts));
    }
    let mut all = Vec::new();
    if !calls_nothing {
        notes.extend(login(&auth).into_iter().map(Phrase::quote).take(1));
        all.push(Read::of_page(tape.host(), recorded, std::mem::take(&mut notes))?);
    }
    if !declared.is_empty() {
        let project = Tree::folder(ctx.cwd.clone());
        let mut described =
            Described::read(&webmcp::LIVE, (&project, start.as_str()), declared.document(), b"")?;
        // What was noticed while recording is told once, and told whatever came of it.
        notes.append(&mut described.sourced.notes);
        described.sourced.notes = notes;
        all.push(Read::of_declared(tape.host(), described));
    }
    Ok(all)
}
