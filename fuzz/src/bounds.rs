//! How long an input may take, how much memory, and what counts as a panic.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    backtrace::Backtrace,
    cell::RefCell,
    panic::{self, AssertUnwindSafe, catch_unwind},
    process::abort,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

/// Processor time for an input of less than 10 MB, coverage being counted all the while.
const TIME: Duration = Duration::from_secs(2);
/// Memory for any input, and for each byte of it.
const MEMORY: usize = 512 << 20;
const MEMORY_PER_BYTE: usize = 64;

thread_local! {
    static SAID: RefCell<Option<(String, Backtrace)>> = const { RefCell::new(None) };
}

/// Panics are kept until it is known whether somebody catches them: those of the
/// interpreter are caught by `pdf`, and no finding.
pub fn listen() {
    drop(panic::take_hook());
    panic::set_hook(Box::new(|info| {
        let said = (info.to_string(), Backtrace::force_capture());
        SAID.set(Some(said));
    }));
}

/// Runs a target on an input and ends the process when a bound is broken.
pub fn within(bytes: &[u8], body: impl FnOnce(&[u8])) {
    let before = NOW.load(Relaxed);
    MOST.store(before, Relaxed);
    let begin = processor_time();
    let outcome = catch_unwind(AssertUnwindSafe(|| body(bytes)));
    let time = processor_time().saturating_sub(begin);
    let memory = MOST.load(Relaxed).saturating_sub(before);
    if outcome.is_err() {
        if let Some((text, trace)) = SAID.take() {
            eprintln!("{text}\n{trace}");
        }
        abort();
    }
    if time > TIME {
        eprintln!("SLOW: {time:?} for {} bytes", bytes.len());
        abort();
    }
    if memory > MEMORY + MEMORY_PER_BYTE * bytes.len() {
        eprintln!("LARGE: {} MB for {} bytes", memory >> 20, bytes.len());
        abort();
    }
}

fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the structure is there, and nobody else knows of it.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Counts what is allocated: libFuzzer's own limit needs a sanitizer.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(more: usize) {
    let now = NOW.fetch_add(more, Relaxed) + more;
    MOST.fetch_max(now, Relaxed);
}

// SAFETY: everything is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}
