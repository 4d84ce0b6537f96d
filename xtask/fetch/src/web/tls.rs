//! Which certificates are trusted: those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or else those that this machine
//! trusts.

use std::sync::Arc;

use anyhow::{Result, bail};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Fails if the environment names certificates that cannot be read. On a machine without certificates, Mozilla's list
/// is used.
pub(crate) fn config() -> Result<TlsConfig> {
    let found = rustls_native_certs::load_native_certs();
    let is_configured = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
    if found.certs.is_empty() && is_configured {
        let reason = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        bail!(
            "no certificate found in SSL_CERT_FILE or SSL_CERT_DIR{reason}\nhelp: correct or unset these variables"
        );
    }
    if found.certs.is_empty() {
        return Ok(TlsConfig::builder().root_certs(RootCerts::WebPki).build());
    }
    let certificates = found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    Ok(TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(certificates))).build())
}
