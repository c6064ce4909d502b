//! Rust sources in; for each file the modules it names, the foreign paths it uses and its lint exemptions out.
//!
//! Names are resolved as far as a text can tell: `use` groups and renames, `crate`, `self` and `super`,
//! qualified paths in code, paths among the tokens of a macro and in the strings of an attribute.
//! What only tests see (`#[cfg(test)]`, `#[test]`) is left out, and so is the path in `pub(in …)`.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// One source file and what was found in it.
pub struct File {
    /// `/`-separated, from the root of the repository: `src/diff/tools.rs`.
    pub path: String,
    /// The module it is, from the root of the crate: `["diff", "tools"]`; empty for the roots of crates.
    pub module: Vec<String>,
    /// The text, for rules about lines.
    pub text: String,
    /// Every mention of a module or item of ours.
    pub ours: Vec<Mention>,
    /// Every mention of something that is not ours, `std::…` or a crate; macros as `println!`.
    pub foreign: Vec<Mention>,
    /// Lines that name `disallowed_methods` in an attribute.
    pub exemptions: Vec<usize>,
    /// Lines with a `#[path]` attribute: they hide where a module lies.
    pub relocated: Vec<usize>,
    /// Whether only tests compile it.
    pub test_only: bool,
    /// Whether a `mod` line reaches it.
    pub declared: bool,
}

/// A path as it was resolved, and where it stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    pub line: usize,
    pub path: Vec<String>,
}

/// Resolves a set of sources, given as path and text. A source that does not parse is named in the error.
pub fn read(sources: Vec<(String, String)>) -> Result<Vec<File>, String> {
    let mut parsed = Vec::new();
    for (path, text) in sources {
        let ast = syn::parse_file(&text)
            .map_err(|e| format!("{path}:{}: does not parse: {e}", e.span().start().line))?;
        parsed.push((module_of(&path), path, text, ast));
    }

    // First what is declared, in all files: only then can a bare `node::Node` be told from a crate's name.
    let mut names = Names::default();
    for (module, path, _, ast) in &parsed {
        if !entry(path) {
            Declare { names: &mut names, module: module.clone(), test: false }.visit_file(ast);
        }
    }

    let mut files = Vec::new();
    for (module, path, text, ast) in parsed {
        let mut scopes = Scopes { names: &names, uses: BTreeMap::new(), binary: entry(&path) };
        let mut collect = Collect { uses: BTreeMap::new(), module: module.clone() };
        collect.visit_file(&ast);
        scopes.uses = collect.uses;
        let mut walk = Walk { scopes: &scopes, module: module.clone(), ..Walk::new(&scopes) };
        walk.visit_file(&ast);
        let (mut ours, mut foreign) = (walk.ours, walk.foreign);
        for found in [&mut ours, &mut foreign] {
            found.sort();
            found.dedup();
        }
        let (exemptions, relocated) = (walk.exemptions, walk.relocated);
        let test_only = (1..=module.len()).any(|n| names.test_modules.contains(&module[..n]));
        let declared =
            module.is_empty() || names.modules.contains(&module) || names.test_modules.contains(&module);
        files.push(File { path, module, text, ours, foreign, exemptions, relocated, test_only, declared });
    }
    Ok(files)
}

/// Whether a file is the root of a program: main.rs, and what cargo finds in bin/.
pub fn entry(path: &str) -> bool {
    path == "src/main.rs" || path.strip_prefix("src/bin/").is_some_and(|file| !file.contains('/'))
}

/// The module that a file under `src/` is.
fn module_of(path: &str) -> Vec<String> {
    if entry(path) {
        return Vec::new();
    }
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Which modules there are.
#[derive(Default)]
struct Names {
    modules: BTreeSet<Vec<String>>,
    test_modules: BTreeSet<Vec<String>>,
}

/// Finds the `mod` lines of a file.
struct Declare<'n> {
    names: &'n mut Names,
    module: Vec<String>,
    test: bool,
}

impl Visit<'_> for Declare<'_> {
    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        let outer = self.test;
        self.test |= for_tests(&item.attrs);
        self.module.push(plain(&item.ident));
        let into = if self.test { &mut self.names.test_modules } else { &mut self.names.modules };
        into.insert(self.module.clone());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.test = outer;
    }
}

/// The names that `use` brings into each module of one file: alias to path as written.
type Uses = BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>;

/// Finds the `use` lines of a file. Those inside a function count for its module: near enough to resolve.
struct Collect {
    uses: Uses,
    module: Vec<String>,
}

impl Visit<'_> for Collect {
    fn visit_item(&mut self, item: &syn::Item) {
        if !for_tests(item_attrs(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        self.module.push(plain(&item.ident));
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        let known = self.uses.entry(self.module.clone()).or_default();
        for leaf in leaves(item) {
            known.insert(leaf.alias, leaf.path);
        }
    }
}

/// One name of a `use` line.
struct Leaf {
    alias: String,
    path: Vec<String>,
    line: usize,
}

fn leaves(item: &syn::ItemUse) -> Vec<Leaf> {
    fn go(tree: &syn::UseTree, mut at: Vec<String>, out: &mut Vec<Leaf>) {
        let line = tree.span().start().line;
        match tree {
            syn::UseTree::Path(step) => {
                at.push(plain(&step.ident));
                go(&step.tree, at, out);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| go(tree, at.clone(), out)),
            syn::UseTree::Glob(_) => {
                at.push("*".to_owned());
                out.push(Leaf { alias: "*".to_owned(), path: at, line });
            }
            syn::UseTree::Name(name) => {
                // `use a::b::{self}` is `use a::b`.
                if name.ident != "self" || at.is_empty() {
                    at.push(plain(&name.ident));
                }
                out.push(Leaf { alias: at.last().cloned().unwrap_or_default(), path: at, line });
            }
            syn::UseTree::Rename(name) => {
                if name.ident != "self" || at.is_empty() {
                    at.push(plain(&name.ident));
                }
                out.push(Leaf { alias: plain(&name.rename), path: at, line });
            }
        }
    }
    let mut out = Vec::new();
    let root = item.leading_colon.map(|_| "::".to_owned()).into_iter().collect();
    go(&item.tree, root, &mut out);
    out
}

/// What is known when a path of one file is resolved.
struct Scopes<'n> {
    names: &'n Names,
    uses: Uses,
    /// The root of a program is a crate of its own, which calls the library by name.
    binary: bool,
}

enum Resolved {
    Ours(Vec<String>),
    Foreign(Vec<String>),
    /// A name of the language or a local item: says nothing about other files.
    Local,
}

impl Scopes<'_> {
    /// `hops` bounds the walk through aliases of aliases.
    fn resolve(&self, module: &[String], path: &[String], hops: u8) -> Resolved {
        let Some((first, rest)) = path.split_first() else { return Resolved::Local };
        let ours = |base: &[String], rest: &[String]| Resolved::Ours([base, rest].concat());
        match first.as_str() {
            "::" => Resolved::Foreign(rest.to_vec()),
            "crate" => ours(&[], rest),
            "cask" if self.binary => ours(&[], rest),
            "self" if rest.is_empty() => Resolved::Local,
            "self" => ours(module, rest),
            "super" => {
                let up = rest.iter().take_while(|step| *step == "super").count();
                ours(&module[..module.len().saturating_sub(up + 1)], &rest[up..])
            }
            "Self" => Resolved::Local,
            name => {
                let alias = self.uses.get(module).and_then(|known| known.get(name));
                match alias {
                    Some(target) if hops > 0 && target.first() != Some(first) => {
                        self.resolve(module, &[target, rest].concat(), hops - 1)
                    }
                    _ if self.names.modules.contains(&[module, std::slice::from_ref(first)].concat()) => {
                        ours(module, path)
                    }
                    // `use std::fs` makes `fs` an alias; `use serde_json;` makes it itself.
                    _ => Resolved::Foreign(path.to_vec()),
                }
            }
        }
    }
}

/// Walks one file and notes every path in it.
struct Walk<'s> {
    scopes: &'s Scopes<'s>,
    module: Vec<String>,
    ours: Vec<Mention>,
    foreign: Vec<Mention>,
    exemptions: Vec<usize>,
    relocated: Vec<usize>,
}

impl<'s> Walk<'s> {
    fn new(scopes: &'s Scopes<'s>) -> Self {
        Walk {
            scopes,
            module: Vec::new(),
            ours: Vec::new(),
            foreign: Vec::new(),
            exemptions: Vec::new(),
            relocated: Vec::new(),
        }
    }

    fn note(&mut self, path: &[String], line: usize) {
        match self.scopes.resolve(&self.module, path, 8) {
            Resolved::Ours(path) => self.ours.push(Mention { line, path }),
            Resolved::Foreign(path) => self.foreign.push(Mention { line, path }),
            Resolved::Local => {}
        }
    }

    fn note_macro(&mut self, path: &[String], line: usize) {
        match path {
            [name] => self.foreign.push(Mention { line, path: vec![format!("{name}!")] }),
            [root, name] if root == "std" => {
                self.foreign.push(Mention { line, path: vec![format!("{name}!")] });
            }
            // `crate::name!` is an exported macro: it stands at the root wherever it was written.
            [root, _] if root == "crate" => {}
            _ => self.note(path, line),
        }
    }

    /// Finds paths in tokens that were not parsed: `a::b`, `a::{b, c::d}`, `name!`.
    fn tokens(&mut self, stream: TokenStream, attribute: bool) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut i = 0;
        while i < tokens.len() {
            match &tokens[i] {
                TokenTree::Ident(ident) => {
                    if ident == "pub" && tokens.get(i + 1).is_some_and(restricts) {
                        i += 2;
                        continue;
                    }
                    let line = ident.span().start().line;
                    let mut path = vec![plain(ident)];
                    if leads(&tokens[..i]) {
                        path.insert(0, "::".to_owned());
                    }
                    i += 1;
                    while colons(&tokens[i..]) {
                        match tokens.get(i + 2) {
                            Some(TokenTree::Ident(step)) => path.push(plain(step)),
                            Some(TokenTree::Punct(p)) if p.as_char() == '*' => path.push("*".to_owned()),
                            Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Brace => {
                                self.token_group(&path, g.stream());
                            }
                            _ => break,
                        }
                        i += 3;
                    }
                    if matches!(tokens.get(i), Some(TokenTree::Punct(p)) if p.as_char() == '!') {
                        self.note_macro(&path, line);
                    } else if path.len() > 1 {
                        self.note(&path, line);
                    }
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream(), attribute);
                    i += 1;
                }
                TokenTree::Literal(literal) => {
                    if attribute {
                        self.literal(&literal.to_string(), literal.span().start().line);
                    }
                    i += 1;
                }
                TokenTree::Punct(_) => i += 1,
            }
        }
    }

    /// The members of `prefix::{…}` among tokens.
    fn token_group(&mut self, prefix: &[String], stream: TokenStream) {
        let mut path = prefix.to_vec();
        let mut line = 0;
        let mut renamed = false;
        for token in stream {
            match token {
                TokenTree::Ident(ident) if ident == "as" => renamed = true,
                TokenTree::Ident(ident) if !renamed => {
                    line = ident.span().start().line;
                    if ident != "self" {
                        path.push(plain(&ident));
                    }
                }
                TokenTree::Punct(p) if p.as_char() == '*' => path.push("*".to_owned()),
                TokenTree::Punct(p) if p.as_char() == ',' => {
                    self.note(&path, line);
                    path.truncate(prefix.len());
                    renamed = false;
                }
                TokenTree::Group(g) => self.token_group(&path.clone(), g.stream()),
                _ => {}
            }
        }
        if line > 0 {
            self.note(&path, line);
        }
    }

    /// Attributes name functions in strings: `#[serde(with = "crate::…")]`.
    fn literal(&mut self, text: &str, line: usize) {
        let text = text.trim_matches('"');
        if ["crate::", "self::", "super::", "std::"].iter().any(|root| text.starts_with(root)) {
            let path: Vec<String> = text.split("::").map(str::to_owned).collect();
            self.note(&path, line);
        }
    }
}

impl Visit<'_> for Walk<'_> {
    fn visit_item(&mut self, item: &syn::Item) {
        if !for_tests(item_attrs(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        if !for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        self.module.push(plain(&item.ident));
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        for leaf in leaves(item) {
            self.note(&leaf.path, leaf.line);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let line = path.span().start().line;
        let mut steps: Vec<String> = path.segments.iter().map(|s| plain(&s.ident)).collect();
        if path.leading_colon.is_some() {
            steps.insert(0, "::".to_owned());
        }
        // A single name came in by a `use`, which was noted where it stands.
        if steps.len() > 1 {
            self.note(&steps, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &syn::Macro) {
        let path: Vec<String> = mac.path.segments.iter().map(|s| plain(&s.ident)).collect();
        self.note_macro(&path, mac.path.span().start().line);
        self.tokens(mac.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        let line = attribute.span().start().line;
        if attribute.path().is_ident("path") {
            self.relocated.push(line);
        }
        match &attribute.meta {
            syn::Meta::List(list) => {
                let levels = ["allow", "expect", "warn", "cfg_attr"];
                let lint = list.tokens.to_string().contains("disallowed_methods");
                if lint && levels.iter().any(|level| attribute.path().is_ident(level)) {
                    self.exemptions.push(line);
                }
                self.tokens(list.tokens.clone(), true);
            }
            syn::Meta::NameValue(pair) if !attribute.path().is_ident("doc") => {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value {
                    self.literal(&text.value(), line);
                }
            }
            _ => {}
        }
    }

    /// `pub(super)` and `pub(in crate::x)` say who may look in, not what is looked at.
    fn visit_visibility(&mut self, _: &syn::Visibility) {}
}

fn plain(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(a), TokenTree::Punct(b), ..] if a.as_char() == ':' && b.as_char() == ':')
}

/// Whether the tokens end in a `::` that nothing stands before.
fn leads(before: &[TokenTree]) -> bool {
    let Some((rest, last)) = before.split_last_chunk::<2>() else { return false };
    let open = match rest.last() {
        Some(TokenTree::Ident(_) | TokenTree::Group(_)) => false,
        Some(TokenTree::Punct(p)) => p.as_char() != '>',
        _ => true,
    };
    colons(last) && open
}

fn restricts(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let inside: Vec<String> = group.stream().into_iter().map(|t| t.to_string()).collect();
    matches!(inside.first().map(String::as_str), Some("in"))
        || matches!(inside.as_slice(), [only] if ["crate", "self", "super"].contains(&only.as_str()))
}

/// Whether an item is compiled for tests only: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
fn for_tests(attrs: &[syn::Attribute]) -> bool {
    fn needs_test(meta: &syn::Meta) -> bool {
        match meta {
            syn::Meta::Path(path) => path.is_ident("test"),
            syn::Meta::List(list) if list.path.is_ident("all") => list
                .parse_args_with(syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated)
                .is_ok_and(|all| all.iter().any(needs_test)),
            _ => false,
        }
    }
    attrs.iter().any(|a| {
        a.path().is_ident("test")
            || (a.path().is_ident("cfg") && a.parse_args().is_ok_and(|meta: syn::Meta| needs_test(&meta)))
    })
}

fn item_attrs(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item::*;
    match item {
        Const(i) => &i.attrs,
        Enum(i) => &i.attrs,
        ExternCrate(i) => &i.attrs,
        Fn(i) => &i.attrs,
        ForeignMod(i) => &i.attrs,
        Impl(i) => &i.attrs,
        Macro(i) => &i.attrs,
        Mod(i) => &i.attrs,
        Static(i) => &i.attrs,
        Struct(i) => &i.attrs,
        Trait(i) => &i.attrs,
        TraitAlias(i) => &i.attrs,
        Type(i) => &i.attrs,
        Union(i) => &i.attrs,
        Use(i) => &i.attrs,
        _ => &[],
    }
}
