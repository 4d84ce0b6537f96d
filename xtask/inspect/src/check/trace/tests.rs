use sixfold_image::dockerfile::Dockerfile;
use sixfold_model::matrix::Platform;

use super::*;
use crate::check::context::{Context, Held};

/// Files by their paths. The contents of a folder that is not named here are unknown.
struct Files(&'static [&'static str]);

impl Context for Files {
    fn held(&self, path: &str) -> Held {
        let first = path.split('/').next().unwrap_or_default();
        if self.0.contains(&path) {
            Held::File
        } else if path.is_empty() || self.0.iter().any(|file| file.starts_with(&format!("{path}/"))) {
            Held::Folder
        } else if self.0.iter().any(|file| file.split('/').next() == Some(first)) {
            Held::Missing
        } else {
            Held::Later
        }
    }

    fn on_disk(&self, _: &str) -> Option<Utf8PathBuf> {
        None
    }
}

pub(in crate::check) fn files() -> Contexts {
    Contexts::new(Files(&["metadata.json", "host/darwin/tool", "dist/amd64/linux/tool"]), [])
}

fn origin_of(text: &str, path: &str) -> Origin {
    let file = Dockerfile::parse(text).unwrap();
    Tracer::new(&file, &files()).origin(Platform::ALL[1], path)
}

#[test]
fn the_origin_of_files_is_found() {
    let from = |path: &str| format!("Context {path}");
    for (copy, path, expected) in [
        ("COPY metadata.json .", "/metadata.json", from("metadata.json")),
        ("COPY [\"metadata.json\", \"/\"]", "/metadata.json", from("metadata.json")),
        ("COPY host /host", "/host/darwin/tool", from("host/darwin/tool")),
        ("COPY host /host", "/host/mac/tool", "Nowhere".into()),
        ("COPY . /", "/host/darwin/tool", from("host/darwin/tool")),
        ("WORKDIR /x\nCOPY host/ y/", "/x/y/darwin/tool", from("host/darwin/tool")),
        ("COPY host/darwin/tool /darwin/renamed", "/darwin/renamed", from("host/darwin/tool")),
        // Another finding says that it is missing.
        ("ARG TARGETARCH\nCOPY dist/$TARGETARCH /", "/linux/tool", "Unknown".into()),
        ("COPY built /darwin", "/darwin/tool", "Later".into()),
        ("COPY built.json /", "/darwin/tool", "Nowhere".into()),
        ("COPY --from=x /out/ /darwin/", "/darwin/tool", "Image".into()),
        ("RUN curl -o /darwin/tool x", "/darwin/tool", "Made".into()),
        ("WORKDIR /darwin\nRUN curl x | tar -xz", "/darwin/tool", "Made".into()),
        ("WORKDIR /linux\nRUN curl x | tar -xz", "/darwin/tool", "Nowhere".into()),
        ("COPY host/*/tool /darwin/", "/darwin/tool", "Unknown".into()),
        ("COPY metadata.json /meta/", "/darwin/tool", "Nowhere".into()),
        ("COPY host /a\nRUN cp -r /a/darwin /b && mv /b/darwin/tool /c", "/c", from("host/darwin/tool")),
        ("COPY host /a\nRUN mkdir /b && cp -r a/* /b/", "/b/darwin/tool", from("host/darwin/tool")),
        ("COPY host /a\nRUN install -Dm755 a/darwin/tool /b/x", "/b/x", from("host/darwin/tool")),
        ("COPY host /a\nRUN chmod +x /darwin/tool && ls /darwin", "/darwin/tool", "Nowhere".into()),
        ("RUN unzip -d /darwin x.zip", "/darwin/tool", "Made".into()),
        ("RUN wget -P /darwin https://x.example/tool", "/darwin/tool", "Made".into()),
        ("RUN cd /darwin && wget https://x.example/tool", "/darwin/tool", "Made".into()),
        ("RUN curl -fsSLO --output-dir /darwin https://x.example/tool", "/darwin/tool", "Made".into()),
        ("RUN curl https://x.example/tool", "/darwin/tool", "Nowhere".into()),
        ("RUN [\"curl\", \"-o\", \"/darwin/tool\", \"x\"]", "/darwin/tool", "Made".into()),
        ("ADD a.tar.gz /darwin/", "/darwin/tool", "Unknown".into()),
        ("ADD https://x.example/a.tar.gz /darwin/", "/darwin/tool", "Nowhere".into()),
        ("ADD --unpack=true https://x.example/a.tar.gz /darwin/", "/darwin/tool", "Unknown".into()),
        ("ADD --unpack=false a.tar.gz /darwin/", "/darwin/tool", "Nowhere".into()),
        ("ADD https://x.example/a.git#v1:sub /darwin/", "/darwin/tool", "Unknown".into()),
        ("ADD git@x.example:a/b.git /", "/darwin/tool", "Unknown".into()),
        ("COPY host /\nRUN rm -rf /darwin", "/darwin/tool", "Nowhere".into()),
        ("COPY host /\nRUN rm /darwin/to*", "/darwin/tool", from("host/darwin/tool")),
        ("COPY host /\nRUN test -e /x || rm -rf /darwin", "/darwin/tool", from("host/darwin/tool")),
        ("COPY host /\nRUN rm -rf /darwin && make", "/darwin/tool", "Made".into()),
        ("COPY host /\nRUN rm -rf /darwin\nCOPY host /", "/darwin/tool", from("host/darwin/tool")),
        ("COPY host /h\nRUN mv /h/darwin /d && rm -rf /h", "/d/tool", from("host/darwin/tool")),
        ("RUN make && rm -rf /darwin", "/darwin/tool", "Nowhere".into()),
        ("RUN apk add curl", "/darwin/tool", "Nowhere".into()),
    ] {
        let found = match origin_of(&format!("FROM scratch\n{copy}\n"), path) {
            Origin::Context { path, .. } => from(&path),
            Origin::Made(_) => "Made".to_owned(),
            Origin::Later { .. } => "Later".to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected, "{copy}");
    }
}

#[test]
fn a_long_chain_of_copies_is_traced_in_time() {
    let copies: String = (0..900).map(|n| format!("RUN cp /x /y /z{n} /w/ && cp /w/x /w/y /\n")).collect();
    let start = std::time::Instant::now();
    origin_of(&format!("FROM scratch\n{copies}"), "/x");
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
