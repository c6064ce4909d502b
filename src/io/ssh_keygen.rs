//! Signing with keys that only OpenSSH can reach (agents, security keys): bytes in, an SSH signature out.
//!
//! The signature is made by `ssh-keygen -Y sign` (PROTOCOL.sshsig of OpenSSH) and judged elsewhere, as any
//! other; what comes out of here is trusted no more than what stands in a file.

use std::path::Path;
use std::time::Duration;

use super::failure::Failure;
use super::fs;
use super::process;

/// How long a passphrase, an agent's question or a touch is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// Largest signature, in bytes.
const MAX_SIGNATURE: usize = 64 << 10;

/// Signs bytes under a namespace with hash SHA-512; gives the armoured signature. `key` may be a public key
/// whose private part an agent holds.
///
/// # Errors
/// ssh-keygen is missing, refuses, or does not end in two minutes.
pub fn sign(namespace: &str, key: &Path, bytes: &[u8]) -> Result<String, Failure> {
    sign_within(namespace, key, bytes, PATIENCE)
}

fn sign_within(namespace: &str, key: &Path, bytes: &[u8], patience: Duration) -> Result<String, Failure> {
    let subject = format!("the signature by {}", key.display());
    let failed = |why: String| Failure::new(&subject, "it could not be made").why(why);
    let dir = tempfile::Builder::new().prefix("cask-sign-").tempdir().map_err(|e| failed(e.to_string()))?;
    let message = dir.path().join("message");
    fs::write_private(&message, bytes)?;
    let mut command = process::program("ssh-keygen");
    command.args(["-Y", "sign", "-n", namespace, "-O", "hashalg=sha512", "-f"]).arg(key).arg(&message);
    command.env("LC_ALL", "C");
    let out = process::run(&mut command, MAX_SIGNATURE, patience).map_err(|trouble| {
        failed(trouble.message("ssh-keygen"))
            .hint("ssh-add -l   (does the agent hold the key?)")
            .hint("ssh -V   (OpenSSH 8.9 or newer is needed)")
    })?;
    if out.code != Some(0) {
        // What it is doing stands before what went wrong.
        let why = out.stderr.lines().rfind(|l| !l.trim().is_empty()).unwrap_or_default().trim();
        return Err(
            failed(why.chars().take(300).collect()).hint("ssh-add -l   (does the agent hold the key?)")
        );
    }
    let signature = fs::read_inside(dir.path(), "message.sig", MAX_SIGNATURE)?
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|text| text.starts_with("-----BEGIN SSH SIGNATURE-----"));
    signature.ok_or_else(|| failed("ssh-keygen left no signature".to_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Stdio;

    fn keygen(args: &[&str], dir: &Path) {
        let out = std::process::Command::new("ssh-keygen")
            .args(args)
            .current_dir(dir)
            .stdin(Stdio::null())
            .output();
        let out = out.expect("ssh-keygen runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    #[test]
    fn a_real_key_signs_and_the_namespace_binds() {
        let dir = tempfile::tempdir().unwrap();
        keygen(&["-q", "-t", "ed25519", "-N", "", "-f", "key", "-C", "test"], dir.path());
        let key = dir.path().join("key");
        let pem = sign("cask.approval", &key, b"bytes").unwrap();
        let signature: ssh_key::SshSig = pem.parse().unwrap();
        let public = std::fs::read_to_string(dir.path().join("key.pub")).unwrap();
        let public = ssh_key::PublicKey::from_openssh(&public).unwrap();
        public.verify("cask.approval", b"bytes", &signature).unwrap();
        assert!(public.verify("cask.trust", b"bytes", &signature).is_err());
        assert!(public.verify("cask.approval", b"other", &signature).is_err());
        assert_eq!(signature.hash_alg(), ssh_key::HashAlg::Sha512);
    }

    #[test]
    fn a_key_that_is_not_there_is_told() {
        let failure = sign_within("n", Path::new("/no/such/key"), b"x", Duration::from_secs(20)).unwrap_err();
        assert!(failure.subject.contains("/no/such/key"));
        assert!(!failure.why.is_empty() && !failure.hints.is_empty(), "{failure:?}");
    }
}
