//! A page among the sources: what a browser records of it is a source of calls, and what it declares to agents another.

use super::sources::Read;
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

/// Whether a source is a page, and no file.
pub fn is_page(source: &str) -> bool {
    source.contains("://")
}

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

/// Records the page that is named, if one is.
///
/// # Errors
/// Several pages, a page beside recordings, options of a browser without a page, or a recording that fails.
pub fn read(page: &Page, ctx: &mut Ctx) -> Result<Vec<Read>, Failed> {
    let mut pages = page.sources.iter().filter(|source| is_page(source));
    let Some(start) = pages.next() else {
        let given = page.browser.given().or(page.declares.then_some("--webmcp"));
        return match given {
            Some(option) => Err(Failed::new("usage", option, "there is no page that a browser could open")
                .hint("name one as source: cask mint https://shop.example")),
            None => Ok(Vec::new()),
        };
    };
    if let Some(other) = pages.next() {
        return Err(Failed::new("usage", other.clone(), "one page is recorded at a time")
            .hint("lead the browser there by --script, or record each: cask capture record URL"));
    }
    let wants = observed::wants(page.hosts, page.profile)?;
    let Browsed { tape, declared, mut notes } =
        browse::record(page.browser, start, wants, page.declares, ctx)?;
    let mut auth = Auth::default();
    let mut all = Vec::new();
    match observed::taped(&tape, &mut auth) {
        Ok(recorded) => {
            notes.extend(login(&auth).into_iter().map(Phrase::quote).take(1));
            all.push(Read::of_page(tape.host(), recorded, notes)?);
        }
        // A page that declares tools may call nothing itself.
        Err(_) if !declared.is_empty() => {}
        Err(failed) => return Err(failed),
    }
    if !declared.is_empty() {
        let project = Tree::folder(ctx.cwd.clone());
        let described = Described::read(&webmcp::LIVE, (&project, start.as_str()), declared.document(), b"")?;
        all.push(Read::of_declared(tape.host(), described));
    }
    Ok(all)
}
