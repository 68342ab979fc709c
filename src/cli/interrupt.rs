//! Ctrl-C and requests to end: files that are being written are finished first, and a run that can keep what is done keeps it.

use std::sync::{Mutex, OnceLock, PoisonError};

use gibbs::report::finish_writing;
use gibbs::simulation::Control;

/// What the first signal stops, where it need not end the program.
static STOPPABLE: OnceLock<Mutex<Control>> = OnceLock::new();

/// Watches signals from here on.
pub fn watch() {
    // A program started with `nohup` outlives its terminal: the handler would end it. What a killed one leaves, the next removes.
    if hangup_is_ignored() {
        return;
    }
    // Without a handler, signals end the program as they do any other.
    let _ = ctrlc::set_handler(|| {
        if let Some(control) = STOPPABLE.get() {
            let control = control.lock().unwrap_or_else(PoisonError::into_inner);
            if !control.is_stopped() {
                return control.stop();
            }
        }
        let _written = finish_writing();
        std::process::exit(130)
    });
}

/// From here on the first signal stops `control`, and the second one does not wait for it.
pub fn stop_first(control: Control) {
    let _ = STOPPABLE.set(Mutex::new(control));
}

/// Whether the signal that a closed terminal sends is ignored.
fn hangup_is_ignored() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP != 0)
}
