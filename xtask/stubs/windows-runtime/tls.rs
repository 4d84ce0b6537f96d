//! The TLS directory: the linker puts `_tls_used` into the program's headers.

use core::ffi::c_void;

type Callback = Option<unsafe extern "system" fn(*mut c_void, u32, *mut c_void)>;

/// `IMAGE_TLS_DIRECTORY64`.
#[repr(C)]
struct Directory {
    start: *const u8,
    end: *const u8,
    index: *const u32,
    callbacks: *const Callback,
    zero_fill: u32,
    characteristics: u32,
}

// SAFETY: only the loader reads it.
unsafe impl Sync for Directory {}

/// The loader writes it, and code that the compiler makes for thread locals reads it.
#[unsafe(no_mangle)]
static mut _tls_index: u32 = 0;

// The linker sorts sections by what follows the `$`: thread locals and callbacks lie between these. They are `mut` because the
// linker keeps writable sections apart from others of the same name.
#[unsafe(link_section = ".tls")]
static mut START: u8 = 0;
#[unsafe(link_section = ".tls$ZZZ")]
static mut END: u8 = 0;
#[unsafe(link_section = ".CRT$XLA")]
static FIRST_CALLBACK: Callback = None;
/// The end of the list.
#[unsafe(link_section = ".CRT$XLZ")]
static LAST_CALLBACK: Callback = None;

#[used]
static KEPT: &Callback = &LAST_CALLBACK;

#[unsafe(no_mangle)]
static _tls_used: Directory = Directory {
    start: &raw const START,
    end: &raw const END,
    index: &raw const _tls_index,
    callbacks: (&raw const FIRST_CALLBACK).wrapping_add(1),
    zero_fill: 0,
    characteristics: 0,
};
