//! What an operation is about, told from the words of its path and of its fields: the labels by which scopes and
//! descriptions know it, and the few that stand in tools.json.

use std::collections::BTreeSet;

use super::names::Kind;
use super::names::segments;
use crate::canon::text::words;
use crate::model::risk::{Effect, ReasonCode};

/// A domain: what it is called, what one does with it, the segments and the fields that tell it.
#[derive(Debug)]
pub(super) struct Domain {
    pub(super) name: &'static str,
    pub(super) use_to: Option<&'static str>,
    segments: &'static [&'static str],
    fields: &'static [&'static str],
}

/// Every domain, in the order in which they are told.
#[rustfmt::skip]
pub(super) const DOMAINS: &[Domain] = &[
    Domain { name: "commerce", use_to: Some("browse or manage commerce data"),
        segments: &["orders", "order", "products", "product", "cart", "carts", "checkout", "payments", "payment",
            "invoices", "invoice", "subscriptions", "subscription", "pricing", "catalog", "inventory", "sku",
            "shipping", "refund", "refunds"],
        fields: &["price", "quantity", "sku", "subtotal", "tax", "discount", "currency", "amount", "cost",
            "unit_price", "line_items", "cart_id", "order_id", "product_id", "shipping_address",
            "billing_address", "payment_method"] },
    Domain { name: "users", use_to: Some("access or manage user information"),
        segments: &["users", "user", "profile", "profiles", "account", "accounts", "customer", "customers",
            "member", "members", "person", "people", "contact", "contacts", "patient", "patients"],
        fields: &["email", "phone", "first_name", "last_name", "full_name", "username", "avatar", "bio",
            "date_of_birth", "address", "role", "permissions"] },
    Domain { name: "auth", use_to: Some("handle authentication"),
        segments: &["auth", "login", "logout", "signin", "signout", "oauth", "token", "tokens", "session",
            "sessions", "register", "signup", "password", "reset", "verify", "confirm", "2fa", "mfa", "otp",
            "sso", "saml", "oidc"],
        fields: &["token", "access_token", "refresh_token", "session_id", "expires_at", "expires_in", "scope",
            "grant_type", "client_id", "client_secret", "id_token"] },
    Domain { name: "admin", use_to: Some("perform admin operations"),
        segments: &["admin", "settings", "config", "configuration", "management", "dashboard", "console"],
        fields: &[] },
    Domain { name: "search", use_to: Some("search or query data"),
        segments: &["search", "query", "graphql", "filter", "lookup"],
        fields: &[] },
    Domain { name: "content", use_to: Some("access or manage content"),
        segments: &["posts", "post", "articles", "article", "pages", "page", "comments", "comment", "media",
            "files", "file", "documents", "document", "uploads", "upload"],
        fields: &[] },
    Domain { name: "notifications", use_to: Some("manage notifications or alerts"),
        segments: &["notifications", "notification", "alerts", "alert", "messages", "message", "email",
            "emails", "sms"],
        fields: &[] },
];

/// What is known of an operation when it is labelled.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Names of fields of the answer, then of the request; nested ones dotted.
    pub(super) fields: &'a BTreeSet<String>,
    pub(super) effect: Effect,
    /// Why it has its tier.
    pub(super) reasons: &'a [ReasonCode],
}

impl About<'_> {
    /// Whether it is about signing in.
    pub(super) fn is_auth(&self) -> bool {
        self.reasons.contains(&ReasonCode::AreaAuth)
    }

    /// Whether it takes or gives personal data.
    pub(super) fn is_personal(&self) -> bool {
        [ReasonCode::PersonalDataIn, ReasonCode::PersonalDataOut].iter().any(|c| self.reasons.contains(c))
    }
}

/// The labels that stand in tools.json, sorted: what the path begins with, whether a call changes anything,
/// whether it is about signing in or about people.
pub(super) fn of_action(about: &About) -> Vec<String> {
    let first = segments(about.path).into_iter().find(|segment| segment.kind == Kind::Word);
    let mut tags: BTreeSet<String> = first.map(|segment| segment.words.join("-")).into_iter().collect();
    tags.insert(if about.effect.changes_state() { "write" } else { "read" }.to_owned());
    if about.is_auth() {
        tags.insert("auth".to_owned());
    }
    if about.is_personal() {
        tags.insert("pii".to_owned());
    }
    tags.into_iter().collect()
}

/// Every domain that the path or the fields tell: those of the path first, in its order.
pub(super) fn domains(path: &str, fields: &BTreeSet<String>) -> Vec<&'static Domain> {
    let mut found: Vec<&'static Domain> = Vec::new();
    let mut add = |domain: &'static Domain| {
        if !found.iter().any(|known| known.name == domain.name) {
            found.push(domain);
        }
    };
    for segment in segments(path).iter().filter(|segment| segment.kind != Kind::Placeholder) {
        let word = segment.words.join("_");
        DOMAINS.iter().filter(|domain| domain.segments.contains(&word.as_str())).for_each(&mut add);
    }
    let names: BTreeSet<String> =
        fields.iter().filter_map(|f| f.rsplit('.').next()).map(|f| words(f).join("_")).collect();
    let by_field = |domain: &&Domain| domain.fields.iter().any(|field| names.contains(*field));
    DOMAINS.iter().filter(by_field).for_each(&mut add);
    found
}

/// Every label of an operation, for scopes: those of tools.json, its domains, and what a call is like.
pub(super) fn all(about: &About, declared: &[&str]) -> BTreeSet<String> {
    let mut tags: BTreeSet<String> = of_action(about).into_iter().collect();
    tags.extend(declared.iter().map(|tag| (*tag).to_owned()));
    tags.extend(domains(about.path, about.fields).iter().map(|domain| domain.name.to_owned()));
    match about.method {
        "DELETE" => _ = tags.insert("destructive".to_owned()),
        "GET" if !about.path.ends_with('}') => _ = tags.insert("listing".to_owned()),
        "POST" if tags.contains("search") => _ = tags.insert("search".to_owned()),
        _ => {}
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::risk::{Facts, Input, assess};
    use crate::mint::names::deviations::deviates_as_told;

    #[test]
    fn labels_are_those_of_the_reference_but_for_its_mistakes() {
        let table = include_str!("../../fixtures/mint/tags.tsv");
        let rows = table.lines().skip(1).flat_map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let list = |at: usize| -> Vec<String> {
                serde_json::from_str::<Option<Vec<String>>>(cells[at]).unwrap().unwrap_or_default()
            };
            let (asked, given) = (list(2), list(3));
            let inputs: Vec<Input> = asked.iter().map(|name| Input { name, in_path: false }).collect();
            let outputs: Vec<&str> = given.iter().map(String::as_str).collect();
            let facts =
                Facts { inputs: &inputs, output_fields: &outputs, ..Facts::request(cells[0], cells[1]) };
            let found = assess(&facts);
            let reasons: Vec<ReasonCode> = found.reasons.iter().map(|reason| reason.code).collect();
            let fields = asked.iter().chain(&given).cloned().collect();
            let about = About {
                method: cells[0],
                path: cells[1],
                fields: &fields,
                effect: found.effect,
                reasons: &reasons,
            };
            let set = |at: usize| list(at).into_iter().collect::<BTreeSet<String>>();
            let joined = |tags: BTreeSet<String>| tags.into_iter().collect::<Vec<_>>().join(" ");
            let input = format!("{} {} {} {}", cells[0], cells[1], cells[2], cells[3]);
            [
                (format!("{input} shown"), joined(set(5)), of_action(&about).join(" ")),
                (format!("{input} all"), joined(set(4)), joined(all(&about, &[]))),
            ]
        });
        deviates_as_told("tags", rows);
    }
}
