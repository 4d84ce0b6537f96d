//! The script that stands in for a desktop in the page: the parts in `page/`, as one function.
//!
//! Each part is a classic script that only declares; `start.js`, the last, runs. So they are read, checked and tested one by
//! one, without a build step, and leave no name behind in the page.

/// What `/__preview/client.js` serves.
pub const CLIENT: &str = concat!(
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
    use super::CLIENT;

    #[test]
    fn every_part_is_served_and_the_last_one_starts() -> anyhow::Result<()> {
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
