//! Reading regular files only: a pipe may wait for ever, a device may never end.

use std::fs::{File, FileType};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// What stands for standard input where a file is asked for.
pub const STANDARD_INPUT: &str = "-";

/// Whether a path means standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
}

/// Opens a file to be read; whatever is no regular file (or a link to one) is refused, without waiting.
pub fn open(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Opening a device may have effects: it is looked at first. Between the two calls it may be exchanged
        // for a pipe, the opening of which would wait.
        refuse(std::fs::metadata(path)?.file_type())?;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path)?;
    refuse(file.metadata()?.file_type())?;
    Ok(file)
}

/// All bytes of a regular file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut file = open(path)?;
    let mut bytes = Vec::with_capacity(file.metadata().map_or(0, |own| own.len() as usize));
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The error of what is no regular file.
pub fn refuse(kind: FileType) -> Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    let message = format!("not a regular file but {}", words(kind));
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn words(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn regular_files_are_read_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let link = root.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read(&link).unwrap(), b"x");
        let pipe = root.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, what) in [(&*pipe, "a pipe"), (root.path(), "a folder")] {
            let message = open(path).unwrap_err().to_string();
            assert_eq!(message, format!("not a regular file but {what}"));
        }
        assert!(open(Path::new("/dev/zero")).unwrap_err().to_string().contains("a device"));
        assert_eq!(open(&root.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
