use rayon::prelude::*;

fn main() {
    assert_eq!((0..100).into_par_iter().sum::<i32>(), 4950);
}
