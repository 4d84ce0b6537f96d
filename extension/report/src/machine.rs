//! The architecture that this program was built for, and the one that it runs on.
//!
//! They differ if the operating system translates the program: with Rosetta on a Mac, or with the x64 emulation of
//! Windows on Arm. Both hide the real architecture from the usual functions, so this module uses a function on each system
//! that reports the real one. The names are those of Docker's platforms: `amd64`, `arm64`.

/// The operating system, named by its key in metadata.json.
pub const OS: &str = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };

/// The architecture that this program was built for.
pub const BUILT_FOR: &str = if cfg!(target_arch = "x86_64") {
    "amd64"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    std::env::consts::ARCH
};

/// The real architecture of the machine, even if this program runs translated. [`BUILT_FOR`] if it cannot be determined.
pub fn native_arch() -> String {
    native().unwrap_or_else(|| BUILT_FOR.to_owned())
}

/// Only Macs with Apple silicon translate. Any other process runs on the architecture that it was built for.
#[cfg(target_os = "macos")]
fn native() -> Option<String> {
    let mut translated: libc::c_int = 0;
    let mut size = size_of_val(&translated);
    // SAFETY: the name ends with NUL, `size` is the size of `translated` in bytes, and no value is set.
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

/// In an emulated x64 process, `GetNativeSystemInfo` returns the emulated architecture, but `IsWow64Process2` the real one.
#[cfg(windows)]
fn native() -> Option<String> {
    use windows_sys::Win32::System::SystemInformation::{IMAGE_FILE_MACHINE_AMD64, IMAGE_FILE_MACHINE_ARM64};
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, IsWow64Process2};
    let (mut process, mut machine) = (0, 0);
    // SAFETY: the handle of the current process is always valid, and both variables outlive the call.
    if unsafe { IsWow64Process2(GetCurrentProcess(), &raw mut process, &raw mut machine) } == 0 {
        return None;
    }
    Some(match machine {
        IMAGE_FILE_MACHINE_AMD64 => "amd64".to_owned(),
        IMAGE_FILE_MACHINE_ARM64 => "arm64".to_owned(),
        other => format!("{other:#06x}"),
    })
}

/// The output of `uname -m`. Under qemu-user, this is the emulated architecture: a program cannot detect the real one.
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
    fn the_names_are_those_of_docker_platforms() {
        assert!(["darwin", "windows", "linux"].contains(&OS));
        assert!(["amd64", "arm64"].contains(&BUILT_FOR));
    }

    #[test]
    fn the_native_architecture_has_the_name_of_a_docker_platform() {
        assert!(["amd64", "arm64"].contains(&native_arch().as_str()));
    }
}
