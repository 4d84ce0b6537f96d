//! Paths in the image that an author chooses: `image-path` of a binary, and `to` of other files.

use serde::Deserialize;

use crate::matrix::{HostOs, ImagePath};
use crate::prebuilt::template::{Placeholder, Template};

/// A path in the image, with `{os}` and `{exe}`. It is the same in both platforms, because one metadata.json describes both.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PathTemplate(Template);

impl PathTemplate {
    /// The path for hosts of a system.
    pub(crate) fn path(&self, os: HostOs) -> ImagePath {
        let text = self.0.fill(|placeholder| match placeholder {
            Placeholder::Os => os.as_str().to_owned(),
            _ => os.exe_suffix().to_owned(),
        });
        ImagePath::new(&text).expect("checked when it was read")
    }

    /// True if the author wrote it as a folder, with `/` at the end.
    pub(crate) fn is_folder(&self) -> bool {
        self.0.as_str().ends_with('/')
    }

    /// True if hosts of different systems get different paths.
    pub(crate) fn differs_by_host(&self) -> bool {
        self.0.uses(Placeholder::Os)
    }
}

impl TryFrom<String> for PathTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        const WORDS: &str = "[os]";
        if !text.starts_with('/') {
            return Err(format!(
                "`{}` must be a path in the image, which starts with `/`",
                text.escape_debug()
            ));
        }
        let template = Template::try_from(text)?;
        let others = [Placeholder::Arch, Placeholder::Version, Placeholder::Ext];
        if others.into_iter().any(|placeholder| template.uses(placeholder)) {
            return Err(format!(
                "`{template}` must be the same path in both platforms\nhelp: use only {{os}} and {{exe}}"
            ));
        }
        let path = ImagePath::new(&template.fill(|_| WORDS.to_owned()))?;
        let first = path.relative().split('/').next().unwrap_or_default();
        if matches!(first, "ui" | "metadata.json" | "vm") {
            return Err(format!("`{template}` cannot be used: /{first} is not for files of hosts"));
        }
        Ok(Self(template))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_depend_on_the_host_system_only() {
        let path = PathTemplate::try_from("/host/{os}/tool{exe}".to_owned()).unwrap();
        assert_eq!(path.path(HostOs::Windows).as_str(), "/host/windows/tool.exe");
        assert_eq!(path.path(HostOs::Linux).as_str(), "/host/linux/tool");
        for bad in ["host/tool", "/{os}/{arch}/tool", "/a/../b", "/ui/tool", "/{os", "/metadata.json"] {
            assert!(PathTemplate::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
