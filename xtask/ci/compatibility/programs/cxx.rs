// Links C++'s library; the other half is C++.
use link_cplusplus as _;

unsafe extern "C" {
    fn length_of_hello() -> usize;
}

fn main() {
    // It takes nothing and changes nothing.
    assert_eq!(unsafe { length_of_hello() }, 5);
}
