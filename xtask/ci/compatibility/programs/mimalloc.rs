#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    assert_eq!(vec![1; 1000].len(), 1000);
}
