fn main() {
    let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
    assert!(server.server_addr().to_ip().unwrap().port() > 0);
}
