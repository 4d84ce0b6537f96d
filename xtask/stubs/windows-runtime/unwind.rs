//! Unwinding as the Itanium C++ ABI describes it, over structured exception handling: what `std` calls to raise a panic and to
//! resume it after a landing pad.
//!
//! Windows walks the stack twice and calls the handler of every frame. In the first pass, the frame that catches the panic is
//! looked for. `RtlUnwindEx` then does the second pass. If a frame on the way has a landing pad, a second exception is raised whose
//! only handler is that frame, so that the stack can be unwound to it. The landing pad ends with `_Unwind_Resume`, which
//! continues the second pass.

use core::ffi::{c_int, c_void};
use core::mem::zeroed;
use core::ptr;

/// The codes of our exceptions: the letters "CCG" below a bit that marks them as not Microsoft's, as other runtimes for this
/// target use them. The second one leads to a landing pad.
const RAISE: u32 = 0x2047_4343;
const LAND: u32 = 0x2147_4343;

const NON_CONTINUABLE: u32 = 0x1;
/// The flags of the second pass.
const UNWINDING: u32 = 0x2 | 0x4;
const TARGET_UNWIND: u32 = 0x20;
/// `ExceptionContinueSearch`.
const CONTINUE_SEARCH: c_int = 1;

// What a personality routine is asked for, and its answers.
const SEARCH_PHASE: c_int = 1;
const CLEANUP_PHASE: c_int = 2;
const HANDLER_FRAME: c_int = 4;
const FOREIGN_EXCEPTION_CAUGHT: c_int = 1;
const END_OF_STACK: c_int = 5;
const HANDLER_FOUND: c_int = 6;
const INSTALL_CONTEXT: c_int = 7;

/// `_Unwind_Exception`, of which `private` belongs to this file.
#[repr(C)]
pub struct Exception {
    class: u64,
    cleanup: Option<unsafe extern "C" fn(c_int, *mut Exception)>,
    private: Landing,
    _rest: [usize; 2],
}

/// Where to continue. It is also the information of both exceptions.
#[repr(C)]
#[derive(Clone, Copy)]
struct Landing {
    /// The stack frame, as Windows identifies it.
    frame: usize,
    address: usize,
    /// What the landing pad expects in the two registers for data.
    registers: [usize; 2],
}

/// `EXCEPTION_RECORD`.
#[repr(C)]
struct Record {
    code: u32,
    flags: u32,
    next: *mut Record,
    address: *mut c_void,
    count: u32,
    information: [usize; 15],
}

/// The beginning of `DISPATCHER_CONTEXT`, which is the same for both architectures.
#[repr(C)]
struct Dispatcher {
    control_pc: usize,
    image_base: usize,
    /// Its first field is the offset of the function in the image, for both architectures.
    function: *const u32,
    frame: usize,
    target_ip: usize,
    context: *mut Registers,
    language_handler: *const c_void,
    handler_data: *const c_void,
    history: *mut c_void,
}

/// `CONTEXT`. Only the second register for data is accessed.
#[cfg(target_arch = "x86_64")]
#[repr(C, align(16))]
struct Registers {
    _before: [u64; 17],
    second: u64, // Rdx
    _after: [u64; 136],
}
#[cfg(target_arch = "aarch64")]
#[repr(C, align(16))]
struct Registers {
    _before: [u64; 2],
    second: u64, // X1
    _after: [u64; 111],
}
const _: () = assert!(size_of::<Registers>() == if cfg!(target_arch = "x86_64") { 1232 } else { 912 });

type Personality =
    unsafe extern "C" fn(c_int, c_int, u64, *mut Exception, *mut Context) -> c_int;

/// `_Unwind_Context`: what a personality routine reads and writes.
pub struct Context {
    dispatcher: *const Dispatcher,
    landing: Landing,
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn RaiseException(code: u32, flags: u32, count: u32, information: *const usize);
}

#[link(name = "ntdll")]
unsafe extern "system" {
    fn RtlUnwindEx(
        frame: usize,
        ip: usize,
        record: *mut Record,
        value: usize,
        context: *mut Registers,
        history: *mut c_void,
    );
}

#[link(name = "msvcrt")]
unsafe extern "C" {
    fn abort() -> !;
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn _Unwind_RaiseException(exception: *mut Exception) -> c_int {
    let information = exception as usize;
    unsafe { RaiseException(RAISE, 0, 1, &information) };
    END_OF_STACK
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn _Unwind_Resume(exception: *mut Exception) -> ! {
    unsafe {
        let mut record: Record = zeroed();
        record.code = RAISE;
        record.flags = NON_CONTINUABLE;
        record.fill(exception, (*exception).private);
        record.unwind(ptr::null_mut())
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_DeleteException(exception: *mut Exception) {
    unsafe {
        if let Some(cleanup) = (*exception).cleanup {
            cleanup(FOREIGN_EXCEPTION_CAUGHT, exception);
        }
    }
}

/// The handler of every frame that has a landing pad. `personality` reads the tables of the frame's function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn _GCC_specific_handler(
    record: *mut Record,
    frame: usize,
    _: *mut Registers,
    dispatcher: *mut Dispatcher,
    personality: Personality,
) -> c_int {
    // Nothing is known about the information of other exceptions. They pass.
    let (code, flags) = unsafe { ((*record).code, (*record).flags) };
    if code != RAISE && code != LAND {
        return CONTINUE_SEARCH;
    }
    let (record, dispatcher) = unsafe { (&mut *record, &mut *dispatcher) };
    let is_second_pass = flags & UNWINDING != 0;
    if flags & TARGET_UNWIND != 0 {
        // Windows itself sets the first register.
        unsafe { (*dispatcher.context).second = record.landing().registers[1] as u64 };
    } else if code == LAND {
        if !is_second_pass && record.landing().frame == frame {
            unsafe { record.unwind(dispatcher.history) }
        }
    } else {
        let exception = record.information[0] as *mut Exception;
        let mut context = Context { dispatcher, landing: Landing { frame, address: 0, registers: [0; 2] } };
        let mut ask = |phase| unsafe {
            personality(1, phase, (*exception).class, exception, &mut context)
        };
        if is_second_pass {
            if ask(CLEANUP_PHASE) == INSTALL_CONTEXT {
                record.fill(exception, context.landing);
                unsafe { RaiseException(LAND, NON_CONTINUABLE, record.count, record.information.as_ptr()) }
            }
        } else if ask(SEARCH_PHASE) == HANDLER_FOUND {
            if ask(CLEANUP_PHASE | HANDLER_FRAME) != INSTALL_CONTEXT {
                unsafe { abort() }
            }
            unsafe { (*exception).private = context.landing };
            record.fill(exception, context.landing);
            unsafe { record.unwind(dispatcher.history) }
        }
    }
    CONTINUE_SEARCH
}

impl Record {
    fn fill(&mut self, exception: *mut Exception, landing: Landing) {
        let Landing { frame, address, registers: [first, second] } = landing;
        self.count = 5;
        self.information[..5].copy_from_slice(&[exception as usize, frame, address, first, second]);
    }

    fn landing(&self) -> Landing {
        let [_, frame, address, first, second, ..] = self.information;
        Landing { frame, address, registers: [first, second] }
    }

    /// Unwinds to where the information says.
    unsafe fn unwind(&mut self, history: *mut c_void) -> ! {
        let Landing { frame, address, registers } = self.landing();
        unsafe {
            let mut context: Registers = zeroed();
            RtlUnwindEx(frame, address, self, registers[0], &mut context, history);
            abort()
        }
    }
}

// What personality routines call.

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_GetLanguageSpecificData(context: *mut Context) -> *const c_void {
    unsafe { (*(*context).dispatcher).handler_data }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_GetRegionStart(context: *mut Context) -> usize {
    unsafe {
        let dispatcher = &*(*context).dispatcher;
        dispatcher.image_base + *dispatcher.function as usize
    }
}

/// The address is that of the instruction after the call.
#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_GetIPInfo(context: *mut Context, is_before: *mut c_int) -> usize {
    unsafe {
        *is_before = 0;
        (*(*context).dispatcher).control_pc
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_SetGR(context: *mut Context, index: c_int, value: usize) {
    if let Some(register) = unsafe { (*context).landing.registers.get_mut(index as usize) } {
        *register = value;
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_SetIP(context: *mut Context, address: usize) {
    unsafe { (*context).landing.address = address };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_GetTextRelBase(context: *mut Context) -> usize {
    unsafe { (*(*context).dispatcher).image_base }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_GetDataRelBase(_: *mut Context) -> usize {
    0
}
