fn main() {
    native_tls::TlsConnector::new().unwrap();
}
