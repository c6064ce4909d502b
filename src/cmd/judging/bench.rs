//! What toolpacks are judged against, and a toolpack with both sides: trees in, loaded sides and the ground on which
//! signatures are looked at out.

use std::collections::{BTreeMap, HashSet};
use std::panic::resume_unwind;
use std::sync::{Arc, mpsc};
use std::thread;

use crate::canon::digest::sha256_hex;
use crate::canon::time::Timestamp;
use crate::cmd::before::Side;
use crate::cmd::failed::Failed;
use crate::gate::discovery::{Found, Paired};
use crate::gate::sides::max_age_days;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::model::gate_config::{GateFile, MAX_EXEMPTION_DAYS};
use crate::model::limits;
use crate::sign::genuine::Genuine;
use crate::sign::ground::{Base, Ground, SignatureIndex};
use crate::sign::keyring::Keyring;

/// What toolpacks are judged against.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The state under review.
    pub head: &'a Tree,
    /// The state that it is compared with; `None`: none is asked.
    pub base: Option<&'a Tree>,
    /// Whether the base has neither trust file nor lockfile.
    pub bootstrap: bool,
    /// Who may sign.
    pub keyring: &'a Keyring<'a>,
    /// The gate's configuration in force.
    pub gate: &'a GateFile,
    /// Whether what changed is told. Where only approvals are asked for, the base is what they are measured against.
    pub tells_changes: bool,
    /// Login of the author, if known.
    pub author: Option<&'a str>,
    /// The machine's clock.
    pub now: Timestamp,
    /// What was read of the head before it came here.
    pub in_hand: Option<InHand<'a>>,
}

/// A toolpack that was read already, beside the files that it was made from, and its signatures that held when it was
/// judged before: all this is judged, whatever becomes of the files in the tree.
#[derive(Clone, Copy)]
pub struct InHand<'a> {
    /// The toolpack.
    pub side: &'a Arc<Side>,
    /// Its files by their paths.
    pub files: &'a BTreeMap<String, Vec<u8>>,
    /// Its signatures that were found to hold.
    pub genuine: &'a Genuine,
}

impl InHand<'_> {
    /// The toolpack, if it is the one of this toolpack.yaml, once `see` has got its files.
    fn taken(&self, header: &str, see: &mut dyn FnMut(&str, &[u8])) -> Option<Arc<Side>> {
        let is_it = self.side.loaded.header_path == header;
        is_it.then(|| {
            self.files.iter().for_each(|(path, bytes)| see(path, bytes));
            Arc::clone(self.side)
        })
    }
}

/// A toolpack with both sides in memory. Where nothing differs, both are one.
pub struct Both {
    /// The state under review.
    pub head: Option<Arc<Side>>,
    /// The state that it is compared with, where its bytes differ.
    pub base: Option<Side>,
    /// Whether git says that nothing differs.
    pub untouched: bool,
    /// Whether nothing differs, of a work tree too.
    is_one: bool,
}

impl Both {
    /// What it was.
    pub fn base(&self) -> Option<&Side> {
        if self.is_one { self.head.as_deref() } else { self.base.as_ref() }
    }
}

/// Has git hand over in one go what the toolpacks will be read from: of the base only what differs. Once is
/// enough: whoever reads beside the judging calls this before.
pub fn read_ahead(bench: &Bench, paired: &[&Paired]) {
    let heads = paired.iter().filter_map(|p| p.head.as_ref());
    let bases = paired.iter().filter(|p| !is_untouched(bench, p)).filter_map(|p| p.base.as_ref());
    rayon::join(|| read_ahead_of(bench.head, heads), || bench.base.map(|base| read_ahead_of(base, bases)));
}

/// The same of some toolpacks of one tree.
pub fn read_ahead_of<'a>(tree: &Tree, found: impl Iterator<Item = &'a Found>) {
    let dirs: HashSet<&str> = found.map(Found::dir).collect();
    tree.read_ahead(|path| {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        std::iter::once("").chain(above).any(|dir| dirs.contains(dir))
    });
}

/// Whether git names the toolpack's folder alike on both sides: then nothing of it differs.
pub(super) fn is_untouched(bench: &Bench, paired: &Paired) -> bool {
    match (&paired.head, &paired.base, bench.base) {
        (Some(h), Some(b), Some(base)) if h == b => bench.head.has_same_folder(base, h.dir()),
        _ => false,
    }
}

/// What is read of a toolpack of the work tree, beside what base has in the same places. To compare bytes is much less
/// than to read a toolpack twice; and what was compared are the bytes that are judged, whatever becomes of the file.
struct Beside<'t> {
    base: &'t Tree,
    /// Paths of what was read, and whether base has the same there.
    same: BTreeMap<String, bool>,
}

impl<'t> Beside<'t> {
    /// Looks at files that were read, as they come. What base has no way to tell is not the same.
    fn of(base: &'t Tree, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Beside<'t> {
        let is_same = |(path, bytes): (String, Vec<u8>)| {
            let same = matches!(base.read(&path, bytes.len()), Ok(Some(was)) if was == bytes);
            (path, same)
        };
        Beside { base, same: files.into_iter().map(is_same).collect() }
    }

    /// Whether base would read as the toolpack did that was made of what was seen.
    fn is_all_of(&self, read: &Loaded) -> bool {
        let is_absent = |path: &str| matches!(self.base.read(path, 0), Ok(None));
        let named = read.pack.files.iter().all(|(file, digest)| {
            let path = read.pack.path(file);
            match digest {
                None => is_absent(&path),
                Some(digest) => matches!(self.base.read(&path, limits::NAMED),
                    Ok(Some(was)) if sha256_hex(&was) == *digest),
            }
        });
        let names: Vec<String> = read.pack.files.keys().map(|file| read.pack.path(file)).collect();
        let mut rest = load::looked_at(&read.header_path, &read.pack.header).into_iter();
        // A lockfile that base has in another place than the one that was found would be found there.
        named
            && rest.all(|path| match self.same.get(&path) {
                Some(same) => *same,
                None => names.contains(&path) || is_absent(&path),
            })
    }
}

/// Reads both sides of a toolpack.
///
/// # Errors
/// A file that cannot be read.
pub fn load_both(bench: &Bench, paired: &Paired) -> Result<Both, Failed> {
    let untouched = is_untouched(bench, paired);
    // Of a commit git says it without the bytes.
    let is_here = bench.head.commit().is_none() && paired.head == paired.base;
    let (head, is_as_it_was) = match (&paired.head, bench.base) {
        (Some(found), Some(base)) if is_here && !untouched => {
            let (head, is_as_it_was) = head_beside(bench, found, base)?;
            (Some(head), is_as_it_was)
        }
        (Some(found), _) => (Some(head(bench, found, &mut |_, _| ())?), false),
        (None, _) => (None, false),
    };
    let is_one = untouched || is_as_it_was;
    let base = match (&paired.base, bench.base) {
        (Some(found), Some(tree)) if !is_one => Some(Side::read(tree, &found.header, about(found))?),
        _ => None,
    };
    let base = base.map(|b| b.as_base_of(head.as_deref().map(Side::generation))).transpose()?;
    Ok(Both { head, base, untouched, is_one })
}

/// How a toolpack is named in what goes wrong.
fn about(found: &Found) -> &str {
    if found.dir().is_empty() { "." } else { found.dir() }
}

/// A toolpack under review; `see` gets the files that it is made from.
fn head(bench: &Bench, found: &Found, see: &mut dyn FnMut(&str, &[u8])) -> Result<Arc<Side>, Failed> {
    match bench.in_hand.and_then(|own| own.taken(&found.header, see)) {
        Some(side) => Ok(side),
        None => Side::read_seen(bench.head, &found.header, about(found), see).map(Arc::new),
    }
}

/// The same, and whether base has the very bytes that it is made from: git hands out those of base while it is read.
fn head_beside(bench: &Bench, found: &Found, base: &Tree) -> Result<(Arc<Side>, bool), Failed> {
    let (seen, files) = mpsc::channel();
    thread::scope(|scope| {
        let beside = scope.spawn(|| Beside::of(base, files));
        // Whoever compares is there until all was seen.
        let head = head(bench, found, &mut |path, bytes| _ = seen.send((path.to_owned(), bytes.to_vec())));
        drop(seen);
        let beside = beside.join().unwrap_or_else(|panic| resume_unwind(panic));
        head.map(|head| {
            let is_as_it_was = beside.is_all_of(&head.loaded);
            (head, is_as_it_was)
        })
    })
}

/// The ground on which signatures of a toolpack are looked at.
pub fn ground<'a>(
    bench: &'a Bench,
    id: &'a str,
    dir: &'a str,
    base: Base<'a>,
    index: &'a SignatureIndex,
) -> Ground<'a> {
    let exemptions = &bench.gate.exemptions;
    Ground {
        keyring: bench.keyring,
        toolpack_id: id,
        toolpack_dir: dir,
        now: bench.now,
        author: bench.author,
        base,
        max_age_days: max_age_days(&bench.keyring.trust.file.rules, bench.gate),
        max_exemption_days: exemptions.allowed.then_some(exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
        elsewhere: index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const HEADER: &str = "packs/shop/toolpack.yaml";
    const LOCK: &str = "packs/shop/lockfile/caskmcp.lock.yaml";
    const TOOLS: &str = "packs/shop/artifact/tools.json";

    type Files = BTreeMap<String, Vec<u8>>;

    fn below(dir: &Path, name: &str, out: &mut Files) {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let (path, kind) =
                entry.map(|one| (one.path(), one.file_type().expect("a kind"))).expect("an entry");
            let name = format!("{name}/{}", path.file_name().expect("a name").to_string_lossy());
            match kind.is_dir() {
                true => below(&path, &name, out),
                false => _ = out.insert(name, std::fs::read(&path).expect("a file")),
            }
        }
    }

    /// A toolpack that names a file that is there and others that are not, with a lockfile.
    fn files() -> Files {
        let mut files = Files::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrate/base");
        below(&folder, "packs/shop", &mut files);
        files
    }

    /// Whether a head is as a base is, told by what was read of it; `then` is done to the head between.
    fn is_same(head: &Tree, base: &Files, then: impl FnOnce()) -> bool {
        let base = Tree::memory(base.clone());
        let mut seen = Files::new();
        let mut see = |path: &str, bytes: &[u8]| _ = seen.insert(path.to_owned(), bytes.to_vec());
        let (read, ()) = load::toolpack_seen(head, HEADER, &mut see, |_| ()).expect("it reads");
        then();
        Beside::of(&base, seen).is_all_of(&read)
    }

    #[test]
    fn a_toolpack_is_as_it_was_if_all_that_is_read_of_it_is() {
        let same = |head: &Files, base: &Files| is_same(&Tree::memory(head.clone()), base, || ());
        let files = files();
        assert!(same(&files, &files));
        // What nobody reads of it decides nothing.
        let with = |path: &str, bytes: &[u8]| {
            let mut files = self::files();
            files.insert(path.to_owned(), bytes.to_vec());
            files
        };
        assert!(same(&with("packs/shop/README.md", b"x"), &files));
        for path in load::looked_at(HEADER, &header(&files)).iter().filter(|path| files.contains_key(*path)) {
            // The same content in other bytes: longer, then shorter, on the base.
            let longer = with(path, &[&files[path][..], b"\n"].concat());
            assert!(!same(&files, &longer) && !same(&longer, &files), "{path}");
            let mut without = files.clone();
            without.remove(path);
            assert!(!same(&files, &without), "{path}");
        }
        // A lockfile that is new, and one that base would have read in its place.
        let mut without = files.clone();
        without.remove(LOCK);
        assert!(same(&without, &without) && !same(&without, &with(LOCK, b"x")));
        assert!(!same(&files, &with("packs/shop/artifact/contract.json", b"x")));
    }

    #[test]
    fn what_counts_is_what_was_read_whatever_becomes_of_the_file() {
        let files = files();
        let dir = tempfile::tempdir().expect("a folder");
        let put = |path: &str, bytes: &[u8]| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, bytes).expect("a file");
        };
        files.iter().for_each(|(path, bytes)| put(path, bytes));
        let head = || Tree::folder(dir.path().to_owned());
        let other = [&files[TOOLS][..], b"\n"].concat();
        assert!(is_same(&head(), &files, || put(TOOLS, &other)), "it was as it was when it was read");
        assert!(!is_same(&head(), &files, || put(TOOLS, &files[TOOLS])), "it was another when it was read");
    }

    fn header(files: &Files) -> crate::model::toolpack::Header {
        load::read_header(HEADER, &files[HEADER]).expect("a header")
    }
}
