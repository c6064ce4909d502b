//! A file with one secret in it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::io::fs;
use crate::io::net::unfit::Unfit;

/// Most bytes of it.
const LONGEST: usize = 16 << 10;

/// The secret in a file, without the line break at its end. `named` is what named the file.
///
/// # Errors
/// There is none, it is not text, or others on this machine can read or change it. The path is not repeated: it may
/// be a secret that stands in the wrong place.
pub(super) fn read(path: &Path, named: &str) -> Result<Zeroizing<String>, Unfit> {
    let unfit = |why: &str| {
        let reason = format!("the file that {named} names {why}");
        Unfit::means(reason, "name a file with the value alone, which only you can read: chmod 600")
    };
    let unread = "can't be read, or is no file with a secret";
    let file = fs::open_regular(path).map_err(|_| unfit(unread))?.ok_or_else(|| unfit("is not there"))?;
    only_ours(&file).map_err(unfit)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(|_| unfit(unread))?;
    if bytes.len() > LONGEST {
        return Err(unfit("is longer than any secret"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| unfit("is not text"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

#[cfg(unix)]
fn only_ours(file: &File) -> Result<(), &'static str> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(meta) = file.metadata() else { return Err("can't be looked at") };
    match meta.permissions().mode() & 0o027 {
        0 => Ok(()),
        _ => Err("can be read or changed by others"),
    }
}

#[cfg(not(unix))]
fn only_ours(_: &File) -> Result<(), &'static str> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_others_can_read_is_refused_and_its_path_is_not_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "Bearer abc\n").unwrap();
        let mode = |bits| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(bits)).unwrap();
        for bits in [0o644, 0o604, 0o602, 0o660] {
            mode(bits);
            let refused = read(&path, "--auth-file").unwrap_err().to_string();
            assert!(refused.contains("--auth-file") && !refused.contains("token"), "{refused}");
        }
        // A volume of secrets is often readable by the group of whoever runs the container.
        for bits in [0o600, 0o400, 0o440] {
            mode(bits);
            assert_eq!(read(&path, "--auth-file").unwrap().as_str(), "Bearer abc");
        }
        mode(0o600);
        std::fs::write(&path, "x".repeat(LONGEST + 1)).unwrap();
        assert!(read(&path, "--auth-file").is_err());
        assert!(read(&dir.path().join("none"), "--auth-file").is_err());
        assert!(read(dir.path(), "--auth-file").is_err());
    }
}
