//! The reference parser, which is stricter than Prometheus, reads what we write.

use super::{Demo, LAYOUTS, OPEN_METRICS, TEXT, run};

/// Prints how many families and samples there are, and how many of the samples are of components.
const SCRIPT: &str = r#"
import sys
try:
    from prometheus_client import openmetrics, parser
    import prometheus_client.openmetrics.parser
except ImportError as error:
    sys.exit(f"python3-prometheus-client is not installed ({error}); scripts/test installs it")
parse = openmetrics.parser.text_string_to_metric_families if sys.argv[1] == "openmetrics" else parser.text_string_to_metric_families
families = list(parse(sys.stdin.buffer.read().decode("utf-8")))
samples = [sample for family in families for sample in family.samples]
assert len({family.name for family in families}) == len(families), "a family comes twice"
print(len(families), len(samples), sum("component" in sample.labels for sample in samples))
"#;

fn check(demo: &Demo, layout: &str, accept: &str, form: &str) {
    // Debian's interpreter sees Debian's packages, whatever else is first on the PATH.
    let body = demo.metrics(layout, accept).body;
    let output = run("/usr/bin/python3", &["-c", SCRIPT, form], &body);
    assert!(
        output.status.success(),
        "{layout} as {form}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(body).expect("the exposition is UTF-8");
    let families = text.lines().filter(|line| line.starts_with("# TYPE ")).count();
    let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let of_components = samples.iter().filter(|line| line.contains("{component=\"")).count();
    assert!(of_components > 40, "the demo has components: {of_components}");
    let expected = format!("{families} {} {of_components}\n", samples.len());
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{layout} as {form}");
}

#[test]
fn the_reference_parser_reads_the_demo_as_open_metrics() {
    let demo = Demo::start();
    LAYOUTS
        .iter()
        .for_each(|layout| check(&demo, layout, OPEN_METRICS, "openmetrics"));
}

#[test]
fn the_reference_parser_reads_the_demo_as_text() {
    let demo = Demo::start();
    LAYOUTS.iter().for_each(|layout| check(&demo, layout, TEXT, "text"));
}
