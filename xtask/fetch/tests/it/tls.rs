//! https, with certificates that the tests create.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::run::Sandbox;
use crate::server::{HttpRequest, Response, Server, Stream};

const PROGRAM: &[u8] = b"a program";

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn finish(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
        self.sock.finish();
    }
}

/// A server whose certificate is signed by its own authority. Clients trust it only if they are told to.
pub(crate) struct Secure {
    pub server: Server,
    /// The authority's certificate.
    pub pem: String,
}

impl Secure {
    pub(crate) fn new(respond: impl Fn(&HttpRequest) -> Response + Send + Sync + 'static) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            );
        let config = Arc::new(config.unwrap());
        let wrap = move |stream: TcpStream| -> Box<dyn Stream> {
            Box::new(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream))
        };
        Self { server: Server::wrapped(wrap, respond), pem: authority.pem() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.server.port)
    }

    /// Makes a run trust the authority.
    pub(crate) fn trusted(&self, sandbox: &Sandbox) -> impl Fn(&mut Command) + use<> {
        let path = sandbox.path("authority.pem");
        std::fs::write(&path, &self.pem).unwrap();
        move |command| {
            command.env("SSL_CERT_FILE", &path);
        }
    }
}

#[test]
fn an_authority_from_the_environment_is_trusted() {
    let secure = Secure::new(|_| Response::file(PROGRAM));
    let sandbox = Sandbox::new();
    let items = [sandbox.item(&secure.url("/tool"), PROGRAM)];
    assert!(!sandbox.run_with(&items, secure.trusted(&sandbox)).cached());
    assert_eq!(sandbox.program(), PROGRAM);
}

#[test]
fn an_unknown_authority_is_refused() {
    let secure = Secure::new(|_| Response::file(PROGRAM));
    let other = Secure::new(|_| Response::empty(404));
    let sandbox = Sandbox::new();
    let items = [sandbox.item(&secure.url("/tool"), PROGRAM)];
    sandbox
        .run_with(&items, other.trusted(&sandbox))
        .failed(&["cannot make a secure connection", "SSL_CERT_FILE"]);
    let missing = sandbox.path("missing.pem");
    let without = |command: &mut Command| {
        command.env("SSL_CERT_FILE", &missing);
    };
    sandbox.run_with(&items, without).failed(&["no certificate", "missing.pem"]);
    assert_eq!(secure.server.requests().len(), 0);
}

#[test]
fn a_redirect_from_https_to_http_is_refused() {
    let plain = Server::of(PROGRAM);
    let to = plain.url("/tool?token=s3cret");
    let secure = Secure::new(move |request| match &*request.path {
        "/there" => Response::redirect("/tool"),
        "/tool" => Response::ok(PROGRAM),
        _ => Response::redirect(&to),
    });
    let sandbox = Sandbox::new();
    let message = sandbox
        .run_with(&[sandbox.item(&secure.url("/down"), PROGRAM)], secure.trusted(&sandbox))
        .failed(&["redirects from https to", &plain.url("/tool?…")]);
    assert!(!message.contains("s3cret"), "{message}");
    assert_eq!(plain.requests().len(), 0);
    let items = [sandbox.item(&secure.url("/there"), PROGRAM)];
    assert!(!sandbox.run_with(&items, secure.trusted(&sandbox)).cached());
}

#[test]
fn a_redirect_from_http_to_https_is_followed() {
    let secure = Secure::new(|_| Response::file(PROGRAM));
    let to = secure.url("/tool");
    let plain = Server::new(move |_| Response::redirect(&to));
    let sandbox = Sandbox::new();
    let items = [sandbox.item(&plain.url("/tool"), PROGRAM)];
    assert!(!sandbox.run_with(&items, secure.trusted(&sandbox)).cached());
}

#[test]
fn a_server_without_tls_is_an_error() {
    let plain = Server::of(PROGRAM);
    let sandbox = Sandbox::new();
    let url = format!("https://127.0.0.1:{}/tool", plain.port);
    sandbox.run(&[sandbox.item(&url, PROGRAM)]).failed(&[&url]);
    assert!(!sandbox.has_program());
}
