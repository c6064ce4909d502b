//! Whose certificates are believed: the roots of the system, or of `SSL_CERT_FILE`; where there are none, as in a
//! container with nothing but the program, Mozilla's; and beside them those of an enterprise. Calls of agents listen to
//! no environment.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::unfit::Unfit;
use crate::io::fs;

/// Most bytes of a file of certificates.
const FILE: usize = 8 << 20;

/// TLS with these roots.
///
/// # Errors
/// A file of certificates that is named and can't be read, or has none.
pub fn tls(roots: Option<&Path>, more: Option<&Path>) -> Result<ClientConfig, Unfit> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(path) => add(&mut store, path, "SSL_CERT_FILE")?,
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    if let Some(path) = more {
        add(&mut store, path, "NODE_EXTRA_CA_CERTS")?;
    }
    believing(store)
}

/// TLS with the roots of the system, whatever the environment says, and those of one more file.
///
/// # Errors
/// The file can't be read, or has none.
pub fn without_environment(more: Option<&Path>) -> Result<ClientConfig, Unfit> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(of_the_system());
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    if let Some(path) = more {
        add(&mut store, path, "--ca-file")?;
    }
    believing(store)
}

fn believing(store: RootCertStore) -> Result<ClientConfig, Unfit> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("TLS", &error.to_string()))?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}

/// Where systems keep all their roots in one file.
#[cfg(all(unix, not(target_vendor = "apple")))]
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

#[cfg(all(unix, not(target_vendor = "apple")))]
fn of_the_system() -> Vec<CertificateDer<'static>> {
    // The usual way in would follow SSL_CERT_FILE and SSL_CERT_DIR.
    let found =
        FILES.iter().map(|file| rustls_native_certs::load_certs_from_paths(Some(Path::new(file)), None));
    found.map(|found| found.certs).find(|certs| !certs.is_empty()).unwrap_or_default()
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn of_the_system() -> Vec<CertificateDer<'static>> {
    // These systems have a store of their own, which is asked unless the environment names another.
    match ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some()) {
        true => Vec::new(),
        false => rustls_native_certs::load_native_certs().certs,
    }
}

fn add(store: &mut RootCertStore, path: &Path, named: &str) -> Result<(), Unfit> {
    let bytes = match fs::read_bounded(path, FILE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(unusable(named, "there is no such file")),
        Err(fault) => return Err(unusable(named, &fault.message)),
    };
    let certificates: Vec<CertificateDer> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(named, &error.to_string()))?;
    match store.add_parsable_certificates(certificates) {
        (0, _) => Err(unusable(named, "the file has no certificate that can be read")),
        _ => Ok(()),
    }
}

fn unusable(named: &str, why: &str) -> Unfit {
    Unfit::means(
        format!("{named} can't be used: {why}"),
        format!("let {named} name a file of certificates in PEM, or unset it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_or_mozilla_has_roots_and_a_named_file_must_have_some() {
        assert!(tls(None, None).is_ok() && without_environment(None).is_ok());
        let dir = tempfile::tempdir().unwrap();
        let empty = dir.path().join("none.pem");
        std::fs::write(&empty, "no certificate\n").unwrap();
        for (roots, more, named) in [
            (Some(empty.as_path()), None, "SSL_CERT_FILE"),
            (None, Some(empty.as_path()), "NODE_EXTRA_CA_CERTS"),
            (None, Some(Path::new("/nowhere/ca.pem")), "NODE_EXTRA_CA_CERTS"),
        ] {
            let refused = tls(roots, more).unwrap_err();
            assert!(refused.reason.starts_with(named), "{refused}");
        }
        assert!(without_environment(Some(&empty)).unwrap_err().reason.starts_with("--ca-file"));
    }
}
