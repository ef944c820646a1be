//! Metrics about the process itself, under the names that all Prometheus clients use.
//!
//! The collector of the `prometheus` crate cuts processor time to whole seconds and knows neither the limit of the
//! address space nor the network. Only `/proc` and the limits of the system are read, never the database, and no figure is
//! kept between two scrapes but the time of the start. On other systems than Linux there are no samples.

use std::collections::HashMap;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Counter, Gauge, Metric, MetricFamily, MetricType};

const N_FAMILIES: usize = 10;

/// Collects `process_*` for the running process.
#[derive(Debug)]
pub struct ProcessCollector {
    descs: Vec<Desc>,
    system: system::Process,
    start_time_seconds: Option<f64>,
}

impl ProcessCollector {
    /// Reads the time of the start once: it cannot change, and its file is slow on machines with many cores.
    #[must_use]
    pub fn new() -> Self {
        let descs = families(&ProcessFigures::default())
            .map(|family| {
                Desc::new(
                    family.name.to_owned(),
                    family.help.to_owned(),
                    Vec::new(),
                    HashMap::new(),
                )
                .expect("the names and help texts in this file are valid")
            })
            .into();
        let system = system::Process::of_this();
        Self {
            descs,
            start_time_seconds: system.start_time_seconds(),
            system,
        }
    }
}

impl Default for ProcessCollector {
    fn default() -> Self {
        Self::new()
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let reading = ProcessFigures {
            start_time_seconds: self.start_time_seconds,
            ..self.system.read()
        };
        families(&reading).into_iter().filter_map(Family::into_proto).collect()
    }
}

/// What could be found out. A value that cannot be read (hidden `/proc`, sandbox) has no sample, since a guess or a 0
/// would be taken for the truth; the scrape goes on, for the process is not what people scrape this exporter for.
#[derive(Debug, Default)]
struct ProcessFigures {
    cpu_seconds: Option<f64>,
    open_fds: Option<f64>,
    max_fds: Option<f64>,
    virtual_memory_bytes: Option<f64>,
    virtual_memory_max_bytes: Option<f64>,
    resident_memory_bytes: Option<f64>,
    start_time_seconds: Option<f64>,
    threads: Option<f64>,
    network_receive_bytes: Option<f64>,
    network_transmit_bytes: Option<f64>,
}

struct Family {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    value: Option<f64>,
}

impl Family {
    const fn counter(name: &'static str, help: &'static str, value: Option<f64>) -> Self {
        Self {
            name,
            help,
            kind: MetricType::COUNTER,
            value,
        }
    }

    const fn gauge(name: &'static str, help: &'static str, value: Option<f64>) -> Self {
        Self {
            name,
            help,
            kind: MetricType::GAUGE,
            value,
        }
    }

    fn into_proto(self) -> Option<MetricFamily> {
        let value = self.value?;
        let mut metric = Metric::default();
        if self.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        let mut family = MetricFamily::default();
        family.set_name(self.name.to_owned());
        family.set_help(self.help.to_owned());
        family.set_field_type(self.kind);
        family.set_metric(vec![metric]);
        Some(family)
    }
}

fn families(reading: &ProcessFigures) -> [Family; N_FAMILIES] {
    [
        Family::counter(
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
            reading.cpu_seconds,
        ),
        Family::gauge("process_open_fds", "Number of open file descriptors.", reading.open_fds),
        Family::gauge(
            "process_max_fds",
            "Maximum number of open file descriptors.",
            reading.max_fds,
        ),
        Family::gauge(
            "process_virtual_memory_bytes",
            "Virtual memory size in bytes.",
            reading.virtual_memory_bytes,
        ),
        Family::gauge(
            "process_virtual_memory_max_bytes",
            "Maximum amount of virtual memory available in bytes.",
            reading.virtual_memory_max_bytes,
        ),
        Family::gauge(
            "process_resident_memory_bytes",
            "Resident memory size in bytes.",
            reading.resident_memory_bytes,
        ),
        Family::gauge(
            "process_start_time_seconds",
            "Start time of the process since the Unix epoch in seconds.",
            reading.start_time_seconds,
        ),
        Family::gauge(
            "process_threads",
            "Number of operating system threads in the process.",
            reading.threads,
        ),
        Family::counter(
            "process_network_receive_bytes_total",
            "Bytes received over IP in the network namespace of the process.",
            reading.network_receive_bytes,
        ),
        Family::counter(
            "process_network_transmit_bytes_total",
            "Bytes sent over IP in the network namespace of the process.",
            reading.network_transmit_bytes,
        ),
    ]
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io::Read;

    use rustix::param::{clock_ticks_per_second, page_size};
    use rustix::process::{Resource, getrlimit};

    use super::ProcessFigures;

    const NETWORK_FILE: &str = "/proc/self/net/netstat";

    /// More than the file has.
    const NETWORK_LENGTH: usize = 16 * 1024;

    /// The figures of this process in `/proc`.
    #[derive(Debug)]
    pub(super) struct Process;

    /// The line of `/proc/self/stat`, as proc(5) numbers its fields.
    struct Line(Vec<u64>);

    impl Process {
        pub(super) fn of_this() -> Self {
            Self
        }

        pub(super) fn start_time_seconds(&self) -> Option<f64> {
            // Each error is dropped on purpose, here and below: it means that there is no sample.
            let booted = booted_seconds(&std::fs::read_to_string("/proc/stat").ok()?)?;
            Some(booted as f64 + seconds(Line::read()?.field(22)?))
        }

        pub(super) fn read(&self) -> ProcessFigures {
            let line = Line::read();
            let field = |number: usize| line.as_ref().and_then(|line| line.field(number));
            let (received, sent) = network().map_or((None, None), |text| octets(&text));
            ProcessFigures {
                cpu_seconds: field(14).zip(field(15)).map(|(user, system)| seconds(user + system)),
                open_fds: open_files().map(|count| count as f64),
                max_fds: Some(bound(Resource::Nofile)),
                virtual_memory_bytes: field(23).map(|bytes| bytes as f64),
                virtual_memory_max_bytes: Some(bound(Resource::As)),
                resident_memory_bytes: field(24).map(|pages| pages as f64 * page_size() as f64),
                start_time_seconds: None,
                threads: field(20).map(|count| count as f64),
                network_receive_bytes: received,
                network_transmit_bytes: sent,
            }
        }
    }

    impl Line {
        fn read() -> Option<Self> {
            Self::parse(&std::fs::read_to_string("/proc/self/stat").ok()?)
        }

        /// Reads a line. The second field is a name in parentheses, which may have spaces and parentheses itself; the third is a letter.
        fn parse(text: &str) -> Option<Self> {
            let (_, fields) = text.rsplit_once(')')?;
            let numbers = fields.split_ascii_whitespace().skip(1);
            // Some fields are negative; none of those is shown.
            Some(Self(numbers.map(|number| number.parse().unwrap_or(0)).collect()))
        }

        fn field(&self, number: usize) -> Option<u64> {
            self.0.get(number.checked_sub(4)?).copied()
        }
    }

    /// Returns when the system started, by the text of `/proc/stat`.
    pub(super) fn booted_seconds(text: &str) -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix("btime "));
        line?.trim().parse().ok()
    }

    /// Returns how many files are open: the size of the folder, or, before Linux 6.2, its entries but for the one that reads it.
    fn open_files() -> Option<u64> {
        const FOLDER: &str = "/proc/self/fd";
        match std::fs::metadata(FOLDER).ok()?.len() {
            0 => (std::fs::read_dir(FOLDER).ok()?.count() as u64).checked_sub(1),
            count => Some(count),
        }
    }

    /// Returns the system's figures of the network, read at once: it has no length to begin with, and each small read would cost as much
    /// as a large one.
    fn network() -> Option<String> {
        let mut text = Vec::with_capacity(NETWORK_LENGTH);
        File::open(NETWORK_FILE).ok()?.read_to_end(&mut text).ok()?;
        String::from_utf8(text).ok()
    }

    fn seconds(ticks: u64) -> f64 {
        ticks as f64 / clock_ticks_per_second() as f64
    }

    /// Returns the limit that holds. No limit is shown as the largest number, as Go's client does, so that one rule fits all exporters.
    fn bound(resource: Resource) -> f64 {
        getrlimit(resource).current.unwrap_or(u64::MAX) as f64
    }

    /// Returns `InOctets` and `OutOctets` of the two lines `IpExt:`, of which one holds the names and one the values.
    pub(super) fn octets(netstat: &str) -> (Option<f64>, Option<f64>) {
        let mut lines = netstat.lines().filter_map(|line| line.strip_prefix("IpExt:"));
        let names = lines.next().unwrap_or("").split_ascii_whitespace();
        let values = lines.next().unwrap_or("").split_ascii_whitespace();
        let (mut received, mut sent) = (None, None);
        for (name, value) in names.zip(values) {
            match name {
                "InOctets" => received = value.parse().ok(),
                "OutOctets" => sent = value.parse().ok(),
                _ => {}
            }
        }
        (received, sent)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::ProcessFigures;

    #[derive(Debug)]
    pub(super) struct Process;

    impl Process {
        pub(super) fn of_this() -> Self {
            Self
        }

        pub(super) fn start_time_seconds(&self) -> Option<f64> {
            None
        }

        pub(super) fn read(&self) -> ProcessFigures {
            ProcessFigures::default()
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn value(families: &[MetricFamily], name: &str) -> f64 {
        let family = families.iter().find(|family| family.name() == name).expect(name);
        let metric = &family.get_metric()[0];
        match family.get_field_type() {
            MetricType::COUNTER => metric.get_counter().get_value(),
            _ => metric.get_gauge().get_value(),
        }
    }

    #[test]
    fn all_families_are_there_and_sensible() {
        let collector = ProcessCollector::new();
        let families = collector.collect();
        assert_eq!(families.len(), N_FAMILIES);
        assert_eq!(collector.desc().len(), N_FAMILIES);

        let read = |path: &str| std::fs::read_to_string(path).expect("Linux has it");
        let booted = system::booted_seconds(&read("/proc/stat")).expect("Linux has it") as f64;
        let times = read("/proc/uptime");
        let (up, _) = times.split_once(' ').expect("there are two");
        let up: f64 = up.parse().expect("it is a number");
        let started = value(&families, "process_start_time_seconds");
        assert!(
            booted <= started && started <= booted + up + 1.0,
            "booted {booted}, up {up}, started {started}"
        );
        assert!(value(&families, "process_open_fds") >= 3.0);
        assert!(value(&families, "process_open_fds") <= value(&families, "process_max_fds"));
        assert!(value(&families, "process_threads") >= 1.0);
        let resident = value(&families, "process_resident_memory_bytes");
        let virtual_memory = value(&families, "process_virtual_memory_bytes");
        assert!(0.0 < resident && resident <= virtual_memory);
        assert!(virtual_memory <= value(&families, "process_virtual_memory_max_bytes"));
    }

    #[test]
    fn processor_time_has_fractions_and_never_falls() {
        let collector = ProcessCollector::new();
        let mut before = value(&collector.collect(), "process_cpu_seconds_total");
        let mut has_fraction = before.fract() != 0.0;
        while !has_fraction {
            let after = value(&collector.collect(), "process_cpu_seconds_total");
            assert!(after >= before);
            has_fraction = after.fract() != 0.0;
            before = after;
        }
    }

    #[test]
    fn it_registers_once_beside_others() {
        let registry = prometheus::Registry::new();
        registry
            .register(Box::new(ProcessCollector::new()))
            .expect("an empty registry takes it");
        assert!(registry.register(Box::new(ProcessCollector::new())).is_err());
        assert_eq!(registry.gather().len(), N_FAMILIES);
    }

    #[test]
    fn octets_are_found_by_name() {
        let netstat = "TcpExt: InOctets A\nTcpExt: 1 2\nIpExt: A InOctets B OutOctets\nIpExt: 0 34 5 67\nMPTcpExt: A\n";
        assert_eq!(system::octets(netstat), (Some(34.0), Some(67.0)));
        for broken in [
            "",
            "IpExt:",
            "IpExt: InOctets OutOctets\n",
            "IpExt: InOctets\nIpExt: many\n",
        ] {
            assert_eq!(system::octets(broken), (None, None), "{broken}");
        }
    }
}
