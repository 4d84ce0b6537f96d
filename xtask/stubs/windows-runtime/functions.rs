//! Functions that the compiler or std calls and that ucrtbase.dll does not have under these names.

use core::ffi::c_int;

type Callback = Option<unsafe extern "C" fn()>;

unsafe extern "C" {
    // ucrtbase.dll
    fn sin(x: f64) -> f64;
    fn cos(x: f64) -> f64;
    fn sinf(x: f32) -> f32;
    fn cosf(x: f32) -> f32;
    fn _hypotf(x: f32, y: f32) -> f32;
    fn _crt_atexit(callback: Callback) -> c_int;
}

/// LLVM makes one call of `sincos` from a sine and a cosine of the same number. It must not do so in here, so both numbers are
/// read as if they could differ.
#[unsafe(no_mangle)]
unsafe extern "C" fn sincos(x: f64, sine: *mut f64, cosine: *mut f64) {
    unsafe {
        *sine = sin(x);
        *cosine = cos((&raw const x).read_volatile());
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sincosf(x: f32, sine: *mut f32, cosine: *mut f32) {
    unsafe {
        *sine = sinf(x);
        *cosine = cosf((&raw const x).read_volatile());
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn hypotf(x: f32, y: f32) -> f32 {
    unsafe { _hypotf(x, y) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn atexit(callback: Callback) -> c_int {
    unsafe { _crt_atexit(callback) }
}
