//! Which toolpacks a command is about: those that were named, else those below the folder it runs in.

use std::path::{Path, PathBuf};

use super::ctx::Ctx;
use super::failed::Failed;
use super::options::PackArgs;
use crate::gate::discovery::Found;
use crate::io::git::Repo;
use crate::io::load;
use crate::io::tree::Tree;
use crate::model::command::Here;
use crate::model::limits;
use crate::model::toolpack::HEADER;

/// Most toolpacks that are named where one is asked for.
const NAMED: usize = 8;
/// How one is named where none can be told.
const ONE: &str = "--toolpack <folder>";

/// A place on disk whose toolpacks are judged: the work tree of a repository, or a plain folder.
pub struct Place {
    /// The repository, if it is in one.
    pub repo: Option<Repo>,
    /// Its files.
    pub tree: Tree,
    /// Its root.
    pub root: PathBuf,
    /// The toolpacks that the command is about.
    pub found: Vec<Found>,
}

impl Place {
    /// Where somebody who is in a folder stands to it.
    pub fn here(&self, folder: &Path) -> Here {
        here_in(folder, &self.root)
    }

    /// What is wrong, with the toolpacks that lie here as each is named from where the command runs.
    fn offer(&self, failed: Failed, ctx: &Ctx) -> Failed {
        let here = self.here(&ctx.cwd);
        let ways: Vec<String> =
            self.found.iter().filter_map(|one| here.typed(one.dir())).take(NAMED).collect();
        match ways.is_empty() {
            true => failed.hint(ONE),
            false => ways.into_iter().fold(failed, |failed, way| failed.hint(format!("--toolpack {way}"))),
        }
    }
}

/// Where somebody who is in a folder stands to a root.
pub fn here_in(folder: &Path, root: &Path) -> Here {
    let folders = |path: &Path| {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let steps = whole.components().map(|step| step.as_os_str().to_str().map(str::to_owned));
        steps.collect::<Option<Vec<String>>>()
    };
    match (folders(folder), folders(root)) {
        (Some(here), Some(root)) => Here::between(&here, &root),
        // What has no name as text is in no command.
        _ => Here::default(),
    }
}

/// Finds the toolpacks that a command is about.
///
/// # Errors
/// A path that is no toolpack, toolpacks in several repositories, or no toolpack at all.
pub fn find(args: &PackArgs, ctx: &Ctx) -> Result<Place, Failed> {
    if let Some(path) = args.toolpack.iter().find(|path| !ctx.cwd.join(path).exists()) {
        return Err(no_toolpack(&path.display().to_string()));
    }
    let named: Vec<PathBuf> = args.toolpack.iter().map(|p| ctx.cwd.join(p)).collect();
    let anchor = match (named.first(), &args.lockfile) {
        (Some(path), _) => folder(path),
        (None, Some(lock)) => {
            toolpack_above(&ctx.cwd.join(lock)).ok_or_else(|| no_toolpack(&lock.display().to_string()))?
        }
        (None, None) => ctx.cwd.clone(),
    };
    let repo = Repo::discover(&anchor)?.filter(|r| !r.is_bare());
    let root = repo.as_ref().map_or_else(|| anchor.clone(), |r| r.root().to_owned());
    let root = root.canonicalize().unwrap_or(root);
    let tree = match &repo {
        Some(repo) => Tree::worktree(repo),
        None => Tree::folder(root.clone()),
    };
    let headers: Vec<String> = match (named.is_empty(), &args.lockfile) {
        (false, _) => named.iter().map(|path| header_of(&root, path)).collect::<Result<_, _>>()?,
        (true, Some(_)) => vec![header_of(&root, &anchor)?],
        (true, None) => {
            let below = ctx.cwd.canonicalize().unwrap_or_else(|_| ctx.cwd.clone());
            let prefix = relative(&root, &below).unwrap_or_default();
            let all = load::headers(&tree)?;
            all.into_iter().filter(|h| prefix.is_empty() || h.starts_with(&format!("{prefix}/"))).collect()
        }
    };
    if headers.is_empty() {
        return Err(Failed::new("input", "this folder", "no toolpack is here or below")
            .hint("name one: --toolpack <folder>"));
    }
    let found = headers.into_iter().map(|header| identify(&tree, header)).collect::<Result<_, Failed>>()?;
    Ok(Place { repo, tree, root, found })
}

/// The place where a command runs, without any toolpack: for those that only ask whose trust is in force.
///
/// # Errors
/// Git failed.
pub fn here(ctx: &Ctx) -> Result<Place, Failed> {
    let repo = Repo::discover(&ctx.cwd)?.filter(|repo| !repo.is_bare());
    let root = repo.as_ref().map_or_else(|| ctx.cwd.clone(), |repo| repo.root().to_owned());
    let tree = match &repo {
        Some(repo) => Tree::worktree(repo),
        None => Tree::folder(root.clone()),
    };
    Ok(Place { repo, tree, root, found: Vec::new() })
}

/// That a command is about one toolpack and none was named.
pub fn unnamed(message: &str, ctx: &Ctx) -> Failed {
    let failed = Failed::new("usage", "", message);
    match find(&PackArgs::default(), ctx) {
        Ok(place) => place.offer(failed, ctx),
        Err(_) => failed.hint(ONE),
    }
}

/// The same, of several that were found.
pub fn several(place: &Place, ctx: &Ctx) -> Failed {
    place.offer(Failed::new("usage", "", "there are several toolpacks below this folder"), ctx)
}

/// A toolpack in a folder that stands for its repository, where git is not asked.
///
/// # Errors
/// The folder is none, or the toolpack does not lie in it.
pub fn mounted(dir: &Path, toolpack: &Path, ctx: &Ctx) -> Result<Place, Failed> {
    let shown = dir.display().to_string();
    let root = ctx.cwd.join(dir).canonicalize();
    let root =
        root.map_err(|error| Failed::new("usage", &shown, format!("--mounted names no folder: {error}")))?;
    let path = ctx.cwd.join(toolpack);
    if !folder(&path).canonicalize().is_ok_and(|found| found.starts_with(&root)) {
        return Err(no_toolpack(&toolpack.display().to_string()).looked("below", shown));
    }
    let tree = Tree::folder(root.clone());
    let found = vec![identify(&tree, header_of(&root, &path)?)?];
    Ok(Place { repo: None, tree, root, found })
}

fn no_toolpack(path: &str) -> Failed {
    Failed::new("input", path, "no toolpack.yaml lies there")
        .hint("--toolpack takes a toolpack's folder or its toolpack.yaml")
}

fn folder(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.to_owned()
    } else {
        path.parent().map_or_else(|| path.to_owned(), Path::to_owned)
    }
}

/// The nearest folder above a lockfile that has a toolpack.yaml.
fn toolpack_above(lock: &Path) -> Option<PathBuf> {
    lock.ancestors().skip(1).take(10).find(|dir| dir.join(HEADER).is_file()).map(Path::to_owned)
}

/// The path of a toolpack's header from the root.
fn header_of(root: &Path, path: &Path) -> Result<String, Failed> {
    let shown = path.display().to_string();
    let dir = folder(path).canonicalize().map_err(|_| no_toolpack(&shown))?;
    let name = match path.is_dir() {
        true => HEADER.to_owned(),
        false => path.file_name().map_or_else(|| HEADER.to_owned(), |n| n.to_string_lossy().into_owned()),
    };
    if !["toolpack.yaml", "toolpack.yml"].iter().any(|header| name.eq_ignore_ascii_case(header)) {
        return Err(no_toolpack(&relative(root, path).unwrap_or(name)));
    }
    let inside = relative(root, &dir).ok_or_else(|| {
        Failed::new("input", shown, "the toolpacks lie in different repositories")
            .hint("run the command once for each")
    })?;
    Ok(if inside.is_empty() { name } else { format!("{inside}/{name}") })
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    Some(
        rest.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/"),
    )
}

/// Reads the id of the toolpack whose toolpack.yaml lies at a path.
///
/// # Errors
/// It can't be read.
pub fn identify(tree: &Tree, header: String) -> Result<Found, Failed> {
    let bytes = tree.read(&header, limits::SMALL)?.ok_or_else(|| no_toolpack(&header))?;
    let read = load::read_header(&header, &bytes)?;
    Ok(Found { header, id: read.toolpack_id })
}
