//! The part in Docker's VM, and the files of the project that metadata.json names.

use sixfold_image::dockerfile::Keyword;
use sixfold_inspect::check::image_files::{FileSource, ImageFiles, normal};
use sixfold_inspect::check::source::Source;
use sixfold_model::compose::{Compose, is_own_image};
use sixfold_model::finding::Place;
use sixfold_model::matrix::{ImagePath, Platform};
use sixfold_model::text::{Edit, line_column};

use super::draft::Draft;
use super::extension::Extension;

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
    let is_run = metadata.vm_image.as_deref().is_some_and(is_own_image)
        || text.is_some_and(|source| runs_own(&source, draft));
    if let Some((command, place)) = start(extension).filter(|_| is_run) {
        draft.say("backend", &format!("{command}, which the Dockerfile still makes"), &place);
    }
    is_run
}

/// What a container of the image starts.
fn start(extension: &Extension) -> Option<(String, Place)> {
    let ImageFiles { file, source, .. } = &extension.files;
    let mut found: [Option<(String, Place)>; 2] = [None, None];
    file.walk(file.last(), Platform::ALL[0], &mut |_, item, _| {
        let slot = [Keyword::Entrypoint, Keyword::Cmd].iter().position(|keyword| *keyword == item.keyword);
        if let Some(slot) = slot.and_then(|slot| found.get_mut(slot)) {
            *slot = Some((item.line.text.trim().to_owned(), source.place(item.at)));
        }
    });
    found.into_iter().flatten().next()
}

/// True if a service runs the image of the extension, or if that cannot be told.
fn runs_own(source: &Source, draft: &mut Draft) -> bool {
    match Compose::read(source.text.as_bytes()) {
        Ok(compose) => compose.has_more || compose.services.iter().any(|service| service.is_own),
        Err(mistake) => {
            let place = Place::path(&source.name).at(mistake.at.line, mistake.at.column);
            draft.lacks("vm", format!("{place} {}", mistake.message), "correct the file");
            true
        }
    }
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
