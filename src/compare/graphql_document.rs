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
/// Most bytes of all texts that are made of a document: fragments can ask for the same text many times over.
const WRITTEN: usize = 1 << 20;

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
    /// Its own name, variables and directives, without layout.
    head: [String; 3],
    /// What else the document holds: whether that is run is decided by whoever names the operation.
    beside: Vec<String>,
    /// Each field by its path of answer keys.
    fields: BTreeMap<String, Field>,
}

impl Document {
    /// The operation's own name; empty if it has none.
    pub fn name(&self) -> &str {
        &self.head[0]
    }

    /// The fields that it asks for, as dotted paths of names, fragments resolved; sorted.
    pub fn selection(&self) -> Vec<String> {
        let paths: BTreeSet<&str> = self.fields.values().map(|field| field.named.as_str()).collect();
        paths.into_iter().map(str::to_owned).collect()
    }
}

/// A field that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    /// Its name, arguments and directives.
    what: String,
    /// Its path by names, whatever an answer calls them.
    named: String,
    place: Spot,
}

/// Where a field stands, whatever fragments are around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// At the root: a call of its own.
    Root,
    /// The schema, or a part of it.
    Schema,
    /// Below another field.
    Below,
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
    let head = [
        called(operation).unwrap_or_default(),
        text(operation.variable_definitions().map(|n| n.source_string())),
        text(operation.directives().map(|n| n.source_string())),
    ];
    let mut beside: Vec<String> = Vec::new();
    if operations.len() > 1 {
        let others = operations.iter().filter(|o| called(o) != called(operation));
        beside.extend(others.map(|other| plain(&other.source_string())));
        // Which of them are for the others alone is not worth a walk.
        beside.extend(fragments.values().map(|fragment| plain(&fragment.source_string())));
        beside.sort();
    }
    let mut reader = Reader {
        fragments: &fragments,
        fields: BTreeMap::new(),
        open: BTreeSet::new(),
        steps: 0,
        written: 0,
    };
    reader.set(operation.selection_set()?, &Above::default(), 0)?;
    Some(Document { kind, head, beside, fields: reader.fields })
}

/// How `new` relates to `old`.
pub fn relate(old: &Document, new: &Document) -> Relation {
    if old == new {
        return Relation::Same;
    }
    if (old.kind, &old.head, &old.beside) != (new.kind, &new.head, &new.beside) {
        return Relation::Other;
    }
    let only = |of: &Document, than: &Document| -> Vec<Field> {
        let all = of.fields.iter().filter(|(path, _)| !than.fields.contains_key(*path));
        all.map(|(_, field)| field.clone()).collect()
    };
    let changed = old.fields.iter().any(|(path, what)| new.fields.get(path).is_some_and(|now| now != what));
    let (gone, come) = (only(old, new), only(new, old));
    let all_are = |spot: Spot| come.iter().all(|field| field.place == spot);
    let named = |fields: Vec<Field>| fields.into_iter().map(|field| field.named).collect::<Vec<String>>();
    match (changed, gone.is_empty(), come.is_empty()) {
        (false, true, false) if all_are(Spot::Schema) => Relation::Introspects(named(come)),
        (false, true, false) if all_are(Spot::Below) => Relation::Wider(named(come)),
        (false, false, true) => Relation::Narrower(named(gone)),
        _ => Relation::Other,
    }
}

/// A text of GraphQL without layout, commas and comments. One that cannot be read to its end stays as it is: what
/// nobody has read is equal to nothing but itself.
pub fn plain(text: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for token in Lexer::new(text).with_limit(TOKENS) {
        let Ok(token) = token else { return text.to_owned() };
        match token.kind() {
            TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof => {}
            _ => kept.push(token.data().to_owned()),
        }
    }
    kept.join(" ")
}

struct Reader<'f> {
    fragments: &'f BTreeMap<String, cst::FragmentDefinition>,
    fields: BTreeMap<String, Field>,
    /// Fragments around this place: one that contains itself has no end.
    open: BTreeSet<String>,
    /// Selections that were looked at: the same fragment may be asked for many times over.
    steps: usize,
    /// Bytes of the texts that were made.
    written: usize,
}

/// What is around a selection.
#[derive(Debug, Clone, Default)]
struct Above {
    /// The path of answer keys, and of fragments with what they depend on.
    path: String,
    /// The path of names.
    named: String,
    /// Where the field around it stands, if there is one.
    field: Option<Spot>,
}

impl Reader<'_> {
    fn set(&mut self, set: cst::SelectionSet, above: &Above, depth: usize) -> Option<()> {
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
                    let on = inline.type_condition().map(|t| t.source_string());
                    let directives = inline.directives().map(|d| d.source_string());
                    let inside = self.inside(above, [on, directives, None])?;
                    self.set(inline.selection_set()?, &inside, depth + 1)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name()?.name()?.text().to_string();
                    let fragment = self.fragments.get(&name)?.clone();
                    let on = fragment.type_condition().map(|t| t.source_string());
                    let directives = spread.directives().map(|d| d.source_string());
                    let of_all = fragment.directives().map(|d| format!("fragment {}", d.source_string()));
                    if !self.open.insert(name.clone()) {
                        return None;
                    }
                    let inside = self.inside(above, [on, directives, of_all])?;
                    self.set(fragment.selection_set()?, &inside, depth + 1)?;
                    self.open.remove(&name);
                }
            }
        }
        Some(())
    }

    /// Inside a fragment: it asks for nothing itself, and what it holds stands where it stands.
    fn inside(&mut self, above: &Above, words: [Option<String>; 3]) -> Option<Above> {
        let mut key = "...".to_owned();
        for word in words.into_iter().flatten() {
            key.push(' ');
            key.push_str(&self.text(&word)?);
        }
        Some(Above { path: self.joined(&above.path, &key)?, ..above.clone() })
    }

    fn field(&mut self, field: &cst::Field, above: &Above, depth: usize) -> Option<()> {
        let name = field.name()?.text().to_string();
        let key = match field.alias() {
            Some(alias) => alias.name()?.text().to_string(),
            None => name.clone(),
        };
        // In whatever order they stand.
        let mut arguments: Vec<String> = Vec::new();
        for argument in field.arguments().into_iter().flat_map(|all| all.arguments()) {
            arguments.push(self.text(&argument.source_string())?);
        }
        arguments.sort();
        let directives = match field.directives() {
            Some(all) => self.text(&all.source_string())?,
            None => String::new(),
        };
        let place = match above.field {
            Some(Spot::Schema) => Spot::Schema,
            _ if matches!(name.as_str(), "__schema" | "__type") => Spot::Schema,
            Some(_) => Spot::Below,
            None => Spot::Root,
        };
        let (path, named) = (self.joined(&above.path, &key)?, self.joined(&above.named, &name)?);
        let what = format!("{name}({}){directives}", arguments.join(","));
        self.put(path.clone(), Field { what, named: named.clone(), place })?;
        match field.selection_set() {
            Some(set) => self.set(set, &Above { path, named, field: Some(place) }, depth + 1),
            None => Some(()),
        }
    }

    /// One answer key may be asked for twice only in the same words, as the language itself has it.
    fn put(&mut self, path: String, field: Field) -> Option<()> {
        if self.fields.len() >= FIELDS {
            return None;
        }
        let kept = self.fields.entry(path).or_insert_with(|| field.clone());
        (*kept == field).then_some(())
    }

    fn text(&mut self, source: &str) -> Option<String> {
        self.pay(source.len())?;
        Some(plain(source))
    }

    fn joined(&mut self, above: &str, key: &str) -> Option<String> {
        self.pay(above.len() + key.len() + 1)?;
        Some(if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") })
    }

    /// Before a text is made, not after.
    fn pay(&mut self, bytes: usize) -> Option<()> {
        self.written += bytes;
        (self.written <= WRITTEN).then_some(())
    }
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
        // An answer may call it what it likes.
        assert_eq!(
            told(base, "query A($q: String) { search(q: $q) { title url by: author { x: password } } }"),
            Relation::Wider(list(&["search.author", "search.author.password"]))
        );
        for schema in [
            "query A($q: String) { search(q: $q) { title url } ... { types: __schema { name } } }",
            "query A($q: String) { search(q: $q) { title url } ...S } fragment S on Query { __schema { name } }",
        ] {
            assert_eq!(
                told(base, schema),
                Relation::Introspects(list(&["__schema", "__schema.name"])),
                "{schema}"
            );
        }
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
            "query A($q: String) { search(q: $q) { title url } ... on Query { drafts { title } } }",
            "query A($q: String) { search(q: $q) { title url } ... @include(if: true) { drafts { title } } }",
            "query A($q: String) { search(q: $q) { title url } ...D } fragment D on Query { drafts { title } }",
            "query A($q: String) { search(q: $q) { title url author } ... { __schema { types { name } } } }",
            "query A($q: String) { search(q: $q) { title url } } mutation B { deleteAll }",
            "query B($q: String) { search(q: $q) { title url } }",
        ] {
            assert_eq!(told(base, other), Relation::Other, "{other}");
        }
        let spread = "query A { a ...F } fragment F on Query { b }";
        assert_eq!(told(spread, "query A { a ...F } fragment F on Query @live { b }"), Relation::Other);
        let two = "query A { a } query B { ...F } fragment F on Query { b }";
        assert_eq!(told(two, "query B {...F} fragment F on Query {b} query A {a}"), Relation::Same);
        assert_eq!(told(two, "query A { a } query B { ...F } fragment F on Query { drop }"), Relation::Other);
    }

    #[test]
    fn what_is_not_read_to_its_end_is_equal_to_itself_alone() {
        let behind = |what: &str| format!("query A {{ a }} {} {what}", ",".repeat(TOKENS));
        assert_ne!(plain(&behind("query B { b }")), plain(&behind("mutation B { drop }")));
        assert_eq!(plain(&behind("query B { b }")), plain(&behind("query B { b }")));
        assert_ne!(
            plain("query A { a(x: \"b) }"),
            plain("query A { a(x: \"c) }"),
            "a token that is rejected"
        );
        assert_ne!(plain("{ a } \u{1}"), plain("{ a } \u{2}"));
    }

    #[test]
    fn the_texts_that_a_document_is_read_into_are_bounded_together() {
        let long = "k".repeat(2_000);
        let above = (0..40).fold(String::new(), |text, n| format!("{text} {long}{n} {{"));
        let fields = (0..4_000).fold(String::new(), |text, n| format!("{text} a{n}"));
        let text = format!("{{ {above} {fields} {} }}", "}".repeat(40));
        assert!(text.len() < BYTES && doc(&text).is_none());
        let again = format!(
            "{{ {} }} fragment F on T @d(x: \"{}\") {{ a }}",
            (0..2_000).fold(String::new(), |text, n| format!("{text} b{n} {{ ...F }}")),
            "x".repeat(60_000)
        );
        assert!(again.len() < BYTES && doc(&again).is_none());
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
