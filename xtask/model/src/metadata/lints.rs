//! The lints of metadata.json.

crate::lints! {
    METADATA_MISSING = Error "metadata-missing";
    METADATA_INVALID = Error "metadata-invalid";
    METADATA_UNKNOWN_KEY = Error "metadata-unknown-key";
    METADATA_OLD_FORM = Error "metadata-old-form";
    METADATA_DUPLICATE_KEY = Warning "metadata-duplicate-key";
    METADATA_EMPTY = Error "metadata-empty";
    METADATA_VM = Warning "metadata-vm";
    METADATA_TAB = Warning "metadata-tab";
    /// The UI and the backend do not use the same socket, or its name is not one.
    METADATA_SOCKET = Warning "metadata-socket";
    /// An object of host.binaries has no key for an operating system.
    HOST_KEY_MISSING = Note "host-key-missing";
    /// No object lists a file for an operating system.
    HOST_WITHOUT_BINARY = Warning "host-without-binary";
    HOST_PATH = Error "host-path";
    BASE_NAME_COLLISION = Error "base-name-collision";
}

/// Lints that compare metadata.json with the build.
pub mod build {
    crate::lints! {
        /// metadata.json lists a file that the build does not produce.
        BINARY_NOT_BUILT = Error "binary-not-built";
        /// The build produces a file that metadata.json does not list.
        BINARY_NOT_LISTED = Error "binary-not-listed";
    }
}
