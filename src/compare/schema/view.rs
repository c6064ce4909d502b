//! What holds at one place of a schema, keyword by keyword: several schemas that hold together are read as
//! one, with the strictest of each bound.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::decimal::Decimal;
use super::document::{Conj, Document, Group, is_silent};
use super::types::Types;
use crate::canon::{Node, Value};

/// The pairs of bounds: keyword of the lower one, of the upper one, and the types that they hold for.
pub(super) const BOUNDS: [(&str, &str, Types); 4] = [
    ("minimum", "maximum", Types::NUMBER),
    ("minLength", "maxLength", Types::TEXT),
    ("minItems", "maxItems", Types::LIST),
    ("minProperties", "maxProperties", Types::OBJECT),
];

/// What stands where a part could not be read.
const UNRESOLVED: &str = "x-unresolved";
/// Keywords that make a text another thing.
const FORMATS: [&str; 3] = ["format", "contentEncoding", "contentMediaType"];
/// Most schemas with an `additionalProperties` of their own that are merged at one place.
const MAX_RESTS: usize = 8;
/// Most alternatives that are looked into to tell which types fit a place.
const MAX_REACH: usize = 256;

/// A bound.
#[derive(Debug, Clone)]
pub(super) struct Limit<'a> {
    pub(super) value: Decimal,
    /// The value itself is out.
    pub(super) exclusive: bool,
    pub(super) node: &'a Node,
    pub(super) keyword: &'static str,
}

/// What holds at one place.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) types: Types,
    pub(super) null: bool,
    /// The types that are left when alternatives count too.
    pub(super) reach: Types,
    or_null: bool,
    /// The values that may be chosen, null apart; `None`: no list.
    pub(super) values: Option<Vec<&'a Node>>,
    pub(super) is_const: bool,
    /// Lower and upper bounds in the order of [`BOUNDS`].
    pub(super) bounds: [(Option<Limit<'a>>, Option<Limit<'a>>); 4],
    pub(super) steps: Vec<(Decimal, &'a Node)>,
    pub(super) patterns: BTreeMap<&'a str, &'a Node>,
    pub(super) formats: BTreeMap<&'static str, &'a Node>,
    pub(super) unique: Option<&'a Node>,
    pub(super) fields: BTreeMap<&'a str, Conj<'a>>,
    pub(super) required: BTreeSet<&'a str>,
    /// What properties without a name of their own may be.
    pub(super) rest: Conj<'a>,
    pub(super) closed: bool,
    /// The keyword's value that refuses them.
    pub(super) closing: Option<&'a Node>,
    pub(super) by_pattern: BTreeMap<&'a str, Conj<'a>>,
    pub(super) names: Conj<'a>,
    pub(super) prefix: Vec<Conj<'a>>,
    pub(super) items: Conj<'a>,
    pub(super) default: Option<&'a Node>,
    pub(super) read_only: bool,
    pub(super) write_only: bool,
    pub(super) discriminator: Option<&'a Node>,
    /// Keywords that are compared as they stand.
    pub(super) others: BTreeMap<&'a str, Vec<&'a Node>>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) lost: bool,
    pub(super) cut: bool,
    /// Whether any keyword says anything.
    pub(super) says: bool,
    /// Whether alternatives are all that is said.
    pub(super) only_groups: bool,
    /// Whether a keyword speaks of objects alone.
    pub(super) of_objects: bool,
}

impl<'a> View<'a> {
    /// What holds where all these schemas hold.
    pub(super) fn of(document: &Document<'a>, conj: &[&'a Node]) -> View<'a> {
        let mut view = View::base(document, conj);
        let mut budget = MAX_REACH;
        (view.reach, view.null) = view.reach(document, &mut budget);
        view
    }

    /// The types, and whether null, that fit what holds here and one of each group of alternatives. What
    /// lies beyond the budget may be anything.
    fn reach(&self, document: &Document<'a>, budget: &mut usize) -> (Types, bool) {
        let (mut types, mut null) = (self.types, self.null);
        if self.or_null {
            return (types, true);
        }
        for group in &self.groups {
            let (mut of_group, mut null_of_group) = (Types::NONE, false);
            for branch in &group.branches {
                let Some(left) = budget.checked_sub(1) else { return (types, null) };
                *budget = left;
                let view = View::base(document, &[branch]);
                // Alternatives of alternatives cost what they are wide.
                let width: usize = view.groups.iter().map(|g| g.branches.len()).sum();
                *budget = budget.saturating_sub(width);
                let (t, n) = view.reach(document, budget);
                // A condition beside it may refuse null: what only may fit is not counted on.
                let certain = view.others.keys().all(|key| *key == UNRESOLVED);
                (of_group, null_of_group) = (of_group.or(t), null_of_group || n && certain);
            }
            (types, null) = (types.and(of_group), null && null_of_group);
        }
        (types, null)
    }

    fn base(document: &Document<'a>, conj: &[&'a Node]) -> View<'a> {
        let flat = document.flatten(conj);
        let mut view = View {
            types: if flat.never { Types::NONE } else { Types::ALL },
            null: !flat.never,
            reach: Types::ALL,
            or_null: false,
            values: None,
            is_const: false,
            bounds: Default::default(),
            steps: Vec::new(),
            patterns: BTreeMap::new(),
            formats: BTreeMap::new(),
            unique: None,
            fields: BTreeMap::new(),
            required: BTreeSet::new(),
            rest: Vec::new(),
            closed: false,
            closing: None,
            by_pattern: BTreeMap::new(),
            names: Vec::new(),
            prefix: Vec::new(),
            items: Vec::new(),
            default: None,
            read_only: false,
            write_only: false,
            discriminator: None,
            others: BTreeMap::new(),
            groups: flat.groups,
            lost: flat.lost,
            cut: flat.cut,
            says: flat.never,
            only_groups: false,
            of_objects: false,
        };
        for atom in &flat.atoms {
            for (key, value) in atom.members() {
                if !is_silent(key) {
                    view.keyword(key, value, atom);
                }
            }
        }
        view.properties(&flat.atoms);
        view.lists(&flat.atoms);
        view.listed();
        view.settle();
        view.or_null = flat.or_null;
        view.null |= flat.or_null;
        view.only_groups = !view.says && !view.groups.is_empty();
        view.says |= !view.groups.is_empty();
        view
    }

    fn keyword(&mut self, key: &'a str, value: &'a Node, atom: &'a Node) {
        const BESIDE: [&str; 6] = ["default", "readOnly", "writeOnly", "nullable", "anyOf", "oneOf"];
        self.says |= !BESIDE.contains(&key) && key != UNRESOLVED;
        self.of_objects |=
            matches!(key, "properties" | "required" | "additionalProperties" | "patternProperties");
        match key {
            "type" => self.typed(value, atom),
            "enum" if matches!(value.value, Value::List(_)) => {
                self.choices(value.items().iter().collect(), false)
            }
            "const" => self.choices(vec![value], true),
            "multipleOf" => match Decimal::of(value).filter(|d| !d.is_zero()) {
                Some(step) if !self.steps.iter().any(|(s, _)| *s == step) => self.steps.push((step, value)),
                Some(_) => {}
                None => self.other(key, value),
            },
            "pattern" => match value.as_text() {
                Some(pattern) if !super::pattern::takes_all(pattern) => {
                    self.patterns.insert(pattern, value);
                }
                Some(_) => {}
                None => self.other(key, value),
            },
            "uniqueItems" => self.unique = self.unique.or((value.as_bool() == Some(true)).then_some(value)),
            "required" if matches!(value.value, Value::List(_)) => {
                self.required.extend(value.items().iter().filter_map(Node::as_text));
            }
            "propertyNames" => self.names.push(value),
            "patternProperties" => {
                value.members().iter().for_each(|(k, v)| self.by_pattern.entry(k).or_default().push(v));
            }
            "default" => self.default = self.default.or(Some(value)),
            "readOnly" => self.read_only |= value.as_bool() == Some(true),
            "writeOnly" => self.write_only |= value.as_bool() == Some(true),
            "discriminator" => self.discriminator = self.discriminator.or(Some(value)),
            "exclusiveMinimum" | "exclusiveMaximum" if value.as_bool().is_some() => {}
            "properties"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "items"
            | "prefixItems"
            | "additionalItems"
            | "anyOf"
            | "oneOf"
            | "nullable" => {}
            _ => {
                let format = FORMATS.iter().find(|f| **f == key);
                match (format, bound(key)) {
                    (Some(format), _) => drop(self.formats.entry(format).or_insert(value)),
                    (None, Some(place)) => self.bound(key, place, value, atom),
                    (None, None) => self.other(key, value),
                }
            }
        }
    }

    fn other(&mut self, key: &'a str, value: &'a Node) {
        self.others.entry(key).or_default().push(value);
    }

    fn typed(&mut self, value: &'a Node, atom: &'a Node) {
        let words: Vec<Option<&str>> = match &value.value {
            Value::List(items) => items.iter().map(Node::as_text).collect(),
            _ => vec![value.as_text()],
        };
        let mut types = Types::NONE;
        let mut null = atom.get("nullable").and_then(Node::as_bool) == Some(true);
        for word in words {
            match (word, word.and_then(Types::word)) {
                (_, Some(one)) => types = types.or(one),
                (Some("null"), _) => null = true,
                // A word of another dialect: it is compared as it stands, and may mean anything.
                _ => {
                    self.other("type", value);
                    return;
                }
            }
        }
        self.types = self.types.and(types);
        self.null &= null;
    }

    fn choices(&mut self, values: Vec<&'a Node>, is_const: bool) {
        self.null &= values.iter().any(|v| v.is_null());
        let values: Vec<&Node> = values.into_iter().filter(|v| !v.is_null()).collect();
        self.is_const |= is_const;
        self.values = Some(match self.values.take() {
            None => values,
            Some(before) => {
                let keys: BTreeSet<String> = values.iter().map(|v| value_key(v)).collect();
                before.into_iter().filter(|v| keys.contains(&value_key(v))).collect()
            }
        });
    }

    fn bound(
        &mut self,
        key: &'a str,
        (at, upper, keyword): (usize, bool, &'static str),
        value: &'a Node,
        atom: &'a Node,
    ) {
        let Some(number) = Decimal::of(value) else { return self.other(key, value) };
        let flag = match keyword {
            "minimum" => atom.get("exclusiveMinimum"),
            "maximum" => atom.get("exclusiveMaximum"),
            _ => None,
        };
        let exclusive = key.starts_with("exclusive") || flag.and_then(Node::as_bool) == Some(true);
        // No text is shorter than nothing.
        if !upper && at > 0 && number.is_zero() {
            return;
        }
        let limit = Limit { value: number, exclusive, node: value, keyword };
        let slot = if upper { &mut self.bounds[at].1 } else { &mut self.bounds[at].0 };
        if slot.as_ref().is_none_or(|before| stricter(&limit, before, upper)) {
            *slot = Some(limit);
        }
    }

    /// Named properties, and what holds for those without a name.
    fn properties(&mut self, atoms: &[&'a Node]) {
        let mut closing: Vec<&Node> = Vec::new();
        let mut rests: Vec<(&'a Node, &'a Node)> = Vec::new();
        let mut declared_in_closing: HashMap<&str, usize> = HashMap::new();
        for atom in atoms {
            let own = atom.get("properties").map(Node::members).unwrap_or_default();
            own.iter().for_each(|(name, schema)| self.fields.entry(name).or_default().push(schema));
            match atom.get("additionalProperties") {
                None => {}
                Some(schema) if says_nothing(schema) => {}
                Some(refusal @ Node { value: Value::Bool(false), .. }) => {
                    closing.push(atom);
                    self.closing = self.closing.or(Some(refusal));
                    own.iter().for_each(|(name, _)| *declared_in_closing.entry(name).or_default() += 1);
                }
                Some(schema) if rests.len() < MAX_RESTS => rests.push((atom, schema)),
                Some(_) => self.cut = true,
            }
        }
        if !closing.is_empty() {
            self.closed = true;
            // A name that one of the closed ones does not know is refused by it.
            self.fields.retain(|name, _| declared_in_closing.get(name) == Some(&closing.len()));
        }
        for (atom, schema) in rests {
            let own: BTreeSet<&str> = atom
                .get("properties")
                .map(|p| p.members().iter().map(|(name, _)| name.as_str()).collect())
                .unwrap_or_default();
            let foreign = self.fields.iter_mut().filter(|(name, _)| !own.contains(**name));
            foreign.for_each(|(_, conj)| conj.push(schema));
            self.rest.push(schema);
        }
        for schema in atoms.iter().filter_map(|atom| atom.get("unevaluatedProperties")) {
            match schema.value {
                Value::Bool(false) => {
                    self.closed = true;
                    self.closing = self.closing.or(Some(schema));
                }
                _ if says_nothing(schema) => {}
                _ => self.rest.push(schema),
            }
        }
        // A name that must be there is known, whatever it may hold; where others are refused it is not.
        if !self.closed {
            for name in &self.required {
                self.fields.entry(name).or_insert_with(|| self.rest.clone());
            }
        }
    }

    /// Items by position, and all others.
    fn lists(&mut self, atoms: &[&'a Node]) {
        let of = |atom: &'a Node| -> (&'a [Node], Option<&'a Node>) {
            match (atom.get("prefixItems"), atom.get("items")) {
                (Some(prefix), items) => (prefix.items(), items),
                // The older spelling: a list of items, and what follows it.
                (None, Some(Node { value: Value::List(prefix), .. })) => {
                    (prefix, atom.get("additionalItems"))
                }
                (None, items) => (&[], items),
            }
        };
        let longest = atoms.iter().map(|atom| of(atom).0.len()).max().unwrap_or(0);
        self.prefix = vec![Vec::new(); longest];
        for atom in atoms {
            let (prefix, items) = of(atom);
            for (at, conj) in self.prefix.iter_mut().enumerate() {
                conj.extend(prefix.get(at).or(items));
            }
            self.items.extend(items);
        }
    }

    /// Alternatives of which each is a list of values are one list: `oneOf` with a `const` and a text for each is
    /// how an `enum` is documented.
    fn listed(&mut self) {
        for group in std::mem::take(&mut self.groups) {
            match values_of(&group) {
                Some(values) => {
                    self.choices(values, false);
                    self.says = true;
                }
                None => self.groups.push(group),
            }
        }
    }

    /// What follows from several keywords together.
    fn settle(&mut self) {
        if self.types.and(Types::NUMBER) == Types::WHOLE {
            for (limit, upwards) in [(&mut self.bounds[0].0, true), (&mut self.bounds[0].1, false)] {
                // For whole numbers "above 4" and "above 4.5" are "from 5".
                let inexact = |l: &Limit| l.exclusive || !l.value.is_whole();
                if let Some(limit) = limit.as_mut().filter(|l| inexact(l))
                    && let Some(value) = limit.value.whole_beside(upwards)
                {
                    (limit.value, limit.exclusive) = (value, false);
                }
            }
        }
        if let Some(values) = self.values.take() {
            let kept: Vec<&Node> = values.into_iter().filter(|v| self.fits(v)).collect();
            self.types = kept.iter().fold(Types::NONE, |types, v| types.or(Types::of(v)));
            self.values = Some(kept);
        }
    }
}

/// The values of alternatives that are nothing but lists of them. What fits two of "exactly one" is refused, so no
/// value may stand in two.
fn values_of<'a>(group: &Group<'a>) -> Option<Vec<&'a Node>> {
    let mut values: Vec<&'a Node> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for branch in &group.branches {
        let plain = branch.members().iter().all(|(key, _)| match key.as_str() {
            "type" | "enum" | "const" => true,
            "$ref" | "allOf" => false,
            key => is_silent(key),
        });
        let own: Vec<&'a Node> = match (branch.get("enum"), branch.get("const")) {
            (Some(list), None) => list.items().iter().collect(),
            (None, Some(one)) => vec![one],
            _ => return None,
        };
        let kind = match branch.get("type") {
            Some(word) => Some(Types::word(word.as_text()?)?),
            None => None,
        };
        let fits = |value: &&Node| !value.is_null() && kind.is_none_or(|kind| kind.meets(Types::of(value)));
        if !plain || own.is_empty() || !own.iter().all(fits) {
            return None;
        }
        for value in own {
            match seen.insert(value_key(value)) {
                true => values.push(value),
                false if group.keyword == "oneOf" => return None,
                false => {}
            }
        }
    }
    Some(values)
}

/// Whether a schema takes anything.
fn says_nothing(schema: &Node) -> bool {
    match &schema.value {
        Value::Bool(takes) => *takes,
        Value::Map(members) => members.iter().all(|(k, _)| k != "$ref" && k != "allOf" && is_silent(k)),
        _ => true,
    }
}

/// A value as a key: numbers by what they are, maps by their members in order.
pub(super) fn value_key(value: &Node) -> String {
    match Decimal::of(value) {
        Some(number) => format!("{number:?}"),
        None => crate::canon::json::canonical(value),
    }
}

/// The place of a bound in [`BOUNDS`], whether it is the upper one, and its own keyword.
fn bound(key: &str) -> Option<(usize, bool, &'static str)> {
    let key = match key {
        "exclusiveMinimum" => "minimum",
        "exclusiveMaximum" => "maximum",
        other => other,
    };
    BOUNDS.iter().enumerate().find_map(|(at, (low, high, _))| match key {
        k if k == *low => Some((at, false, *low)),
        k if k == *high => Some((at, true, *high)),
        _ => None,
    })
}

/// Whether a bound accepts less than another one.
pub(super) fn stricter(one: &Limit, other: &Limit, upper: bool) -> bool {
    let order = one.value.cmp(&other.value);
    let tighter = if upper { order.is_lt() } else { order.is_gt() };
    tighter || order.is_eq() && one.exclusive && !other.exclusive
}
