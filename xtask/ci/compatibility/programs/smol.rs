fn main() {
    let sum = smol::block_on(async {
        smol::Timer::after(std::time::Duration::from_millis(1)).await;
        smol::unblock(|| 1 + 1).await
    });
    assert_eq!(sum, 2);
}
