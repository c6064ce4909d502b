//! Names of fields and values in, what they stand for out: what guards a call, what counts, what gives
//! rights, what reaches outward, what is nobody's business. Whole words only.

use crate::canon::text::words;
use crate::compare::risk_words::{is_noun, is_personal, is_secret, sink};

/// The words of a field: the last step of its path.
fn own(field: &str) -> Vec<String> {
    field.rsplit('.').map(words).find(|w| !w.is_empty()).unwrap_or_default()
}

fn has(own: &[String], phrases: &[&[&str]]) -> bool {
    phrases.iter().any(|phrase| {
        own.windows(phrase.len()).any(|part| part.iter().zip(*phrase).all(|(w, p)| is_noun(w, p)))
    })
}

/// Whether a field keeps a call in bounds: whose data, how much, only a trial, really meant.
pub(super) fn is_guard(field: &str) -> bool {
    has(
        &own(field),
        &[
            &["tenant"],
            &["owner"],
            &["confirm"],
            &["confirmation"],
            &["confirmed"],
            &["dry", "run"],
            &["dryrun"],
            &["limit"],
        ],
    )
}

/// The value of a switch with which a call is safe, if the field is such a switch.
pub(super) fn safe_value(field: &str) -> Option<bool> {
    let own = own(field);
    let safe_on: &[&[&str]] =
        &[&["dry", "run"], &["dryrun"], &["confirm"], &["confirmation"], &["validate", "only"], &["preview"]];
    if has(&own, safe_on) {
        return Some(true);
    }
    has(&own, &[&["force"], &["recursive"]]).then_some(false)
}

/// The word by which a field counts money, things or time.
pub fn amount(field: &str) -> Option<&'static str> {
    const AMOUNTS: [&str; 7] = ["amount", "price", "quantity", "count", "total", "limit", "duration"];
    let own = own(field);
    AMOUNTS.into_iter().find(|word| has(&own, &[&[word]]))
}

/// Whether a field counts money, things or time.
pub(super) fn is_amount(field: &str) -> bool {
    amount(field).is_some()
}

/// Whether a value of a list of choices stands for rights, for everything, or for destroying.
pub(super) fn is_privileged(value: &str) -> bool {
    let of = words(value);
    value.trim() == "*"
        || of.iter().map(String::as_str).eq(["all"])
        || has(&of, &[&["admin"], &["administrator"], &["root"], &["superuser"], &["delete"]])
}

/// Whether a field gives rights, an owner or a state to the thing that it is set on.
pub(super) fn is_assignment(field: &str) -> bool {
    let own = own(field);
    let last = own.last().map(String::as_str);
    has(&own, &[&["role"], &["permission"], &["superuser"], &["privilege"]])
        || own.iter().map(String::as_str).eq(["admin"])
        || own.len() == 2 && own[0] == "is" && ["admin", "staff", "superuser", "owner"].contains(&&*own[1])
        || last == Some("status")
        || own.first().is_some_and(|w| w == "owner") && (own.len() == 1 || last == Some("id"))
}

/// Whether a field takes an address, a file, a command, a query or the like, by its name.
pub(super) fn is_sink(field: &str) -> bool {
    // Written as one word it is no less a file.
    const LAST: [&str; 6] = ["path", "query", "header", "filename", "filepath", "pathname"];
    sink(field).is_some() || own(field).last().is_some_and(|w| LAST.iter().any(|s| is_noun(w, s)))
}

/// Whether a format makes a text an address or a place.
pub(super) fn is_address(format: &str) -> bool {
    let format = format.to_ascii_lowercase();
    matches!(
        format.as_str(),
        "uri"
            | "url"
            | "uri-reference"
            | "iri"
            | "iri-reference"
            | "uri-template"
            | "hostname"
            | "idn-hostname"
            | "ipv4"
            | "ipv6"
            | "path"
            | "file-path"
            | "binary-path"
    )
}

/// Whether a returned field is a secret, about a person, or internal.
pub fn is_sensitive(field: &str, about: &[String]) -> bool {
    let credential = |w: &String| is_noun(w, "credential");
    is_secret(field)
        || is_personal(field, about)
        || own(field).last().is_some_and(credential)
        || own(field).first().is_some_and(|w| w == "internal")
}

/// Whether a returned field holds what people wrote.
pub(super) fn is_prose(field: &str) -> bool {
    own(field).last().is_some_and(|last| {
        [
            "text",
            "body",
            "message",
            "comment",
            "content",
            "description",
            "note",
            "title",
            "subject",
            "html",
            "markdown",
            "review",
            "bio",
            "summary",
            "snippet",
        ]
        .iter()
        .any(|word| is_noun(last, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_what_their_whole_words_say() {
        type Class = fn(&str) -> bool;
        let rows: &[(Class, &[&str], &[&str])] = &[
            (is_guard, &["tenant_id", "dryRun", "limit", "confirm"], &["unlimited", "tenancy", "trial"]),
            (is_amount, &["amount", "refundAmount", "max_count", "price"], &["account", "priceless", "name"]),
            (
                is_privileged,
                &["admin", "site_admin", "*", "all", "DELETE"],
                &["administer", "small", "deleted_at"],
            ),
            (
                is_assignment,
                &["role", "is_admin", "owner", "owner_id", "permissions", "status", "user.role"],
                &["scroll", "owner_name_hint", "is_open", "administration"],
            ),
            (
                is_sink,
                &["callback_url", "path", "query", "headers", "sql", "filename", "output_filepath"],
                &["file_id", "pathology", "profile", "filename_count"],
            ),
            (is_address, &["uri", "hostname"], &["date", "uuid"]),
            (is_prose, &["comment", "data[].body"], &["id", "body_length"]),
        ];
        for (class, yes, no) in rows {
            yes.iter().for_each(|name| assert!(class(name), "{name}"));
            no.iter().for_each(|name| assert!(!class(name), "{name}"));
        }
        assert_eq!((safe_value("dry_run"), safe_value("force")), (Some(true), Some(false)));
        assert_eq!(safe_value("color"), None);
        assert!(is_sensitive("data.apiKey", &[]) && is_sensitive("internal_id", &[]));
        assert!(!is_sensitive("next_page_token", &[]) && !is_sensitive("id", &[]));
    }
}
