//! Metrics: what an operator's monitoring reads, in the text format of OpenMetrics. `docs/operating.md` explains each.
//!
//! Counters are counted where things happen and start at zero with the process. Gauges are set when somebody asks.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Metric, Registry, Unit},
};

/// One label of a fixed set of values.
type Label = [(&'static str, &'static str); 1];
/// Two of them.
type Labels = [(&'static str, &'static str); 2];
/// The group that a gauge is about.
type GroupLabel = [(&'static str, String); 1];

/// All metrics of a node.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the page for operators against them"))]
    names: Vec<String>,
    pub(crate) entries: Family<Label, Counter>,
    pub(crate) statements: Counter,
    pub(crate) refusals: Family<Label, Counter>,
    pub(crate) verdicts: Family<Label, Counter>,
    pub(crate) notes: Counter,
    pub(crate) sync: Family<Labels, Counter>,
    pub(crate) commits: Counter,
    pub(crate) commit_bytes: Counter,
    pub(crate) received: Counter,
    pub(crate) dropped: Counter,
    pub(crate) refused_connections: Counter,
    pub(crate) failed_dials: Counter,
    pub(crate) logs: Family<Label, Gauge>,
    pub(crate) catching_up: Gauge,
    pub(crate) open: Gauge,
    pub(crate) overdue: Family<Label, Gauge>,
    pub(crate) last_entry: Family<GroupLabel, Gauge>,
    pub(crate) unsealed: Family<GroupLabel, Gauge>,
    pub(crate) peers: Gauge,
    pub(crate) clock: Gauge,
    pub(crate) memory: Gauge,
    pub(crate) store: Gauge,
    pub(crate) free: Gauge,
}

impl Metrics {
    /// Registers all of them.
    pub(crate) fn new() -> Self {
        let mut all = Registering { registry: Registry::with_prefix("folkmoot"), names: Vec::new() };
        let bytes = Some(Unit::Bytes);
        Self {
            entries: all.counter("entries", "Entries applied since the start, by act", None),
            statements: all.counter("statements", "Statements in these entries", None),
            refusals: all.counter(
                "refusals",
                "What members and operators handed in and the node refused, by class",
                None,
            ),
            verdicts: all.counter("gossip_verdicts", "Gossip that was judged: accept, ignore or reject", None),
            notes: all.counter("notes", "Notes that this node signed as a witness", None),
            sync: all.counter("sync", "Exchanged with peers, by direction and way", bytes.clone()),
            commits: all.counter("store_commits", "Writes that the disk has confirmed", None),
            commit_bytes: all.counter("store_written", "Records in these writes", bytes.clone()),
            received: all.counter("gossip_received", "Gossip messages that came for the first time", None),
            dropped: all.counter("gossip_dropped", "Gossip dropped because the node was behind; sync brings it", None),
            refused_connections: all.counter("connections_refused", "Connections of strangers, or over a limit", None),
            failed_dials: all.counter("dials_failed", "Dials that reached nobody, or somebody else", None),
            logs: all.gauge("logs", "Logs that are held, by role: hosted, witnessed, followed or stopped", None),
            catching_up: all.gauge("logs_catching_up", "Logs for which the node signs nothing yet", None),
            open: all.gauge("open_proposals", "Proposals of hosted groups that have not ended", None),
            overdue: all.gauge("overdue", "Logs with an entry that should have been written, by role", None),
            last_entry: all.gauge("last_entry", "The number of the last entry, by group", None),
            unsealed: all.gauge("unsealed_entries", "Entries after the last sealed one, by group", None),
            peers: all.gauge("peers", "Peers that are connected", None),
            clock: all.gauge(
                "clock_offset_milliseconds",
                "How far the witnesses' clocks are ahead, by their median",
                None,
            ),
            memory: all.gauge("memory", "Memory of the process that is resident", bytes.clone()),
            store: all.gauge("store", "What the store takes on the disk", bytes.clone()),
            free: all.gauge("disk_free", "What is free on the store's disk", bytes),
            registry: all.registry,
            names: all.names,
        }
    }

    /// All of them as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// The names as they stand in the text.
    #[cfg(test)]
    fn names(&self) -> &[String] {
        &self.names
    }

    /// Counts bytes exchanged with peers.
    pub(crate) fn exchanged(&self, direction: &'static str, way: &'static str, bytes: usize) {
        self.sync.get_or_create(&[("direction", direction), ("way", way)]).inc_by(bytes as u64);
    }
}

/// Takes over a counter that is counted elsewhere.
pub(crate) fn take_over(counter: &Counter, value: u64) {
    let inner: &AtomicU64 = counter.inner();
    inner.store(value, Ordering::Relaxed);
}

/// The memory of this process that is resident, in bytes; nothing where the system does not say.
pub(crate) fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

struct Registering {
    registry: Registry,
    names: Vec<String>,
}

impl Registering {
    fn counter<M: Metric + Default + Clone>(&mut self, name: &str, help: &str, unit: Option<Unit>) -> M {
        self.register(name, help, unit, "_total")
    }

    fn gauge<M: Metric + Default + Clone>(&mut self, name: &str, help: &str, unit: Option<Unit>) -> M {
        self.register(name, help, unit, "")
    }

    fn register<M>(&mut self, name: &str, help: &str, unit: Option<Unit>, ending: &str) -> M
    where
        M: Metric + Default + Clone,
    {
        let metric = M::default();
        let measure = unit.as_ref().map_or(String::new(), |unit| format!("_{}", unit.as_str()));
        self.names.push(format!("folkmoot_{name}{measure}{ending}"));
        match unit {
            Some(unit) => self.registry.register_with_unit(name, help, unit, metric.clone()),
            None => self.registry.register(name, help, metric.clone()),
        }
        metric
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_operators_has_every_metric_and_no_other() {
        let page = include_str!("../../docs/operating.md");
        let documented: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `folkmoot_"))
            .filter_map(|line| line.split(['`', '{']).next())
            .collect();
        let metrics = Metrics::new();
        let registered: Vec<&str> = metrics.names().iter().filter_map(|name| name.strip_prefix("folkmoot_")).collect();
        assert_eq!(documented, registered, "docs/operating.md and node/src/metrics.rs differ, or their order does");
    }

    #[test]
    fn the_text_has_the_names_that_are_documented() {
        let metrics = Metrics::new();
        metrics.exchanged("in", "gossip", 7);
        metrics.commits.inc();
        metrics.memory.set(memory().unwrap().cast_signed());
        let text = metrics.text();
        assert!(text.contains("folkmoot_sync_bytes_total{direction=\"in\",way=\"gossip\"} 7"), "{text}");
        assert!(text.contains("folkmoot_store_commits_total 1"), "{text}");
        assert!(!text.contains("folkmoot_memory_bytes 0"), "{text}");
        for line in text.lines().filter(|line| line.starts_with("folkmoot_")) {
            let name = line.split([' ', '{']).next().unwrap_or_default();
            assert!(metrics.names().iter().any(|known| known == name), "{name}");
        }
    }
}
