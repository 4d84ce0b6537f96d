//! Which processor this program was built for, and which one it runs on.
//!
//! They differ where the operating system translates: Rosetta on a Mac, the x64 emulation of Windows on Arm. Both hide
//! the real processor from the usual questions, so each system is asked the one that it answers truthfully.
//! Names are those of Docker's platforms: `amd64`, `arm64`.

/// The operating system, by its key in metadata.json.
pub const OS: &str = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };

/// The architecture that this program was built for.
pub const BUILT_FOR: &str = if cfg!(target_arch = "x86_64") {
    "amd64"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    std::env::consts::ARCH
};

/// The architecture of the machine, under whatever translates this program; [`BUILT_FOR`] where the system cannot tell.
pub fn native_arch() -> String {
    native().unwrap_or_else(|| BUILT_FOR.to_owned())
}

/// A translated process runs on Apple silicon; any other runs on what it was built for.
#[cfg(target_os = "macos")]
fn native() -> Option<String> {
    let mut translated: libc::c_int = 0;
    let mut size = size_of_val(&translated);
    // SAFETY: the name ends with NUL; `size` says how many bytes `translated` has room for; nothing is set.
    let status = unsafe {
        libc::sysctlbyname(
            c"sysctl.proc_translated".as_ptr(),
            (&raw mut translated).cast(),
            &raw mut size,
            std::ptr::null_mut(),
            0,
        )
    };
    (status == 0 && translated == 1).then(|| "arm64".to_owned())
}

/// `GetNativeSystemInfo` gives an emulated x64 process the emulated processor; `IsWow64Process2` gives the real one.
#[cfg(windows)]
fn native() -> Option<String> {
    use windows_sys::Win32::System::SystemInformation::{IMAGE_FILE_MACHINE_AMD64, IMAGE_FILE_MACHINE_ARM64};
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, IsWow64Process2};
    let (mut process, mut machine) = (0, 0);
    // SAFETY: the handle of the current process is always valid, and both results outlive the call.
    if unsafe { IsWow64Process2(GetCurrentProcess(), &raw mut process, &raw mut machine) } == 0 {
        return None;
    }
    Some(match machine {
        IMAGE_FILE_MACHINE_AMD64 => "amd64".to_owned(),
        IMAGE_FILE_MACHINE_ARM64 => "arm64".to_owned(),
        other => format!("{other:#06x}"),
    })
}

/// What `uname -m` says. Under qemu-user that is the emulated processor: nothing inside can see through it.
#[cfg(not(any(target_os = "macos", windows)))]
fn native() -> Option<String> {
    let name = sysinfo::System::cpu_arch();
    Some(match name.as_str() {
        "" => return None,
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        _ => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_docker() {
        assert!(["darwin", "windows", "linux"].contains(&OS));
        assert!(["amd64", "arm64"].contains(&BUILT_FOR));
    }

    #[test]
    fn the_machine_is_known_by_dockers_name_too() {
        assert!(["amd64", "arm64"].contains(&native_arch().as_str()));
    }
}
