//! Numbers with their units, and what they were measured on.

use std::{fs, time::Duration};

use serde_json::{Value, json};

/// How long so many things took.
pub(crate) fn rate(count: usize, time: Duration) -> Value {
    let seconds = time.as_secs_f64();
    json!({
        "seconds": round(seconds),
        "per_second": (count as f64 / seconds).round(),
        "microseconds_each": round(seconds * 1e6 / count as f64),
    })
}

/// All rounds, so that a reader sees how much they differ.
pub(crate) fn rounds(times: &[Duration]) -> Value {
    json!(times.iter().map(|time| round(time.as_secs_f64())).collect::<Vec<_>>())
}

/// The shortest of all rounds, which other work on the machine disturbed least.
pub(crate) fn best(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap_or_default()
}

/// Which part of the bare speed is reached: 1 is all of it.
pub(crate) fn speed(product: Duration, bare: Duration) -> Value {
    json!(round(bare.as_secs_f64() / product.as_secs_f64()))
}

/// Best, median and 95th percentile in milliseconds.
pub(crate) fn spread(samples: &[Duration]) -> Value {
    let millis = |part| round(quantile(samples, part).as_secs_f64() * 1e3);
    json!({"unit": "ms", "runs": samples.len(), "best": millis(0.0), "median": millis(0.5), "p95": millis(0.95)})
}

/// How many times as long as another the best, the median and the 95th percentile are.
pub(crate) fn times(product: &[Duration], bare: &[Duration]) -> Value {
    let times = |part| round(quantile(product, part).as_secs_f64() / quantile(bare, part).as_secs_f64());
    json!({"best": times(0.0), "median": times(0.5), "p95": times(0.95)})
}

/// The value below which that part of the samples lies (nearest rank).
pub(crate) fn quantile(samples: &[Duration], part: f64) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort();
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Processor, cores and kernel.
pub(crate) fn machine() -> Value {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    json!({
        "processor": model.trim_start_matches(['\t', ' ', ':']),
        "cores": cores(),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
    })
}

/// Threads that run at the same time.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Processor time of this process so far, of all its threads: on a busy machine it says more than the clock.
pub(crate) fn processor_time() -> Duration {
    // utime and stime of proc(5), in ticks, of which Linux tells programs 100 a second.
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_ascii_whitespace().skip(11).take(2));
    let ticks: u64 = fields.into_iter().flatten().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Threads that wanted to run during the last minute, of everything on the machine: figures of a busy one are worth
/// less.
pub(crate) fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
