//! Our keys and signatures against the `ssh-keygen` of this machine, both ways.
//!
//! Without `ssh-keygen` these tests fail: a gate that can't be checked against the real program is not checked.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cask::sign::envelope::{Purpose, pae};
use cask::sign::key::{KeyType, PublicKey};
use cask::sign::keypair::KeyPair;
use cask::sign::signature::{SignatureFault, from_sshsig_pem, verify};

const BODY: &[u8] = br#"{"decision":"approve","subject":{"id":"get_user"}}"#;

/// Name and seed byte of each test key.
const PEOPLE: [(&str, u8); 5] = [("alice", 1), ("bob", 2), ("carol", 3), ("mallory", 4), ("eve", 5)];

fn ssh_keygen(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("ssh-keygen")
        .args(args)
        .env_remove("SSH_AUTH_SOCK")
        .env_remove("SSH_ASKPASS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ssh-keygen must be installed to run these tests (Debian: openssh-client)");
    // A refusal may close the pipe before everything is written: the exit status says so.
    let _ = child.stdin.take().expect("stdin is piped").write_all(input);
    child.wait_with_output().expect("ssh-keygen ends")
}

fn stdout(args: &[&str], input: &[u8]) -> String {
    let out = ssh_keygen(args, input);
    assert!(out.status.success(), "ssh-keygen {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("ssh-keygen writes text")
}

/// A private key file that ssh-keygen accepts: readable by its owner only.
fn private_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the scratch folder is writable");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    }
    path
}

/// A key made by ssh-keygen: the path of its private half and our view of the public one.
fn made_key(folder: &Path) -> (String, PublicKey) {
    let path = folder.join("made").to_str().expect("a plain path").to_owned();
    stdout(&["-q", "-t", "ed25519", "-N", "", "-C", "made for a test", "-f", &path], b"");
    let line = std::fs::read_to_string(format!("{path}.pub")).expect("ssh-keygen wrote it");
    (path, PublicKey::from_openssh_line(&line).expect("an Ed25519 key"))
}

#[test]
fn what_ssh_keygen_signs_verifies_here() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = made_key(folder.path());
    assert_eq!(key.key_type(), KeyType::SshEd25519);
    for purpose in Purpose::ALL {
        let pem = stdout(&["-q", "-Y", "sign", "-f", &path, "-n", purpose.namespace()], &pae(purpose, BODY));
        let text = from_sshsig_pem(&pem).unwrap();
        assert_eq!(verify(&key, purpose, BODY, &text), Ok(()));

        for other in Purpose::ALL.into_iter().filter(|other| *other != purpose) {
            assert_eq!(verify(&key, other, BODY, &text), Err(SignatureFault::WrongNamespace));
        }
        assert_eq!(verify(&key, purpose, b"{}", &text), Err(SignatureFault::DoesNotVerify));
        let cut = &text[..text.len() - 4];
        assert_eq!(verify(&key, purpose, BODY, cut), Err(SignatureFault::Malformed));
        let stranger = KeyPair::generate([4; 32]).public().retyped(KeyType::SshEd25519).unwrap();
        assert_eq!(verify(&stranger, purpose, BODY, &text), Err(SignatureFault::DoesNotVerify));
    }
}

#[test]
fn what_ssh_keygen_signs_otherwise_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = made_key(folder.path());
    let sign = |options: &[&str], message: &[u8]| {
        let args = [&["-q", "-Y", "sign", "-f", &path], options].concat();
        verify(&key, Purpose::Approval, BODY, &from_sshsig_pem(&stdout(&args, message)).unwrap())
    };
    let envelope = pae(Purpose::Approval, BODY);
    assert_eq!(sign(&["-n", "cask.approval"], &envelope), Ok(()));
    assert_eq!(sign(&["-n", "file"], &envelope), Err(SignatureFault::WrongNamespace));
    assert_eq!(sign(&["-n", "git"], &envelope), Err(SignatureFault::WrongNamespace));
    let sha256 = ["-n", "cask.approval", "-O", "hashalg=sha256"];
    assert_eq!(sign(&sha256, &envelope), Err(SignatureFault::DoesNotVerify));
    // The body without its envelope, and in the envelope of another purpose.
    assert_eq!(sign(&["-n", "cask.approval"], BODY), Err(SignatureFault::DoesNotVerify));
    let other = pae(Purpose::Trust, BODY);
    assert_eq!(sign(&["-n", "cask.approval"], &other), Err(SignatureFault::DoesNotVerify));
}

#[test]
fn ssh_keygen_reads_the_key_files_written_here() {
    let folder = tempfile::tempdir().unwrap();
    let pair = KeyPair::generate([8; 32]);
    let line = pair.public().to_openssh_line("alice@example.com");

    let plain = pair.to_openssh("alice@example.com", None, [0; 20]).unwrap();
    let path = private_file(folder.path(), "plain", &plain);
    assert_eq!(stdout(&["-y", "-P", "", "-f", path.to_str().unwrap()], b"").trim_end(), line);

    let sealed = pair.to_openssh("alice@example.com", Some("a horse"), [7; 20]).unwrap();
    let path = private_file(folder.path(), "sealed", &sealed);
    assert_eq!(stdout(&["-y", "-P", "a horse", "-f", path.to_str().unwrap()], b"").trim_end(), line);
    let wrong = ssh_keygen(&["-y", "-P", "a donkey", "-f", path.to_str().unwrap()], b"");
    assert!(!wrong.status.success());

    // And a signature that it makes with such a file verifies.
    let path = folder.path().join("plain");
    let args = ["-q", "-Y", "sign", "-f", path.to_str().unwrap(), "-n", "cask.approval"];
    let text = from_sshsig_pem(&stdout(&args, &pae(Purpose::Approval, BODY))).unwrap();
    let key = pair.public().retyped(KeyType::SshEd25519).unwrap();
    assert_eq!(verify(&key, Purpose::Approval, BODY, &text), Ok(()));
}

#[test]
fn key_files_of_ssh_keygen_are_read_here_with_any_cipher() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = made_key(folder.path());
    let read = |passphrase| {
        let pair = KeyPair::from_openssh(&std::fs::read_to_string(&path).unwrap(), passphrase)?;
        Ok::<_, cask::sign::fault::KeyFault>(pair.public().retyped(KeyType::SshEd25519).unwrap())
    };
    assert_eq!(read(None), Ok(key.clone()));
    let mut old = "";
    for cipher in ["aes256-ctr", "aes256-gcm@openssh.com", "aes256-cbc", "chacha20-poly1305@openssh.com"] {
        stdout(&["-q", "-p", "-P", old, "-N", "a horse", "-Z", cipher, "-f", &path], b"");
        old = "a horse";
        assert_eq!(read(Some("a horse")), Ok(key.clone()), "{cipher}");
        assert_eq!(read(Some("a donkey")), Err(cask::sign::fault::KeyFault::Passphrase), "{cipher}");
        assert_eq!(read(None), Err(cask::sign::fault::KeyFault::Encrypted), "{cipher}");
    }
}

#[test]
fn the_test_keys_follow_from_their_seeds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys");
    for (name, seed) in PEOPLE {
        let pair = KeyPair::generate([seed; 32]);
        let comment = format!("{name} (test key)");
        let private = pair.to_openssh(&comment, None, [0; 20]).unwrap();
        let public = format!("{}\n", pair.public().to_openssh_line(&comment));
        let (path, path_pub) = (folder.join(name), folder.join(format!("{name}.pub")));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, private.as_bytes()).unwrap();
            std::fs::write(&path_pub, &public).unwrap();
        }
        let written = std::fs::read_to_string(&path).expect("BLESS=1 writes the test keys");
        assert_eq!(written, *private, "{name}");
        assert_eq!(std::fs::read_to_string(&path_pub).unwrap(), public);
        assert_eq!(KeyPair::from_openssh(&written, None).unwrap().key_id(), pair.key_id());
    }
}
