// Links the C++ library. The function is in library.cpp.
use link_cplusplus as _;

unsafe extern "C" {
    fn length_of_hello() -> usize;
}

fn main() {
    // SAFETY: it has no arguments and no side effects.
    assert_eq!(unsafe { length_of_hello() }, 5);
}
