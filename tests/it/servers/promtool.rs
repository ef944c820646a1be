//! Prometheus' linter has nothing to say.

use super::{Demo, LAYOUTS, TEXT, run};

#[test]
fn the_demo_pleases_the_linter() {
    let demo = Demo::start();
    for layout in LAYOUTS {
        let output = run("promtool", &["check", "metrics"], &demo.metrics(layout, TEXT).body);
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "", "layout {layout}");
        assert!(output.status.success(), "layout {layout}");
    }
}
