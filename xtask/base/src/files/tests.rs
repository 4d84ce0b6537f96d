use camino::Utf8PathBuf;

#[cfg(target_os = "linux")]
use super::partial_file::Temporary;
use super::sync::SYNCED;
use super::*;

fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
    (temp, path)
}

fn names(dir: &Utf8Path) -> Vec<String> {
    let mut names: Vec<_> =
        dir.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
    names.sort();
    names
}

#[track_caller]
fn assert_synced(paths: &[&Utf8Path]) {
    // Windows has no way to sync a folder.
    let expected: Vec<_> =
        paths.iter().filter(|path| cfg!(unix) || !path.is_dir()).map(|path| path.as_std_path()).collect();
    assert_eq!(SYNCED.take(), expected);
}

#[test]
fn a_file_replaces_the_one_before_and_is_synced_with_its_folder() {
    let (_temp, dir) = temporary();
    let path = dir.join("report.json");
    for content in ["first", "second"] {
        write(&path, content.as_bytes()).unwrap();
        assert_synced(&[&dir.join("report.json.partial"), &dir]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        assert_eq!(names(&dir), ["report.json"]);
    }
}

#[test]
fn a_file_of_another_program_and_a_folder_are_synced_with_their_folder() {
    let (_temp, dir) = temporary();
    std::fs::write(dir.join("a.tar.partial"), "whole").unwrap();
    commit_file(&dir.join("a.tar.partial"), &dir.join("a.tar")).unwrap();
    assert_synced(&[&dir.join("a.tar.partial"), &dir]);
    std::fs::create_dir(dir.join("stage.partial")).unwrap();
    commit_dir(&dir.join("stage.partial"), &dir.join("stage")).unwrap();
    assert_synced(&[&dir]);
    assert_eq!(names(&dir), ["a.tar", "stage"]);
}

/// The system cannot sync this device, so an error shows that it was asked to, and when.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_synced_does_not_get_its_name() {
    let (_temp, dir) = temporary();
    let (link, path) = (dir.join("a.tar.partial"), dir.join("a.tar"));
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    commit_file(&link, &path).unwrap_err();
    let file = fs::OpenOptions::new().write(true).open(&link).unwrap();
    let partial = PartialFile { file, temporary: Temporary(link), path: path.clone() };
    partial.commit().unwrap_err();
    assert_eq!(names(&dir), [""; 0]);
}

#[cfg(unix)]
#[test]
fn only_a_regular_file_is_opened() {
    let (_temp, dir) = temporary();
    let (file, pipe) = (dir.join("file"), dir.join("pipe"));
    std::fs::write(&file, "content").unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    open_regular(&file).unwrap();
    for path in [&pipe, Utf8Path::new("/dev/zero"), &dir, &dir.join("missing")] {
        open_regular(path).unwrap_err();
    }
    let error = crate::lock::take(&pipe).unwrap_err().to_string();
    assert!(error.contains("help: "), "{error}");
}

#[test]
fn a_file_that_is_not_committed_is_removed() {
    let (_temp, dir) = temporary();
    let path = dir.join("a.tar");
    std::fs::write(&path, "whole").unwrap();
    PartialFile::create(&path).unwrap().write_all(b"half").unwrap();
    assert_eq!(names(&dir), ["a.tar"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
}

#[test]
fn a_leftover_is_replaced_and_a_link_is_not_followed() {
    let (_temp, dir) = temporary();
    let (path, other) = (dir.join("a.tar"), dir.join("other"));
    std::fs::create_dir(partial(&path)).unwrap();
    write(&path, b"whole").unwrap();
    std::fs::write(&other, "other").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&other, partial(&path)).unwrap();
    write(&path, b"again").unwrap();
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "other");
    assert_eq!(names(&dir), ["a.tar", "other"]);
}

#[test]
fn a_file_can_be_written_in_another_folder_and_under_a_name_that_its_content_gives() {
    let (_temp, dir) = temporary();
    std::fs::create_dir(dir.join("layers")).unwrap();
    let mut file = PartialFile::create_in(&dir, &dir.join("layers/a")).unwrap();
    file.write_all(b"layer").unwrap();
    assert_eq!(names(&dir), ["a.partial", "layers"]);
    file.commit_as(&dir.join("layers/b")).unwrap();
    assert_eq!((names(&dir), names(&dir.join("layers"))), (vec!["layers".to_owned()], vec!["b".to_owned()]));
}

#[test]
fn several_files_appear_once_all_of_them_are_on_the_disk() {
    let (_temp, dir) = temporary();
    let files = ["a", "b"].map(|name| PartialFile::create(&dir.join(name)).unwrap());
    commit_all(files.into()).unwrap();
    let [a, b] = ["a.partial", "b.partial"].map(|name| dir.join(name));
    assert_synced(&[&a, &b, &a, &dir, &b, &dir]);
    assert_eq!(names(&dir), ["a", "b"]);
}

/// As above.
#[cfg(target_os = "linux")]
#[test]
fn of_several_files_none_appears_if_one_cannot_be_synced() {
    let (_temp, dir) = temporary();
    let (link, path) = (dir.join("b.partial"), dir.join("b"));
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&link).unwrap();
    let unsynced = PartialFile { file, temporary: Temporary(link), path };
    commit_all(vec![PartialFile::create(&dir.join("a")).unwrap(), unsynced]).unwrap_err();
    assert_eq!(names(&dir), [""; 0]);
}

#[test]
fn a_folder_replaces_what_had_its_name() {
    let (_temp, dir) = temporary();
    let path = dir.join("stage");
    std::fs::write(&path, "a file in its place").unwrap();
    for round in ["first", "second"] {
        std::fs::create_dir(partial(&path)).unwrap();
        std::fs::write(partial(&path).join(round), "").unwrap();
        commit_dir(&partial(&path), &path).unwrap();
        assert_eq!((names(&dir), names(&path)), (vec!["stage".to_owned()], vec![round.to_owned()]));
    }
}

#[test]
fn files_with_unique_temporary_names_do_not_disturb_each_other() {
    let (_temp, dir) = temporary();
    let path = dir.join("tool");
    let mut files = [(); 2].map(|()| PartialFile::create_unique(&path).unwrap());
    for (file, content) in files.iter_mut().zip(["first", "second"]) {
        file.write_all(content.as_bytes()).unwrap();
    }
    assert_eq!(names(&dir).len(), 2);
    assert!(names(&dir).iter().all(|name| name.starts_with(".tool-") && name.ends_with(PARTIAL)));
    files.into_iter().for_each(|file| file.commit().unwrap());
    assert_eq!(names(&dir), ["tool"]);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "second");
}
