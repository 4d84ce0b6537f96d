//! https, with certificates of our own.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::run::Workplace;
use crate::server::{Answer, Asked, Server, Stream};

const PROGRAM: &[u8] = b"a program";

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn finish(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
        self.sock.finish();
    }
}

/// A server with a certificate of an authority that only those trust who are told to.
pub struct Secure {
    pub server: Server,
    /// The authority's certificate.
    pub pem: String,
}

impl Secure {
    pub fn new(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
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
        Self { server: Server::wrapped(wrap, answer), pem: authority.pem() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.server.port)
    }

    /// Lets a run trust the authority.
    pub fn trusted(&self, work: &Workplace) -> impl Fn(&mut Command) + use<> {
        let path = work.path("authority.pem");
        std::fs::write(&path, &self.pem).unwrap();
        move |command| {
            command.env("SSL_CERT_FILE", &path);
        }
    }
}

#[test]
fn an_authority_of_the_environment_is_trusted() {
    let secure = Secure::new(|asked| Answer::file(asked, PROGRAM, "\"1\""));
    let work = Workplace::new();
    let items = [work.item(&secure.url("/tool"), PROGRAM)];
    assert!(!work.run_with(&items, secure.trusted(&work)).done());
    assert_eq!(work.program(), PROGRAM);
}

#[test]
fn an_authority_that_nobody_knows_is_refused() {
    let secure = Secure::new(|asked| Answer::file(asked, PROGRAM, "\"1\""));
    let other = Secure::new(|_| Answer::status(404));
    let work = Workplace::new();
    let items = [work.item(&secure.url("/tool"), PROGRAM)];
    work.run_with(&items, other.trusted(&work)).failed(&["no secure connection", "SSL_CERT_FILE"]);
    let missing = work.path("missing.pem");
    let without = |command: &mut Command| {
        command.env("SSL_CERT_FILE", &missing);
    };
    work.run_with(&items, without).failed(&["no certificate", "missing.pem"]);
    assert_eq!(secure.server.asked().len(), 0);
}

#[test]
fn https_never_becomes_http() {
    let plain = Server::of(PROGRAM);
    let to = plain.url("/tool?token=s3cret");
    let secure = Secure::new(move |asked| match &*asked.path {
        "/there" => Answer::redirect("/tool"),
        "/tool" => Answer::whole(PROGRAM),
        _ => Answer::redirect(&to),
    });
    let work = Workplace::new();
    let message = work
        .run_with(&[work.item(&secure.url("/down"), PROGRAM)], secure.trusted(&work))
        .failed(&["redirects from https to", &plain.url("/tool?…")]);
    assert!(!message.contains("s3cret"), "{message}");
    assert_eq!(plain.asked().len(), 0);
    let items = [work.item(&secure.url("/there"), PROGRAM)];
    assert!(!work.run_with(&items, secure.trusted(&work)).done());
}

#[test]
fn http_may_become_https() {
    let secure = Secure::new(|asked| Answer::file(asked, PROGRAM, "\"1\""));
    let to = secure.url("/tool");
    let plain = Server::new(move |_| Answer::redirect(&to));
    let work = Workplace::new();
    let items = [work.item(&plain.url("/tool"), PROGRAM)];
    assert!(!work.run_with(&items, secure.trusted(&work)).done());
}

#[test]
fn a_server_that_speaks_no_tls_is_refused() {
    let plain = Server::of(PROGRAM);
    let work = Workplace::new();
    let url = format!("https://127.0.0.1:{}/tool", plain.port);
    work.run(&[work.item(&url, PROGRAM)]).failed(&[&url]);
    assert!(!work.has_program());
}
