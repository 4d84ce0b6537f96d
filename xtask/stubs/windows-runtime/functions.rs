//! Functions that the compiler or std calls and that ucrtbase.dll does not have under these names.

use core::ffi::c_int;
#[cfg(target_arch = "aarch64")]
use core::ffi::c_void;

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

/// Makes code that was written between two addresses visible to the processor. Compilers' runtimes have it on processors that need
/// it.
#[cfg(target_arch = "aarch64")]
#[unsafe(no_mangle)]
unsafe extern "C" fn __clear_cache(start: *const u8, end: *const u8) {
    unsafe { FlushInstructionCache(GetCurrentProcess(), start, end as usize - start as usize) };
}

#[cfg(target_arch = "aarch64")]
#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> *mut c_void;
    fn FlushInstructionCache(process: *mut c_void, start: *const u8, length: usize) -> c_int;
}
