fn main() {
    let table: redb::TableDefinition<&str, u64> = redb::TableDefinition::new("table");
    let backend = redb::backends::InMemoryBackend::new();
    let database = redb::Database::builder().create_with_backend(backend).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert("key", 1).unwrap();
    transaction.commit().unwrap();
}
