//! The part of HTTP/1.1 and of the protocol of registries that `docker buildx imagetools` uses
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md>).

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::Error;
use sixfold_model::digest::Digest;

use super::store::Store;

/// The longest head of a request, in bytes.
const MAX_HEAD: u64 = 16 << 10;

/// The head of a request.
struct Request {
    method: String,
    /// What follows the name of the repository, without the query.
    path: String,
    query: String,
    media_type: String,
    /// The length of the body in bytes.
    length: u64,
}

/// What is sent back.
struct Response {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    length: u64,
    body: Box<dyn Read>,
}

/// Answers the requests of one connection until either side ends it.
pub(super) fn serve(connection: &TcpStream, store: &Store) {
    let mut reader = BufReader::new(connection);
    loop {
        let request = match read_head(&mut reader, &store.repository) {
            Ok(Some(request)) => request,
            Ok(None) => return,
            // Clients that try https first learn from this response that it is not spoken here.
            Err(_) => return drop(write(connection, "", Response::empty("400 Bad Request", vec![]))),
        };
        let mut body = (&mut reader).take(request.length);
        let response = answer(&request, &mut body, store).unwrap_or_else(|error| refuse(store, &error));
        // What is left of the body would be taken for the next request.
        let is_read = body.limit() == 0;
        if write(connection, &request.method, response).is_err() || !is_read {
            return;
        }
    }
}

/// Returns `None` at the end of the connection. Fails for anything that is not a request to this repository.
fn read_head(reader: &mut impl BufRead, repository: &str) -> io::Result<Option<Request>> {
    let mut lines = vec![];
    for line in reader.take(MAX_HEAD).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Ok(None);
    }
    parse_head(&lines, repository).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn parse_head(lines: &[String], repository: &str) -> Option<Request> {
    let (first, headers) = lines.split_first()?;
    let [method, target, "HTTP/1.1"] = first.split(' ').collect::<Vec<_>>()[..] else { return None };
    let header = |name: &str| {
        let mut fields = headers.iter().filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let has_body = matches!(method, "PUT" | "POST" | "PATCH");
    let length = header("content-length").and_then(|length| length.parse().ok());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Some(Request {
        method: method.to_owned(),
        path: path.strip_prefix("/v2/")?.strip_prefix(repository)?.strip_prefix('/')?.to_owned(),
        query: query.to_owned(),
        media_type: header("content-type").unwrap_or_default(),
        // A body without a length is not read, and the connection ends.
        length: length.unwrap_or(if has_body { u64::MAX } else { 0 }),
    })
}

fn answer(request: &Request, body: &mut dyn Read, store: &Store) -> Result<Response, Error> {
    let (kind, name) = request.path.split_once('/').unwrap_or_default();
    match (request.method.as_str(), kind, name) {
        ("GET" | "HEAD", "manifests", reference) => match store.manifest(reference) {
            Some(found) => blob(store, &found.digest, found.media_type),
            None => Ok(missing("MANIFEST_UNKNOWN")),
        },
        ("GET" | "HEAD", "blobs", digest) => match digest.parse() {
            Ok(digest) if store.contains(&digest) => {
                blob(store, &digest, "application/octet-stream".to_owned())
            }
            _ => Ok(missing("BLOB_UNKNOWN")),
        },
        ("POST", "blobs", "uploads/") => {
            let location = format!("/v2/{}/blobs/uploads/new", store.repository);
            Ok(Response::empty("202 Accepted", vec![("Location", location)]))
        }
        ("PUT", "blobs", "uploads/new") => {
            let digest = request.query.split('&').find_map(|field| field.strip_prefix("digest="));
            let digest = digest.unwrap_or_default().replace("%3A", ":").parse().map_err(Error::msg)?;
            store.write(&digest, request.length, body).map(created)
        }
        ("PUT", "manifests", reference) => {
            store.write_manifest(reference, &request.media_type, request.length, body).map(created)
        }
        _ => Ok(Response::empty("405 Method Not Allowed", vec![])),
    }
}

fn blob(store: &Store, digest: &Digest, media_type: String) -> Result<Response, Error> {
    let (file, length) = store.read(digest)?;
    let headers = vec![("Content-Type", media_type), ("Docker-Content-Digest", digest.to_string())];
    Ok(Response { status: "200 OK", headers, length, body: Box::new(file) })
}

fn created(digest: Digest) -> Response {
    Response::empty("201 Created", vec![("Docker-Content-Digest", digest.to_string())])
}

fn missing(code: &str) -> Response {
    Response::json("404 Not Found", code, "")
}

fn refuse(store: &Store, error: &Error) -> Response {
    let message = format!("{error:#}");
    store.refuse(&message);
    Response::json("400 Bad Request", "DIGEST_INVALID", &message)
}

impl Response {
    fn empty(status: &'static str, headers: Vec<(&'static str, String)>) -> Self {
        Self { status, headers, length: 0, body: Box::new(io::empty()) }
    }

    fn json(status: &'static str, code: &str, message: &str) -> Self {
        let text = serde_json::json!({ "errors": [{ "code": code, "message": message }] }).to_string();
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, headers, length: text.len() as u64, body: Box::new(io::Cursor::new(text)) }
    }
}

fn write(mut connection: &TcpStream, method: &str, response: Response) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n", response.status, response.length);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    connection.write_all(format!("{head}\r\n").as_bytes())?;
    if method != "HEAD" {
        io::copy(&mut response.body.take(response.length), &mut connection)?;
    }
    connection.flush()
}
