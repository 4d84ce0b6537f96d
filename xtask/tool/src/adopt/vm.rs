//! The part in Docker's VM, and the files of the project that metadata.json names.

use sixfold_inspect::check::image_files::{FileSource, normal};
use sixfold_model::finding::Place;
use sixfold_model::matrix::{ImagePath, Platform};
use sixfold_model::text::{Edit, line_column};

use super::draft::Draft;
use super::extension::Extension;

/// Stands for the image of the extension.
const OWN_IMAGE: &str = "DESKTOP_PLUGIN_IMAGE";

/// True if a container runs the image of the extension.
pub(super) fn find(extension: &Extension, draft: &mut Draft) -> bool {
    let metadata = &extension.metadata;
    if let Some(image) = &metadata.vm_image {
        draft.say("vm", image, &place(extension, &["vm", "image"]));
    }
    let compose = metadata.composefile.as_deref().and_then(|name| source(extension, name));
    let text = compose.and_then(|name| extension.sources.read(&name).ok().flatten());
    if let Some(text) = &text {
        draft.say("vm", &format!("the services of {}", text.name), &place(extension, &["vm", "composefile"]));
    }
    let images = metadata.vm_image.iter().chain(text.as_ref().map(|source| &source.text));
    images.into_iter().any(|text| text.contains(OWN_IMAGE))
}

/// The icon and the compose file have to be where the image has them. Returns the changes of metadata.json for those that are not.
pub(super) fn named_files(extension: &Extension, draft: &mut Draft) -> Vec<Edit> {
    let metadata = &extension.metadata;
    let named = [
        ("icon", metadata.icon.as_deref(), &["icon"][..]),
        ("composefile", metadata.composefile.as_deref(), &["vm", "composefile"]),
    ];
    let mut edits = vec![];
    for (key, name, keys) in named {
        let Some(name) = name else { continue };
        let at = place(extension, keys);
        match source(extension, name) {
            Some(file) if Ok(&*normal(&file)) == ImagePath::new(name).as_ref().map(ImagePath::as_str) => {
                draft.say(key, &file, &at);
            }
            Some(file) => {
                draft.say(key, &format!("{file}, which is the new name in metadata.json, too"), &at);
                let span = metadata.place_of(keys);
                edits.push(Edit::new(span, serde_json::Value::from(file).to_string()));
            }
            None => draft.needs(
                key,
                format!("the project has no file that becomes {name} in the image ({at})"),
                "put the file there, or name another",
            ),
        }
    }
    edits
}

/// The file of the project that the image has under this name.
fn source(extension: &Extension, name: &str) -> Option<String> {
    let path = ImagePath::new(name).ok()?;
    let file = match extension.files.origin(Platform::ALL[0], path.as_str()) {
        FileSource::Project(file) => file,
        _ => path.relative().to_owned(),
    };
    extension.sources.must_be_inside(&file).ok()?;
    extension.sources.root.join(&file).is_file().then_some(file)
}

fn place(extension: &Extension, keys: &[&str]) -> Place {
    let metadata = &extension.metadata;
    let (line, column) = line_column(&metadata.text, metadata.place_of(keys).start);
    Place::path("metadata.json").at(line, column)
}
