//! Certificates for signing code, made for a test, and a time-stamp server (RFC 3161). Both come from `openssl`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::process::run;

/// The password of the files with private keys.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// What `openssl ts` needs to know.
const STAMPS: &str = "[tsa]\nserial = ./serial\ndigests = sha256, sha384, sha512\ndefault_policy = 1.2.3.4\n\
                      signer_digest = sha256\ness_cert_id_alg = sha256\n";

/// A folder with keys and certificates.
pub(crate) struct Authority {
    folder: TempDir,
}

impl Authority {
    /// Makes certificates that sign themselves, under these names: `me`, `expired` and, for time stamps, `clock`.
    pub(crate) fn new(identity: &str) -> Self {
        let authority = Self { folder: tempfile::tempdir().unwrap() };
        authority.certificate("me", identity, "codeSigning", &["-days", "30"]);
        let past = ["-not_before", "20200101000000Z", "-not_after", "20210101000000Z"];
        authority.certificate("expired", identity, "codeSigning", &past);
        authority.certificate("clock", "Clock", "timeStamping", &["-days", "30"]);
        fs_err::write(authority.file("stamps.cnf"), STAMPS).unwrap();
        fs_err::write(authority.file("serial"), "01\n").unwrap();
        authority
    }

    pub(crate) fn file(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        run(Command::new("openssl").args(arguments).current_dir(self.folder.path())).succeeded();
    }

    /// Writes NAME.key, NAME.crt and, with both, NAME.p12. All have the password, except for the certificate.
    fn certificate(&self, name: &str, identity: &str, purpose: &str, valid: &[&str]) {
        let [key, certificate, both] = ["key", "crt", "p12"].map(|end| format!("{name}.{end}"));
        let (subject, purpose) = (format!("/CN={identity}"), format!("extendedKeyUsage=critical,{purpose}"));
        let pass = format!("pass:{PASSWORD}");
        let new = ["req", "-x509", "-newkey", "rsa:2048", "-sha256", "-keyout", &key, "-passout", &pass];
        let what = ["-out", &certificate, "-subj", &subject, "-addext", &purpose];
        let usage = ["-addext", "keyUsage=critical,digitalSignature"];
        self.openssl(&[&new[..], &what, &usage, valid].concat());
        let pack = ["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-out", &both];
        // rcodesign reads only the older encryption.
        let older = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
        self.openssl(&[&pack[..], &older, &["-passin", &pass, "-passout", &pass]].concat());
    }

    /// Answers with a time stamp to every request, until the tests end. Returns the address.
    pub(crate) fn stamps(&self) -> String {
        let folder = Utf8PathBuf::try_from(self.folder.path().to_owned()).unwrap();
        serve(move |mut stream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let lines = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let headers: Vec<_> = lines.map(|line| line.to_ascii_lowercase()).collect();
            let length = headers.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut query = vec![0; length.unwrap()];
            reader.read_exact(&mut query).unwrap();
            let reply = reply(&folder, &query);
            let length = reply.len();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nConnection: close";
            let _ = write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(&reply);
        })
    }

    /// Accepts requests and never answers. Returns the address.
    pub(crate) fn silence() -> String {
        let mut kept = vec![];
        serve(move |stream| kept.push(stream))
    }
}

fn reply(folder: &Utf8Path, query: &[u8]) -> Vec<u8> {
    fs_err::write(folder.join("query"), query).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args(["ts", "-reply", "-queryfile", "query", "-config", "stamps.cnf", "-section", "tsa"]);
    openssl.args(["-signer", "clock.crt", "-inkey", "clock.key", "-passin", &format!("pass:{PASSWORD}")]);
    run(openssl.args(["-out", "reply"]).current_dir(folder)).succeeded();
    fs_err::read(folder.join("reply")).unwrap()
}

/// Requests are answered one after the other.
fn serve(mut answer: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(&mut answer));
    address
}
