//! Ctrl-C and its kin: SIGINT, SIGTERM and, when the terminal goes, SIGHUP.
//!
//! Signals that the parent has set to be ignored, as `nohup` does, stay ignored. While nothing has been finished
//! that could be kept, a signal ends the command at once, whatever it is doing. Later the first one asks for an
//! orderly end and the second one ends at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::exit::Exit;
use crate::disk::stage;

/// What a signal finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Nothing that could be kept.
    Nothing,
    /// Trials that are finished.
    Sampled,
    /// Results that are being written.
    Writing,
}

/// Whether the user has asked for the end.
#[derive(Debug, Default)]
pub struct Stop {
    asked: AtomicBool,
    stage: AtomicU8,
    /// Results in the making, removed when the command ends at once.
    staged: Mutex<Option<PathBuf>>,
}

impl Stop {
    /// Listens from here on.
    pub fn listen() -> Arc<Self> {
        let stop = Arc::new(Self::default());
        let own = Arc::clone(&stop);
        system::listen(move || own.hear());
        stop
    }

    /// Set when the end is asked for.
    pub fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// Whether the end is asked for.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// From here on a signal finds this.
    pub fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// Results in the making that are to go when the command ends at once; `None` from when on they stay.
    pub fn stage(&self, path: Option<&Path>) {
        *self.staged() = path.map(Path::to_owned);
    }

    fn staged(&self) -> std::sync::MutexGuard<'_, Option<PathBuf>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self) {
        let found = self.stage.load(Ordering::Relaxed);
        let again = self.asked.swap(true, Ordering::Relaxed);
        if again || found == Stage::Nothing as u8 {
            // Held until the end: nothing is published any more.
            let staged = self.staged();
            if let Some(path) = &*staged {
                let _ = stage::remove(path);
            }
            if !again {
                anstream::eprintln!("\ninterrupted before anything was finished");
            }
            std::process::exit(i32::from(Exit::Interrupted as u8));
        }
        let words = if found == Stage::Sampled as u8 {
            "stopping after the blocks under way; what there is will be measured and kept"
        } else {
            "stopping; the results are kept, figures that are not drawn yet are left out"
        };
        anstream::eprintln!("\n{words} (once more to end at once)");
    }
}

#[cfg(unix)]
mod system {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// Calls `hear` for every signal that is not ignored already.
    pub fn listen(hear: impl Fn() + Send + 'static) {
        let ignored = ignored();
        let own = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|s| ignored >> (s - 1) & 1 == 0);
        let own: Vec<i32> = own.collect();
        // Without a handler a signal ends the process, as everywhere; there is none without somebody who listens.
        let listening = move || {
            if let Ok(mut signals) = Signals::new(own) {
                signals.forever().for_each(|_| hear());
            }
        };
        let _ = std::thread::Builder::new().name("tailcap-signals".into()).spawn(listening);
    }

    /// Signals that are ignored, bit by bit from 1 on; none where the system does not say.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod system {
    /// Calls `hear` for every Ctrl-C.
    pub fn listen(hear: impl Fn() + Send + 'static) {
        // Without a handler Ctrl-C ends the process, as everywhere.
        let _ = ctrlc::set_handler(hear);
    }
}
