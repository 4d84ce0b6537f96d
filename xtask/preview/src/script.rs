//! The script that provides `window.ddClient` in the page: the parts in `page/`, wrapped in one function.
//!
//! Each part is a classic script that only declares things, except `start.js`, the last one, which runs them. So the parts
//! can be checked and tested one by one and need no build step, and nothing becomes global in the page.

/// The content of `/__preview/client.js`.
pub(crate) const CLIENT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("../page/call.js"),
    include_str!("../page/client.js"),
    include_str!("../page/connection.js"),
    include_str!("../page/desktops.js"),
    include_str!("../page/dialog.js"),
    include_str!("../page/exec.js"),
    include_str!("../page/navigate.js"),
    include_str!("../page/overlay.js"),
    include_str!("../page/palette.js"),
    include_str!("../page/session.js"),
    include_str!("../page/themes.js"),
    include_str!("../page/start.js"),
    "})();\n",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_served_and_start_js_comes_last() -> anyhow::Result<()> {
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/page"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "js") {
                assert!(CLIENT.contains(&std::fs::read_to_string(&path)?), "{}", path.display());
            }
        }
        assert!(CLIENT.ends_with("startPreview();\n})();\n"));
        Ok(())
    }
}
