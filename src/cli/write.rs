//! Writing one file: whole or not at all.

use std::io::Read;
use std::path::Path;

/// Whether a file that stands there already is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is replaced.
    Replace,
    /// It stays, and writing fails.
    Keep,
}

/// Writes beside the target and renames, so that nothing is left half-written.
pub fn write(path: &Path, mut bytes: &[u8], standing: Standing) -> std::io::Result<()> {
    write_from(path, &mut bytes, standing)
}

/// As [`write`], for what is too large to stand in memory.
pub fn write_from(path: &Path, bytes: &mut impl Read, standing: Standing) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(".".as_ref()))?;
    // Temporary files are private; what is asked for is for sharing.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    std::io::copy(bytes, &mut file)?;
    file.as_file().sync_all()?;
    match standing {
        Standing::Replace => file.persist(path),
        Standing::Keep => file.persist_noclobber(path),
    }
    .map_err(|e| e.error)?;
    Ok(())
}
