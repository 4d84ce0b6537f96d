//! The entry points. The linker takes one or the other, depending on the subsystem of the program.

use core::ffi::{c_char, c_int};

type Initializer = Option<unsafe extern "C" fn()>;
/// Returns 0 on success.
type CheckedInitializer = Option<unsafe extern "C" fn() -> c_int>;

unsafe extern "C" {
    fn main(argc: c_int, argv: *mut *mut c_char) -> c_int;
    // ucrtbase.dll
    fn exit(code: c_int) -> !;
    fn _set_app_type(kind: c_int);
    fn _configure_narrow_argv(mode: c_int) -> c_int;
    fn _initialize_narrow_environment() -> c_int;
    fn __p___argc() -> *const c_int;
    fn __p___argv() -> *const *mut *mut c_char;
    fn _initterm(first: *const Initializer, last: *const Initializer);
    fn _initterm_e(first: *const CheckedInitializer, last: *const CheckedInitializer) -> c_int;
}

// The linker sorts sections by what follows the `$`. Crates that run code before `main` put functions between these.
#[unsafe(link_section = ".CRT$XIA")]
static FIRST_CHECKED: CheckedInitializer = None;
#[unsafe(link_section = ".CRT$XIZ")]
static LAST_CHECKED: CheckedInitializer = None;
#[unsafe(link_section = ".CRT$XCA")]
static FIRST: Initializer = None;
#[unsafe(link_section = ".CRT$XCZ")]
static LAST: Initializer = None;

const CONSOLE: c_int = 1;
const GUI: c_int = 2;
/// Arguments as they are, without expanding `*` and `?`.
const UNEXPANDED: c_int = 1;

#[unsafe(no_mangle)]
unsafe extern "C" fn mainCRTStartup() -> ! {
    unsafe { run(CONSOLE) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn WinMainCRTStartup() -> ! {
    unsafe { run(GUI) }
}

unsafe fn run(kind: c_int) -> ! {
    unsafe {
        _set_app_type(kind);
        _configure_narrow_argv(UNEXPANDED);
        _initialize_narrow_environment();
        if _initterm_e(&raw const FIRST_CHECKED, &raw const LAST_CHECKED) != 0 {
            exit(255)
        }
        _initterm(&raw const FIRST, &raw const LAST);
        exit(main(*__p___argc(), *__p___argv()))
    }
}

/// rustc's `main` calls this where C++ would run its constructors.
#[cfg(target_arch = "x86_64")]
#[unsafe(no_mangle)]
extern "C" fn __main() {}
