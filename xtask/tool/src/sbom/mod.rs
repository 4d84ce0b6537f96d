//! The SBOM of `--sbom`: for each platform of the image an SPDX document.
//!
//! What is not known is stated as not known. The same sources give the same bytes.

mod builder;
mod license;
mod packages;
mod spdx;
mod verify;

pub(crate) use verify::verify;

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use sixfold_image::write::rfc3339;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Platform, Target};
use sixfold_model::purl;
use sixfold_model::reference::Tagged;
use sixfold_project::plan::{Contents, Plan, PlannedCell, UiPackages};
use sixfold_project::prebuilt::{Place, Source};

use crate::stage::{Stage, StagedCell};
use builder::Builder;
use packages::{location, npm_package};
use spdx::{CreationInfo, DOCUMENT, Document, NO_ASSERTION, Package};

/// Makes the documents of all platforms. Fails if cargo does not list the crates of a program.
pub(crate) fn documents(
    plan: &Plan,
    contents: &Contents,
    stage: &Stage,
) -> Result<BTreeMap<Platform, Value>> {
    let platforms = plan.image.platforms.iter();
    platforms
        .map(|platform| {
            let document = document(plan, contents, stage, *platform)?;
            Ok((*platform, serde_json::to_value(&document)?))
        })
        .collect()
}

fn document(plan: &Plan, contents: &Contents, stage: &Stage, platform: Platform) -> Result<Document> {
    let mut builder = Builder::default();
    let image = builder.add("Image", image(plan, contents, platform));
    builder.relate(DOCUMENT, "DESCRIBES", &image);
    for staged in stage.cells.iter().filter(|cell| cell.planned.platform == platform) {
        add_file(&mut builder, &image, plan, staged)?;
    }
    if let Some(ui) = &contents.ui {
        add_ui(&mut builder, &image, ui);
    }
    if plan.image.is_only_for_buildx() {
        builder.relate(&image, "CONTAINS", NO_ASSERTION);
    }
    let (packages, relationships) = builder.finish();
    let mut document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: format!("{} for {platform}", plan.image.name()),
        document_namespace: String::new(),
        creation_info: CreationInfo {
            created: rfc3339(plan.image.created),
            creators: vec![format!("Tool: sixfold-{}", env!("CARGO_PKG_VERSION"))],
        },
        comment: comment(plan),
        packages,
        relationships,
    };
    let digest = Digest::of(&serde_json::to_vec(&document)?);
    document.document_namespace = format!("https://spdx.org/spdxdocs/sixfold-{}", digest.hex());
    Ok(document)
}

fn comment(plan: &Plan) -> String {
    let mut text = "Lists the binaries for hosts and for the VM, the crates that cargo builds them from, and the packages of the UI. \
                    Other files of the image, such as metadata.json and the icon, are not listed."
        .to_owned();
    if plan.image.is_only_for_buildx() {
        text.push_str(
            " The Dockerfile does more than copy these files: what else it puts into the image is not listed.",
        );
    }
    text
}

fn image(plan: &Plan, contents: &Contents, platform: Platform) -> Package {
    let tag = plan.image.name().parse::<Tagged>().ok().map(|name| name.tag.to_string());
    let mut package = Package::new(contents.repository.as_str());
    package.version_info = tag;
    package.primary_package_purpose = Some("CONTAINER");
    package.comment = Some(format!("The image for {platform}"));
    let names = plan.image.names.iter();
    names.fold(package, |package, name| package.with_purl(purl::image(name, platform)))
}

/// Adds the file of a cell, and what it was made from.
fn add_file(builder: &mut Builder, image: &str, plan: &Plan, staged: &StagedCell) -> Result<()> {
    let planned = &staged.planned;
    let mut package = Package::new(&planned.cell().file_name()).with_sha256(&staged.sha256);
    package.package_file_name = Some(format!(".{}", planned.path));
    package.primary_package_purpose = Some("FILE");
    package.comment = Some(origin(planned).to_owned());
    let file = builder.add("File", package);
    builder.relate(image, "CONTAINS", &file);
    match &planned.source {
        Source::Cargo => builder.crates(&file, &plan.stage.crates.of(&planned.binary, planned.target)?),
        Source::Prebuilt(prebuilt) => {
            if let Place::Download(target) = &prebuilt.place
                && let Some(package) = download(plan, &planned.binary, *target)
            {
                let download = builder.add_once("Download", package);
                builder.relate(&file, "GENERATED_FROM", &download);
            }
            builder.relate(&file, "CONTAINS", NO_ASSERTION);
        }
        Source::Command(_) => builder.relate(&file, "CONTAINS", NO_ASSERTION),
        Source::File(_) => {}
    }
    Ok(())
}

fn origin(planned: &PlannedCell) -> &'static str {
    match planned.source {
        Source::Cargo => "Built by cargo from the crates that it contains",
        Source::Prebuilt(_) => "A third-party file. What it contains is not known",
        Source::Command(_) => "Built by a command of the author. What it contains is not known",
        Source::File(_) => "A file of the project",
    }
}

/// What a prebuilt binary was taken from.
fn download(plan: &Plan, binary: &str, target: Target) -> Option<Package> {
    let is_it = |download: &&sixfold_project::prebuilt::Download| {
        download.binary == binary && download.cell.0 == target
    };
    let download = plan.downloads.iter().find(is_it)?;
    let mut package = Package::new(binary).with_sha256(download.sha256.hex());
    package.version_info.clone_from(&download.version);
    package.download_location = location(&download.url);
    Some(package)
}

fn add_ui(builder: &mut Builder, image: &str, packages: &UiPackages) {
    let mut ui = Package::new("UI");
    ui.primary_package_purpose = Some("APPLICATION");
    ui.comment = Some(match packages {
        UiPackages::Listed(_) => {
            "The packages that the lock file does not mark as needed only for development. The build may \
                                  leave some of them out, and may add one that is marked so."
                .to_owned()
        }
        UiPackages::Unknown(why) => format!("What it contains is not known: {why}"),
    });
    let ui = builder.add("UI", ui);
    builder.relate(image, "CONTAINS", &ui);
    match packages {
        UiPackages::Unknown(_) => builder.relate(&ui, "DEPENDS_ON", NO_ASSERTION),
        UiPackages::Listed(packages) => {
            for package in packages {
                let package = builder.add("Npm", npm_package(package));
                builder.relate(&ui, "DEPENDS_ON", &package);
            }
        }
    }
}
