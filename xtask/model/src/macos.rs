//! What an author adds to our lists, in `[workspace.metadata.extension.macos]`:
//!
//! ```toml
//! symbols = { Security = ["_SecNew"] }   # to a library that we list
//! frameworks = { NewKit = ["_NKStart"] } # a framework that we do not list
//! ```

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Names as the linker writes them: a C function `f` is `_f`, an Objective-C class `C` is `_OBJC_CLASS_$_C`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extra {
    /// By library: `Security`, `libSystem`.
    pub symbols: BTreeMap<String, Vec<String>>,
    /// By framework. A Mac has to have it at `/System/Library/Frameworks/NAME.framework/Versions/A/NAME`.
    pub frameworks: BTreeMap<String, Vec<String>>,
}

/// The libraries whose names `sixfold-stubs` lists; a test there compares.
pub const LIBRARIES: &[&str] = &[
    "AVFAudio",
    "AVFoundation",
    "AVKit",
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
    "GameController",
    "IOBluetooth",
    "IOKit",
    "IOSurface",
    "IOUSBHost",
    "ImageCaptureCore",
    "ImageIO",
    "InputMethodKit",
    "Intents",
    "JavaScriptCore",
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
    "libSystem",
    "libbz2",
    "libcurl",
    "libiconv",
    "libobjc",
    "libpcap",
    "libresolv",
    "libsqlite3",
    "libz",
    "vmnet",
];

const TABLE: &str = "[workspace.metadata.extension.macos]";

impl Extra {
    /// Fails, naming the key, where a library is misspelt or a name is not one that a linker can meet.
    pub fn validate(&self) -> Result<()> {
        let listed = |name: &str| LIBRARIES.contains(&name);
        for name in self.symbols.keys() {
            ensure!(
                listed(name),
                "{TABLE} symbols.{name}: no such library in our lists; a new one goes under `frameworks`"
            );
        }
        for name in self.frameworks.keys() {
            ensure!(
                !listed(name),
                "{TABLE} frameworks.{name}: we list {name} already; add to it under `symbols`"
            );
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            ensure!(plain, "{TABLE} frameworks.{name}: a framework's name has letters and digits only");
        }
        self.symbols.iter().chain(&self.frameworks).try_for_each(|(library, names)| {
            names.iter().try_for_each(|name| {
                ensure!(
                    is_symbol(name),
                    "{TABLE} {library}: {name:?} is no symbol; write `_name` for a C function `name`"
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
        extra.validate().expect_err("the table is wrong").to_string()
    }

    #[test]
    fn good_tables_pass() {
        let text = "symbols = { Security = ['_SecNew', '_OBJC_CLASS_$_SFNew'], libSystem = ['_x'] }\nframeworks = { NewKit = ['_a'] }";
        let extra: Extra = toml::from_str(text).expect("the text is TOML");
        extra.validate().expect("the table is right");
    }

    #[test]
    fn mistakes_are_named() {
        assert!(error("symbols = { Securty = ['_a'] }").contains("symbols.Securty"));
        assert!(error("frameworks = { Security = ['_a'] }").contains("add to it under `symbols`"));
        assert!(error("frameworks = { '../x' = [] }").contains("letters and digits"));
        assert!(error("symbols = { Security = ['SecNew'] }").contains("\"SecNew\" is no symbol"));
        assert!(error("frameworks = { NewKit = [\"_a', '_b\"] }").contains("is no symbol"));
        assert!(toml::from_str::<Extra>("symbol = {}").is_err());
    }
}
