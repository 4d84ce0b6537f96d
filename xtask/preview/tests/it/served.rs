//! A server with a small UI and the actor as its host binary.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::process::watchdog::Watchdog;
use sixfold_model::matrix::HostOs;
use sixfold_preview::Origin;
use sixfold_preview::about::About;
use sixfold_preview::app::{Access, App};
use sixfold_preview::binaries::{BinaryFolder, HostBinaries};
use sixfold_preview::limits::Limits;
use sixfold_preview::options::Desktop;
use sixfold_preview::server::{self, Listeners};
use sixfold_preview::ui::{Files, UiSource};
use tempfile::TempDir;

use crate::web::{Address, Socket, launch};

pub(crate) struct Served {
    pub app: Arc<App>,
    pub root: Utf8PathBuf,
    port: u16,
    _temp: TempDir,
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::build(limits, None).await
    }

    /// The same with another UI.
    pub(crate) async fn build(limits: Limits, ui: Option<UiSource>) -> Self {
        let listeners = Listeners::bind(0).await.unwrap();
        let port = listeners.port();
        Self::build_at(Origin::new("actor.localhost", port), listeners, limits, ui).await
    }

    /// The same for another origin.
    pub(crate) async fn build_at(
        origin: Origin,
        listeners: Listeners,
        limits: Limits,
        ui: Option<UiSource>,
    ) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap().canonicalize_utf8().unwrap();
        let output = root.join("ui");
        std::fs::create_dir_all(output.join("assets")).unwrap();
        std::fs::write(
            output.join("index.html"),
            "<!doctype html><head><title>t</title></head><script>own</script>",
        )
        .unwrap();
        std::fs::write(output.join("assets/a.js"), "let a;").unwrap();
        std::fs::write(root.join("secret.txt"), "secret").unwrap();
        let folder = BinaryFolder::take(&root.join("preview")).unwrap();
        let name = format!("actor{}", std::env::consts::EXE_SUFFIX);
        folder.install(&name, &actor()).unwrap();
        // A file next to the host binaries that metadata.json does not list.
        folder.install("unlisted", &actor()).unwrap();
        let ui = ui.unwrap_or_else(|| UiSource::Files(Files::read(&output, "index.html").unwrap()));
        let binaries = HostBinaries::new(BTreeSet::from([name.clone()]), os(), folder, None);
        let watchdog = Watchdog::start(Utf8Path::new(env!("CARGO_BIN_EXE_sixfold-preview"))).unwrap();
        let port = listeners.port();
        let access = Access { root: root.clone(), env: vec!["MY_NAME".to_owned()] };
        let app = Arc::new(App::new(origin, access, about(name), ui, binaries, watchdog, limits));
        tokio::spawn(server::serve(app.clone(), listeners));
        Self { app, root, port, _temp: temp }
    }

    /// The launch secret of a new link.
    pub(crate) fn secret(&self) -> String {
        self.app.new_link().unwrap().rsplit_once("#launch=").unwrap().1.to_owned()
    }

    /// Opens a new link as the page does, and returns the token.
    pub(crate) async fn token(&self) -> String {
        launch(self, &self.secret()).await
    }

    /// The socket of a page that may run programs.
    pub(crate) async fn open(&self) -> Socket {
        Socket::open(self, &self.token().await).await
    }
}

impl Address for Served {
    fn host(&self) -> &str {
        &self.app.origin.host
    }

    fn origin(&self) -> &str {
        &self.app.origin.url
    }

    fn port(&self) -> u16 {
        self.port
    }
}

fn about(name: String) -> About {
    About {
        image: "example/actor:0.1.0".into(),
        platform: "linux",
        arch: "x64",
        hostname: "here".into(),
        desktop: Desktop::Docker,
        binaries: vec![name],
        vm: false,
        docker: false,
    }
}

pub(crate) fn os() -> HostOs {
    match std::env::consts::OS {
        "macos" => HostOs::Darwin,
        "windows" => HostOs::Windows,
        _ => HostOs::Linux,
    }
}

/// The example `actor`, which cargo builds together with the tests.
pub(crate) fn actor() -> Utf8PathBuf {
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_sixfold-preview"));
    program.with_file_name("examples").join(format!("actor{}", std::env::consts::EXE_SUFFIX))
}
