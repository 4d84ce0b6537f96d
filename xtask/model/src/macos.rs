//! Names that an author adds to our lists of what macOS exports, in `[workspace.metadata.extension.macos]`:
//!
//! ```toml
//! symbols = { Security = ["_SecNew"] }   # of a library that we list
//! frameworks = { NewKit = ["_NKStart"] } # a framework that we do not list
//! dylibs = { edit = ["_el_init"] }     # a library in /usr/lib that we do not list
//! ```

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Names as the linker spells them: a C function `f` is `_f`, an Objective-C class `C` is `_OBJC_CLASS_$_C`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extra {
    /// By library: `Security`, `libSystem`.
    pub symbols: BTreeMap<String, Vec<String>>,
    /// By framework. It must be at `/System/Library/Frameworks/NAME.framework/Versions/A/NAME` on a Mac.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// By library in /usr/lib, as `-l` has it: `edit` for `libedit`. The verifier's list has its path.
    pub dylibs: BTreeMap<String, Vec<String>>,
}

/// The libraries for which `sixfold-stubs` has names. A test there compares the two lists.
pub const LIBRARIES: &[&str] = &[
    "AVFAudio",
    "AVFoundation",
    "AVKit",
    "Accelerate",
    "Accessibility",
    "AppKit",
    "ApplicationServices",
    "AudioToolbox",
    "AudioUnit",
    "AuthenticationServices",
    "Automator",
    "BackgroundAssets",
    "CFNetwork",
    "Carbon",
    "CloudKit",
    "Cocoa",
    "Collaboration",
    "ColorSync",
    "Contacts",
    "CoreAudio",
    "CoreAudioTypes",
    "CoreBluetooth",
    "CoreData",
    "CoreFoundation",
    "CoreGraphics",
    "CoreHaptics",
    "CoreImage",
    "CoreLocation",
    "CoreMIDI",
    "CoreML",
    "CoreMedia",
    "CoreMediaIO",
    "CoreMotion",
    "CoreServices",
    "CoreSpotlight",
    "CoreTelephony",
    "CoreText",
    "CoreVideo",
    "CoreWLAN",
    "CryptoTokenKit",
    "DeviceCheck",
    "DiskArbitration",
    "EventKit",
    "ExceptionHandling",
    "ExecutionPolicy",
    "ExternalAccessory",
    "FSKit",
    "FileProvider",
    "FinderSync",
    "Foundation",
    "GSS",
    "GameController",
    "Hypervisor",
    "IOBluetooth",
    "IOKit",
    "IOSurface",
    "IOUSBHost",
    "ImageCaptureCore",
    "ImageIO",
    "InputMethodKit",
    "Intents",
    "JavaScriptCore",
    "Kerberos",
    "LDAP",
    "LatentSemanticMapping",
    "LinkPresentation",
    "LocalAuthentication",
    "MapKit",
    "MediaAccessibility",
    "MediaExtension",
    "MediaPlayer",
    "MediaToolbox",
    "Metal",
    "MetalFX",
    "MetalKit",
    "MetalPerformanceShaders",
    "MetalPerformanceShadersGraph",
    "MetricKit",
    "ModelIO",
    "MultipeerConnectivity",
    "NaturalLanguage",
    "NetFS",
    "Network",
    "NetworkExtension",
    "NotificationCenter",
    "OSAKit",
    "OSLog",
    "OpenDirectory",
    "OpenGL",
    "PCSC",
    "PDFKit",
    "ParavirtualizedGraphics",
    "Photos",
    "PreferencePanes",
    "Quartz",
    "QuartzCore",
    "QuickLook",
    "QuickLookThumbnailing",
    "QuickLookUI",
    "SceneKit",
    "ScreenCaptureKit",
    "ScreenSaver",
    "ScriptingBridge",
    "Security",
    "SecurityFoundation",
    "SecurityInterface",
    "ServiceManagement",
    "SoundAnalysis",
    "Speech",
    "StoreKit",
    "SystemConfiguration",
    "SystemExtensions",
    "UniformTypeIdentifiers",
    "UserNotifications",
    "VideoToolbox",
    "Virtualization",
    "Vision",
    "WebKit",
    "iTunesLibrary",
    "libEndpointSecurity",
    "libSystem",
    "libbz2",
    "libcompression",
    "libcurl",
    "libiconv",
    "libncurses",
    "libobjc",
    "libpam",
    "libpcap",
    "libresolv",
    "libsandbox",
    "libsqlite3",
    "libxml2",
    "libz",
    "vmnet",
];

const TABLE: &str = "[workspace.metadata.extension.macos]";

impl Extra {
    /// Fails if a library does not exist or a name cannot be a symbol. The error names the key.
    pub fn validate(&self) -> Result<()> {
        let listed = |name: &str| LIBRARIES.contains(&name);
        for name in self.symbols.keys() {
            ensure!(
                listed(name),
                "{TABLE} symbols.{name}: there is no such library in our lists\nhelp: add a new one to `frameworks` or `dylibs`"
            );
        }
        for name in self.frameworks.keys() {
            ensure!(
                !listed(name),
                "{TABLE} frameworks.{name}: {name} is in our lists already\nhelp: add its symbols to `symbols`"
            );
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            ensure!(
                plain,
                "{TABLE} frameworks.{name}: the name of a framework has only letters, digits and `_`"
            );
        }
        for name in self.dylibs.keys() {
            let listed = listed(&format!("lib{name}"));
            ensure!(
                !listed,
                "{TABLE} dylibs.{name}: lib{name} is in our lists already\nhelp: add its symbols to `symbols`"
            );
        }
        let mut all = self.symbols.iter().chain(&self.frameworks).chain(&self.dylibs);
        all.try_for_each(|(library, names)| {
            names.iter().try_for_each(|name| {
                ensure!(
                    is_symbol(name),
                    "{TABLE} {library}: {name:?} is not a symbol\nhelp: write `_name` for a C function `name`"
                );
                Ok(())
            })
        })
    }
}

fn is_symbol(name: &str) -> bool {
    name.len() > 1
        && name.starts_with('_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_$.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let extra: Extra = toml::from_str(text).expect("the text is TOML");
        extra.validate().expect_err("the table is invalid").to_string()
    }

    #[test]
    fn a_valid_table_is_accepted() {
        let text = "symbols = { Security = ['_SecNew', '_OBJC_CLASS_$_SFNew'], libSystem = ['_x'] }\nframeworks = { NewKit = ['_a'] }";
        let extra: Extra = toml::from_str(text).expect("the text is TOML");
        extra.validate().expect("the table is valid");
    }

    #[test]
    fn an_error_names_the_key() {
        assert!(error("symbols = { Securty = ['_a'] }").contains("symbols.Securty"));
        assert!(error("frameworks = { Security = ['_a'] }").contains("add its symbols to `symbols`"));
        assert!(error("dylibs = { z = ['_a'] }").contains("add its symbols to `symbols`"));
        assert!(error("dylibs = { edit = ['a'] }").contains("is not a symbol"));
        assert!(error("frameworks = { '../x' = [] }").contains("letters, digits"));
        assert!(error("symbols = { Security = ['SecNew'] }").contains("\"SecNew\" is not a symbol"));
        assert!(error("frameworks = { NewKit = [\"_a', '_b\"] }").contains("is not a symbol"));
        assert!(toml::from_str::<Extra>("symbol = {}").is_err());
    }
}
