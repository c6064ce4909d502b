//! The text of a GraphQL document in, what it does and asks for out: enough to tell whether another text means
//! the same, only asks for more or for less, or is another operation.
//!
//! The text is a stranger's: size, tokens and depth are bounded, and what is beyond them or no GraphQL is not
//! understood, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use apollo_parser::cst::{self, CstNode as _, Definition, Selection};
use apollo_parser::{Lexer, Parser, TokenKind};

/// Most bytes, tokens, levels and fields of a document.
const BYTES: usize = 1 << 17;
const TOKENS: usize = 20_000;
const DEPTH: usize = 64;
const FIELDS: usize = 10_000;

/// What an operation does to the state of the world, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Reads.
    Query,
    /// Keeps sending.
    Subscription,
    /// Changes.
    Mutation,
}

impl Kind {
    /// The kind of that word.
    pub fn of(word: &str) -> Option<Kind> {
        match word {
            "query" => Some(Kind::Query),
            "subscription" => Some(Kind::Subscription),
            "mutation" => Some(Kind::Mutation),
            _ => None,
        }
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Query => "query",
            Kind::Subscription => "subscription",
            Kind::Mutation => "mutation",
        }
    }
}

/// An operation of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it does.
    pub kind: Kind,
    /// Variables and directives, without layout.
    head: String,
    /// Each field by its path of answer keys, with its name, arguments and directives.
    fields: BTreeMap<String, String>,
}

/// How one document relates to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// They ask for the same.
    Same,
    /// The new one also asks for these, each below a field that both ask for.
    Wider(Vec<String>),
    /// The new one no longer asks for these, and for nothing else.
    Narrower(Vec<String>),
    /// The new one also asks the server for its schema, and for nothing else.
    Introspects(Vec<String>),
    /// They are two operations.
    Other,
}

/// The operation of that name, or the only one.
pub fn read(text: &str, name: Option<&str>) -> Option<Document> {
    if text.len() > BYTES {
        return None;
    }
    let tree = Parser::new(text).recursion_limit(DEPTH).token_limit(TOKENS).parse();
    if tree.errors().len() > 0 {
        return None;
    }
    let mut operations = Vec::new();
    let mut fragments = BTreeMap::new();
    for definition in tree.document().definitions() {
        match definition {
            Definition::OperationDefinition(operation) => operations.push(operation),
            Definition::FragmentDefinition(fragment) => {
                let name = fragment.fragment_name()?.name()?.text().to_string();
                // Two of one name: which one a server takes is its own affair.
                if fragments.insert(name, fragment).is_some() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    let called = |operation: &cst::OperationDefinition| operation.name().map(|n| n.text().to_string());
    let mut meant: Vec<&cst::OperationDefinition> = operations.iter().collect();
    if operations.len() > 1 {
        meant.retain(|operation| called(operation).as_deref() == name);
    }
    let [operation] = meant.as_slice() else { return None };
    let kind = match operation.operation_type() {
        None => Kind::Query,
        Some(word) => Kind::of(word.source_string().trim())?,
    };
    let text = |node: Option<String>| node.map(|text| plain(&text)).unwrap_or_default();
    let head = format!(
        "{} {}",
        text(operation.variable_definitions().map(|n| n.source_string())),
        text(operation.directives().map(|n| n.source_string()))
    );
    let mut reader =
        Reader { fragments: &fragments, fields: BTreeMap::new(), open: BTreeSet::new(), steps: 0 };
    reader.set(operation.selection_set()?, "", 0)?;
    Some(Document { kind, head, fields: reader.fields })
}

/// How `new` relates to `old`.
pub fn relate(old: &Document, new: &Document) -> Relation {
    if old == new {
        return Relation::Same;
    }
    if old.kind != new.kind || old.head != new.head {
        return Relation::Other;
    }
    let only = |of: &Document, than: &Document| {
        let all = of.fields.iter().filter(|(path, _)| !than.fields.contains_key(*path));
        all.map(|(path, _)| path.clone()).collect::<Vec<String>>()
    };
    let changed = old.fields.iter().any(|(path, what)| new.fields.get(path).is_some_and(|now| now != what));
    let (gone, come) = (only(old, new), only(new, old));
    let is_root = |path: &String| !path.contains('.');
    let asks_schema = |path: &String| {
        let root = path.split('.').next().unwrap_or_default();
        new.fields.get(root).is_some_and(|what| what.starts_with("__schema(") || what.starts_with("__type("))
    };
    match (changed, gone.is_empty(), come.is_empty()) {
        (false, true, false) if come.iter().all(asks_schema) => Relation::Introspects(come),
        (false, true, false) if !come.iter().any(is_root) => Relation::Wider(come),
        (false, false, true) => Relation::Narrower(gone),
        _ => Relation::Other,
    }
}

/// A text of GraphQL without layout, commas and comments.
pub fn plain(text: &str) -> String {
    let tokens = Lexer::new(text).with_limit(TOKENS).filter_map(Result::ok);
    let kept = tokens.filter(|t| {
        !matches!(t.kind(), TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof)
    });
    kept.map(|t| t.data().to_owned()).collect::<Vec<_>>().join(" ")
}

struct Reader<'f> {
    fragments: &'f BTreeMap<String, cst::FragmentDefinition>,
    fields: BTreeMap<String, String>,
    /// Fragments around this place: one that contains itself has no end.
    open: BTreeSet<String>,
    /// Selections that were looked at: the same fragment may be asked for many times over.
    steps: usize,
}

impl Reader<'_> {
    fn set(&mut self, set: cst::SelectionSet, above: &str, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        for selection in set.selections() {
            self.steps += 1;
            if self.steps > 2 * FIELDS {
                return None;
            }
            match selection {
                Selection::Field(field) => self.field(&field, above, depth)?,
                Selection::InlineFragment(inline) => {
                    let on = inline.type_condition().map(|t| plain(&t.source_string())).unwrap_or_default();
                    let directives =
                        inline.directives().map(|d| plain(&d.source_string())).unwrap_or_default();
                    let path = joined(above, format!("... {on} {directives}").trim());
                    self.put(path.clone(), String::new())?;
                    self.set(inline.selection_set()?, &path, depth + 1)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name()?.name()?.text().to_string();
                    let fragment = self.fragments.get(&name)?.clone();
                    let on = fragment.type_condition().map(|t| plain(&t.source_string())).unwrap_or_default();
                    let directives =
                        spread.directives().map(|d| plain(&d.source_string())).unwrap_or_default();
                    let path = joined(above, format!("... {on} {directives}").trim());
                    self.put(path.clone(), String::new())?;
                    if !self.open.insert(name.clone()) {
                        return None;
                    }
                    self.set(fragment.selection_set()?, &path, depth + 1)?;
                    self.open.remove(&name);
                }
            }
        }
        Some(())
    }

    fn field(&mut self, field: &cst::Field, above: &str, depth: usize) -> Option<()> {
        let name = field.name()?.text().to_string();
        let key = match field.alias() {
            Some(alias) => alias.name()?.text().to_string(),
            None => name.clone(),
        };
        // In whatever order they stand.
        let mut arguments: Vec<String> = field
            .arguments()
            .map(|all| all.arguments().map(|one| plain(&one.source_string())).collect())
            .unwrap_or_default();
        arguments.sort();
        let directives = field.directives().map(|d| plain(&d.source_string())).unwrap_or_default();
        let path = joined(above, &key);
        self.put(path.clone(), format!("{name}({}){directives}", arguments.join(",")))?;
        match field.selection_set() {
            Some(set) => self.set(set, &path, depth + 1),
            None => Some(()),
        }
    }

    /// One answer key may be asked for twice only in the same words, as the language itself has it.
    fn put(&mut self, path: String, what: String) -> Option<()> {
        if self.fields.len() >= FIELDS || path.len() > BYTES / 8 {
            return None;
        }
        match self.fields.insert(path, what.clone()) {
            Some(before) if before != what => None,
            _ => Some(()),
        }
    }
}

fn joined(above: &str, key: &str) -> String {
    if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(text: &str) -> Option<Document> {
        read(text, Some("A"))
    }

    fn told(old: &str, new: &str) -> Relation {
        relate(&doc(old).expect(old), &doc(new).expect(new))
    }

    #[test]
    fn layout_comments_and_fragments_written_out_are_the_same() {
        let base =
            "query A($q: String!, $n: Int = 3) { search(q: $q, first: $n) { ... on Page { title url } } }";
        for other in [
            "query A($q:String! $n:Int=3){search(first:$n q:$q){...on Page{title,url}}}",
            "# why\nquery A($q: String!, $n: Int = 3) {\n  search(q: $q, first: $n) { ... on Page { url title } }\n}",
            "query A($q: String!, $n: Int = 3) { search(q: $q, first: $n) { ...F } } fragment F on Page { title url }",
        ] {
            assert_eq!(told(base, other), Relation::Same, "{other}");
        }
        assert_eq!(told("{ a }", "query { a }"), Relation::Same);
    }

    #[test]
    fn more_fields_fewer_fields_the_schema_and_another_operation() {
        let base = "query A($q: String) { search(q: $q) { title url } }";
        let list = |paths: &[&str]| paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            told(base, "query A($q: String) { search(q: $q) { title url author { email } } }"),
            Relation::Wider(list(&["search.author", "search.author.email"]))
        );
        assert_eq!(
            told(base, "query A($q: String) { search(q: $q) { title } }"),
            Relation::Narrower(list(&["search.url"]))
        );
        assert_eq!(
            told(base, "query A($q: String) { search(q: $q) { title url } __schema { types { name } } }"),
            Relation::Introspects(list(&["__schema", "__schema.types", "__schema.types.name"]))
        );
        for other in [
            "mutation A($q: String) { search(q: $q) { title url } }",
            "query A($q: String!) { search(q: $q) { title url } }",
            "query A($q: String) { search(q: \"x\") { title url } }",
            "query A($q: String) { search(q: $q) { title: body url } }",
            "query A($q: String) { search: drafts(q: $q) { title url } }",
            "query A($q: String) { search(q: $q) { title url } drafts { title } }",
            "query A($q: String) @live { search(q: $q) { title url } }",
            "query A($q: String) { search(q: $q) { title @skip(if: true) url author } }",
            "query A($q: String) { search(q: $q) { title author } }",
        ] {
            assert_eq!(told(base, other), Relation::Other, "{other}");
        }
    }

    #[test]
    fn what_is_no_bounded_document_is_not_understood() {
        let deep = format!("{{ {} a {} }}", "a {".repeat(5_000), "}".repeat(5_000));
        let wide = format!("{{ {} }}", "a ".repeat(30_000));
        let bomb: String = (0..40).fold("{ ...F0 } ".to_owned(), |text, n| {
            text + &format!("fragment F{n} on T {{ a{n} {{ ...F{m} }} b{n} {{ ...F{m} }} }} ", m = n + 1)
        }) + "fragment F40 on T { x }";
        let again: String = (0..40).fold("{ ...F0 } ".to_owned(), |text, n| {
            text + &format!("fragment F{n} on T {{ ...F{m} ...F{m} }} ", m = n + 1)
        }) + "fragment F40 on T { x }";
        for text in [
            "",
            "{",
            "query A { }",
            "type A { a: Int }",
            "{ ...F }",
            "{ ...F } fragment F on T { ...F }",
            "{ ...F } fragment F on T { a } fragment F on T { b }",
            "query B { a } query C { a }",
            "{ a(x: 1) a(x: 2) }",
            "query A { a } \u{0}",
            &deep,
            &wide,
            &bomb,
            &again,
            &" ".repeat(1 << 18),
        ] {
            assert_eq!(doc(text), None, "{}", &text[..text.len().min(80)]);
        }
        assert_eq!(read("query B { a } mutation A { b }", Some("A")).map(|d| d.kind), Some(Kind::Mutation));
    }
}
