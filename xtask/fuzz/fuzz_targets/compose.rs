//! Any bytes as a compose file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_model::compose::Compose;

fuzz_target!(|bytes: &[u8]| {
    let _ = Compose::read(bytes);
});
