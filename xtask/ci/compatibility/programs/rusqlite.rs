fn main() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    let sum: i64 = database.query_row("select 1 + 1", [], |row| row.get(0)).unwrap();
    assert_eq!(sum, 2);
}
