//! A server with a small page and the actor as its program.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::process::watchdog::Watchdog;
use sixfold_model::matrix::HostOs;
use sixfold_preview::app::{App, Limits};
use sixfold_preview::options::Desktop;
use sixfold_preview::page::html::About;
use sixfold_preview::page::{Files, Page};
use sixfold_preview::programs::{Folder, Programs};
use sixfold_preview::server;
use tempfile::TempDir;

use crate::web::{At, Socket, launch};

pub struct Served {
    pub app: Arc<App>,
    pub root: Utf8PathBuf,
    _temp: TempDir,
}

impl Served {
    pub async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::build(limits, None).await
    }

    /// `page` instead of the small one.
    pub async fn build(limits: Limits, page: Option<Page>) -> Self {
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
        let folder = Folder::take(&root.join("preview")).unwrap();
        let name = format!("actor{}", std::env::consts::EXE_SUFFIX);
        folder.put(&name, &actor()).unwrap();
        // Beside the programs, and listed by nobody.
        folder.put("unlisted", &actor()).unwrap();
        let page = page.unwrap_or_else(|| Page::Files(Files::read(&output, "index.html").unwrap()));
        let programs = Programs::new(BTreeSet::from([name.clone()]), os(), folder, None);
        let listener = server::bind(0).await.unwrap();
        let warden = Watchdog::start(Utf8Path::new(env!("CARGO_BIN_EXE_sixfold-preview"))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Arc::new(App::new(port, root.clone(), about(name), page, programs, warden, limits));
        tokio::spawn(server::serve(app.clone(), listener));
        Self { app, root, _temp: temp }
    }

    /// The launch secret of a fresh link.
    pub fn secret(&self) -> String {
        self.app.link().unwrap().rsplit_once("#launch=").unwrap().1.to_owned()
    }

    /// Opens a link as the page does.
    pub async fn token(&self) -> String {
        launch(self, &self.secret()).await
    }

    /// A page that may run programs.
    pub async fn open(&self) -> Socket {
        Socket::open(self, &self.token().await).await
    }
}

impl At for Served {
    fn host(&self) -> &str {
        &self.app.origin.host
    }

    fn origin(&self) -> &str {
        &self.app.origin.url
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

pub fn os() -> HostOs {
    match std::env::consts::OS {
        "macos" => HostOs::Darwin,
        "windows" => HostOs::Windows,
        _ => HostOs::Linux,
    }
}

/// Cargo builds examples together with tests, beside them.
pub fn actor() -> Utf8PathBuf {
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_sixfold-preview"));
    program.with_file_name("examples").join(format!("actor{}", std::env::consts::EXE_SUFFIX))
}
