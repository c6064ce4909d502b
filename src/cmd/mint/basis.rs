//! What a toolpack is made of: what was read, of which hosts, by which scope. Whoever looked at it before it is made gets
//! that, or nothing.

use super::sources::Read;
use crate::cmd::failed::Failed;
use crate::mint::Options;
use crate::mint::scope::Scope;

/// What a toolpack is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Digests of the sources.
    sources: Vec<String>,
    /// The hosts that are taken in.
    hosts: Vec<String>,
    /// The scope, all of it.
    scope: Option<Scope>,
}

impl Basis {
    /// Of what was read, and of what is asked for.
    pub fn of(read: &[Read], options: &Options) -> Basis {
        Basis {
            sources: read.iter().map(Read::digest).collect(),
            hosts: options.hosts.clone(),
            scope: options.scope.clone(),
        }
    }

    /// Refuses what is no longer what was looked at.
    ///
    /// # Errors
    /// Something of it is another one.
    pub fn is_still(&self, now: &Basis, source: &str) -> Result<(), Failed> {
        let what = match () {
            () if self.sources != now.sources => "what is read",
            () if self.hosts != now.hosts => "which hosts are taken in",
            () if self.scope != now.scope => "the scope",
            () => return Ok(()),
        };
        Err(Failed::new("input", source, format!("{what} changed after it was looked at"))
            .why("nothing was written: what would be is not what was chosen from")
            .hint("run the command again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::scope::{Field, Filter, Operator, Pattern, ScopeRule};

    fn matches(pattern: &str) -> Filter {
        let pattern = Pattern(regex::Regex::new(pattern).expect("a pattern"));
        Filter { field: Field::Path, operator: Operator::Matches(pattern) }
    }

    #[test]
    fn what_was_looked_at_is_what_is_made_or_nothing_is() {
        let some = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let basis = Basis { sources: some(&["d1"]), hosts: some(&["a.test"]), scope: None };
        let scope = |pattern: &str| Scope {
            name: "mine".to_owned(),
            first_party_hosts: Vec::new(),
            rules: vec![ScopeRule { include: true, filters: vec![matches(pattern)] }],
            confirmation_required: false,
            rate_limit_per_minute: None,
        };
        let scoped = |pattern| Basis { scope: Some(scope(pattern)), ..basis.clone() };
        assert!(scoped("^/v1").is_still(&scoped("^/v1"), "cap").is_ok());
        assert!(scoped("^/v1").is_still(&scoped("^/v2"), "cap").is_err());
        assert!(basis.is_still(&basis.clone(), "cap").is_ok());
        for (other, says) in [
            (Basis { sources: some(&["d2"]), ..basis.clone() }, "what is read changed"),
            (Basis { sources: some(&["d1", "d1"]), ..basis.clone() }, "what is read changed"),
            (Basis { hosts: some(&["a.test", "b.test"]), ..basis.clone() }, "hosts"),
            (scoped("^/v1"), "the scope changed"),
        ] {
            let failed = basis.is_still(&other, "cap").unwrap_err();
            assert!(failed.0.message.contains(says), "{}", failed.0.message);
        }
    }
}
