//! TOML bytes → [`Node`], over the spans of the crate `toml`: tables become maps, dates stay text. Bounded as
//! the other readers are, and every value keeps its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, FaultKind};
use super::limits::Limits;
use super::node::{Node, Value};
use super::open::{self, Bom};

/// Reads a TOML document.
///
/// # Errors
/// `Limit` over size, depth, number or length of values; `Conflict` for markers of an unfinished merge;
/// `Strict` for numbers without a canonical form; else `Syntax`. All but encoding faults name the line.
pub fn read_toml(file: &str, bytes: &[u8], limits: &Limits) -> Result<Node, Fault> {
    let text = open::open(file, bytes, limits, Bom::Skipped)?;
    open::merged(file, text)?;
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| open::line_at(text.as_bytes(), span.start));
        let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
        open::syntax(Fault::new(file, FaultKind::Syntax, message).line(line), text)
    })?;
    let lines = Lines::of(text);
    let mut reader = Reader { file, lines, nodes: 0, limits };
    let line = reader.lines.at(table.span().start);
    let node = reader.table(table.into_inner(), line, 1);
    node.map_err(|fault| fault.excerpt_of(text))
}

/// Where lines begin: spans come in the order of keys, not of the file.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        Lines(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    fn at(&self, byte: usize) -> u32 {
        u32::try_from(self.0.partition_point(|end| *end < byte) + 1).unwrap_or(u32::MAX)
    }
}

struct Reader<'a> {
    file: &'a str,
    lines: Lines,
    nodes: usize,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn fault(&self, kind: FaultKind, line: u32, message: String) -> Fault {
        Fault::new(self.file, kind, message).line(line)
    }

    /// Counts one more value.
    fn count(&mut self, line: u32, depth: usize) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            let message = format!("more than {} values", self.limits.nodes);
            return Err(self.fault(FaultKind::Limit, line, message));
        }
        if depth > self.limits.depth_in_force() {
            let message = format!("lists and maps more than {} deep", self.limits.depth_in_force());
            return Err(self.fault(FaultKind::Limit, line, message));
        }
        Ok(())
    }

    fn text(&self, text: &str, line: u32) -> Result<String, Fault> {
        match text.len() > self.limits.text {
            true => {
                let message = format!("a text of more than {} bytes", self.limits.text);
                Err(self.fault(FaultKind::Limit, line, message))
            }
            false => Ok(text.to_owned()),
        }
    }

    fn table(&mut self, table: DeTable, line: u32, depth: usize) -> Result<Node, Fault> {
        self.count(line, depth)?;
        let mut members = Vec::new();
        for (key, value) in table {
            let at = self.lines.at(key.span().start);
            let key = self.text(key.get_ref(), at)?;
            members.push((at, key, self.value(value, depth + 1)?));
        }
        // The crate sorts by key; people read in the order of the file.
        members.sort_by_key(|(at, ..)| *at);
        Ok(Node {
            value: Value::Map(members.into_iter().map(|(_, key, value)| (key, value)).collect()),
            line,
        })
    }

    fn value(&mut self, value: Spanned<DeValue>, depth: usize) -> Result<Node, Fault> {
        let line = self.lines.at(value.span().start);
        let value = match value.into_inner() {
            DeValue::Table(table) => return self.table(table, line, depth),
            DeValue::Array(items) => {
                self.count(line, depth)?;
                let items = items.into_iter().map(|item| self.value(item, depth + 1));
                Value::List(items.collect::<Result<_, Fault>>()?)
            }
            scalar => {
                self.count(line, 0)?;
                self.scalar(&scalar, line)?
            }
        };
        Ok(Node { value, line })
    }

    fn scalar(&self, value: &DeValue, line: u32) -> Result<Value, Fault> {
        Ok(match value {
            DeValue::String(text) => Value::Text(self.text(text, line)?),
            DeValue::Boolean(is) => Value::Bool(*is),
            DeValue::Integer(int) => {
                match i128::from_str_radix(&int.as_str().replace('_', ""), int.radix()) {
                    Ok(int) => Value::Int(int.to_string()),
                    Err(_) => {
                        return Err(self.fault(
                            FaultKind::Strict,
                            line,
                            "an integer that is too long".into(),
                        ));
                    }
                }
            }
            DeValue::Float(float) => match float.as_str().replace('_', "").parse::<f64>() {
                Ok(float) if float.is_finite() => Value::Float(float),
                _ => return Err(self.fault(FaultKind::Strict, line, "a number that is not finite".into())),
            },
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            // Handled by the caller: they hold others.
            DeValue::Array(_) | DeValue::Table(_) => Value::Null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::canonical;

    fn read(text: &str) -> Result<Node, Fault> {
        read_toml("config.toml", text.as_bytes(), &Limits::new(1 << 20))
    }

    #[test]
    fn values_keep_their_lines_and_the_order_of_the_file() {
        let node = read(
            "model = \"x\"\n\n[mcp_servers.files]\ncommand = \"npx\"\nargs = [\n  \"-y\",\n  \"files@1.0.0\",\n]\nenv = { A = \"1\" }\n",
        )
        .expect("read");
        let args = node.at("/mcp_servers/files/args").expect("args");
        assert_eq!((args.line, args.items()[1].line), (5, 7));
        let names: Vec<&str> = node
            .at("/mcp_servers/files")
            .map(Node::members)
            .unwrap_or_default()
            .iter()
            .map(|(k, _)| k.as_str())
            .collect();
        assert_eq!(names, ["command", "args", "env"]);
        let all = read("a = 0x10\nb = 1_000\nc = 1.5\nd = true\ne = 2026-01-02\n").expect("read");
        assert_eq!(canonical(&all), r#"{"a":16,"b":1000,"c":1.5,"d":true,"e":"2026-01-02"}"#);
    }

    #[test]
    fn what_is_not_read_names_its_line() {
        for (text, line) in [
            ("a = 1\na = 2\n", 2),
            ("a = 1\nb\n", 2),
            ("a = 1\n\nb = inf\n", 3),
            ("a = [1\n", 1),
            ("<<<<<<< x\na = 1\n", 1),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.line >= line, "{text:?}: {fault}");
        }
        assert_eq!(
            read_toml("f", b"a = \"\xff\"", &Limits::new(64)).expect_err("bytes").kind,
            FaultKind::Syntax
        );
        assert_eq!(read_toml("f", &[b' '; 65], &Limits::new(64)).expect_err("long").kind, FaultKind::Limit);
        assert!(read(&format!("a = {}{}", "[".repeat(5_000), "]".repeat(5_000))).is_err());
        assert!(read(&format!("[{}a]", "a.".repeat(5_000))).is_err());
    }
}
