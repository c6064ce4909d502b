//! What keeps a toolpack from being served in a container: its container, the file that the image is built by, an engine,
//! the image.

use super::shape::{Looked, State};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::serving::read::Read;
use crate::cmd::serving::what::Where;
use crate::io::engine::Engine;
use crate::io::fs::read_inside;
use crate::mint::container::{dockerfile, version_of};
use crate::model::limits;
use crate::model::runtime::{Container, Mode};
use crate::model::toolpack::join;

/// What writes everything that a container needs.
const MINT: &str = "cask mint SOURCE -o FOLDER --runtime container, then cask gate allow surface";
/// What builds the image.
const BUILD: &str = "cask mint SOURCE -o FOLDER --runtime container --runtime-build, or see its Dockerfile";

/// Looks, where the toolpack is to be served in a container.
///
/// # Errors
/// toolpack.yaml says something of it that is none, or a file can't be read.
pub(super) fn look(asked: Where, read: &Read, ctx: &Ctx) -> Result<Vec<Looked>, Failed> {
    let (mode, runtime) = asked.of(&read.state.pack)?;
    if mode == Mode::Local {
        return Ok(Vec::new());
    }
    let Some(container) = runtime.container else {
        let what = "toolpack.yaml names no container";
        return Ok(vec![Looked::new("container", State::Wanting, what, Some(MINT))]);
    };
    let image = container.image.as_str();
    let what = format!("it is served in the image {image}");
    let mut looked = vec![Looked::new("container", State::Good, what, None)];
    looked.extend(file(read, &container)?);
    looked.extend(engine(&container, ctx));
    Ok(looked)
}

/// The file that the image is built by: what is approved of it is told elsewhere, here it is whether it is ours.
fn file(read: &Read, container: &Container) -> Result<Option<Looked>, Failed> {
    let Some(name) = &container.dockerfile else { return Ok(None) };
    let path = join(&read.state.pack.dir, name);
    let told = |state, what: &str| {
        let fix = (state != State::Good).then_some(MINT);
        Some(Looked::new("container-file", state, format!("{name} {what}"), fix))
    };
    let Some(bytes) = read_inside(&read.root, &path, limits::NAMED)? else {
        return Ok(told(State::Wanting, "is not there"));
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(match text == dockerfile(version_of(&text)) {
        true => told(State::Good, "is what this cask writes"),
        false => told(State::Wanting, "is not what this cask writes: see what else it puts into the image"),
    })
}

/// The engine, and whether it has the image.
fn engine(container: &Container, ctx: &Ctx) -> Vec<Looked> {
    let told = |id, what, fix: &str| Looked::new(id, State::Wanting, what, Some(fix));
    let engine = match Engine::working(ctx.var("PATH").as_deref(), None) {
        Ok(engine) => engine,
        Err(failure) => {
            let why = failure.why.first().map(|why| format!(": {why}")).unwrap_or_default();
            let fix = failure.hints.first().map_or("install docker or podman", String::as_str);
            let what = format!("{}: {}{why}", failure.subject, failure.message);
            return vec![told("container-engine", what, fix)];
        }
    };
    let name = engine.kind.program();
    let works = Looked::new("container-engine", State::Good, format!("{name} works"), None);
    let image = container.image.as_str();
    let has = match engine.has(image) {
        Ok(true) => {
            Looked::new("container-image", State::Good, format!("{name} has the image {image}"), None)
        }
        // It is fetched by its content when it is started.
        Ok(false) if container.image.is_pinned() => {
            Looked::new("container-image", State::Good, format!("{name} will fetch the image {image}"), None)
        }
        Ok(false) => told("container-image", format!("{name} has no image {image}"), BUILD),
        Err(failure) => told("container-image", failure.message, "see whether it works at all"),
    };
    vec![works, has]
}
