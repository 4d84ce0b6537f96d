fn main() {
    let sum: i64 = mlua::Lua::new().load("1 + 1").eval().unwrap();
    assert_eq!(sum, 2);
}
