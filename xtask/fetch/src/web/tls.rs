//! Which certificates are trusted: those that this machine trusts, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.

use std::sync::Arc;

use anyhow::{Result, bail};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Fails when the environment names certificates that cannot be read. A machine without any gets Mozilla's list.
pub fn config() -> Result<TlsConfig> {
    let found = rustls_native_certs::load_native_certs();
    let is_named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
    if found.certs.is_empty() && is_named {
        let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        bail!("there is no certificate where SSL_CERT_FILE or SSL_CERT_DIR points{why}: mend or unset them");
    }
    if found.certs.is_empty() {
        return Ok(TlsConfig::builder().root_certs(RootCerts::WebPki).build());
    }
    let certificates = found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    Ok(TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(certificates))).build())
}
