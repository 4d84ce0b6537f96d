use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::os::windows::process::CommandExt as _;
use std::process::Command;
use std::ptr::{from_mut, from_ref, null, null_mut};

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectBasicAccountingInformation, JobObjectExtendedLimitInformation, QueryInformationJobObject,
    SetInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_SUSPENDED, OpenProcess, OpenThread, PROCESS_SET_QUOTA, PROCESS_TERMINATE, ResumeThread,
    THREAD_SUSPEND_RESUME,
};

/// A job object. Windows ends its processes when this program ends without dropping the value, however it ends: that is
/// what [`super::super::watchdog`] does on Unix.
#[derive(Debug)]
pub struct Group(OwnedHandle);

impl Group {
    /// Has the command start suspended, so that it cannot start anything before [`Self::adopt`]. The command cannot have
    /// other creation flags.
    pub fn prepare(command: &mut Command) {
        command.creation_flags(CREATE_SUSPENDED);
    }

    /// Makes a job of a child whose command was prepared, and lets it run; `pid` is the child's. On an error the child
    /// stays suspended.
    pub fn adopt(pid: u32) -> io::Result<Self> {
        // SAFETY: both arguments may be null: default security, no name.
        let group = Self(owned(unsafe { CreateJobObjectW(null(), null()) })?);
        group.set_limits(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)?;
        // SAFETY: no pointer is passed. The caller has not waited for the child, so that the number is still its own.
        let process = owned(unsafe { OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, 0, pid) })?;
        // SAFETY: both handles are open.
        check(unsafe { AssignProcessToJobObject(group.job(), process.as_raw_handle()) })?;
        resume(pid)?;
        Ok(group)
    }

    /// Ends every process: Windows has no request to end that every program hears.
    pub fn ask(&self) {
        self.kill();
    }

    /// Ends every process at once.
    pub fn kill(&self) {
        // SAFETY: the handle is open.
        unsafe { TerminateJobObject(self.job(), 1) };
    }

    /// True while any process of the job runs.
    pub fn is_running(&self) -> bool {
        let mut info = JOBOBJECT_BASIC_ACCOUNTING_INFORMATION::default();
        // SAFETY: the pointer and the size are those of a value of the type that this class of information has.
        let known = check(unsafe {
            QueryInformationJobObject(
                self.job(),
                JobObjectBasicAccountingInformation,
                from_mut(&mut info).cast::<c_void>(),
                size_of_val(&info) as u32,
                null_mut(),
            )
        });
        known.is_ok() && info.ActiveProcesses > 0
    }

    fn set_limits(&self, flags: u32) -> io::Result<()> {
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = flags;
        // SAFETY: the pointer and the size are those of a value of the type that this class of information has.
        check(unsafe {
            SetInformationJobObject(
                self.job(),
                JobObjectExtendedLimitInformation,
                from_ref(&limits).cast::<c_void>(),
                size_of_val(&limits) as u32,
            )
        })
    }

    fn job(&self) -> HANDLE {
        self.0.as_raw_handle()
    }
}

/// What a program leaves in the background when it ends by itself goes on, as on Unix.
impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.set_limits(0);
    }
}

/// Lets the threads of a suspended process run. The standard library does not keep the handle of the first thread.
fn resume(pid: u32) -> io::Result<()> {
    // SAFETY: no pointer is passed.
    let snapshot = owned(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) })?;
    let mut entry = THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..Default::default() };
    // SAFETY: the handle is open, and the entry knows its own size.
    let mut found = check(unsafe { Thread32First(snapshot.as_raw_handle(), &mut entry) });
    while found.is_ok() {
        if entry.th32OwnerProcessID == pid {
            // SAFETY: no pointer is passed.
            let thread = owned(unsafe { OpenThread(THREAD_SUSPEND_RESUME, 0, entry.th32ThreadID) })?;
            // SAFETY: the handle is open.
            if unsafe { ResumeThread(thread.as_raw_handle()) } == u32::MAX {
                return Err(io::Error::last_os_error());
            }
        }
        // SAFETY: as above.
        found = check(unsafe { Thread32Next(snapshot.as_raw_handle(), &mut entry) });
    }
    Ok(())
}

fn check(succeeded: i32) -> io::Result<()> {
    if succeeded == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The handle that a function has opened. Some functions return null on an error, others -1.
fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open and belongs to this program alone.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
