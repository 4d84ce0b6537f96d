fn main() {
    let client = reqwest::blocking::Client::builder().build().unwrap();
    let error = client.get("http://127.0.0.1:1/").send().unwrap_err();
    assert!(error.is_connect(), "{error}");
}
