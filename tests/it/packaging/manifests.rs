//! The manifests of Kubernetes: valid by their schemas, one with another, and for the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::root;
use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::program::command;
use crate::support::server::Server;

const SCRIPT: &str = "tests/it/packaging/manifests.py";
const SERVICE_MONITOR: &str = "tests/vendor/prometheus-operator-0.93.0/servicemonitor.json";
const FOLDER: &str = "packaging/kubernetes";

/// Runs the script on files.
fn validated(files: &[PathBuf]) -> Output {
    let mut command = Command::new("python3");
    command
        .arg(root().join(SCRIPT))
        .arg(root().join(SERVICE_MONITOR))
        .args(files);
    command.output().expect("python3 runs")
}

/// The files, without the one for kustomize, which is no object of a cluster.
fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(FOLDER)).expect("the folder can be read");
    let files = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut files: Vec<PathBuf> = files.filter(|file| !file.ends_with("kustomization.yaml")).collect();
    files.sort();
    files
}

/// The manifests, of which each is valid.
#[track_caller]
fn manifests() -> Vec<Value> {
    let output = validated(&files());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

#[track_caller]
fn of_kind<'a>(manifests: &'a [Value], kind: &str) -> &'a Value {
    let found = manifests.iter().find(|manifest| manifest["kind"] == kind);
    found.unwrap_or_else(|| panic!("there is a {kind}"))
}

/// Replaces a text in a file, and expects that the result is refused with `fault`.
#[track_caller]
fn is_refused(file: &Path, from: &str, to: &str, fault: &str) {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    assert!(text.contains(from), "{}: {from}", file.display());
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let changed = folder.path().join("changed.yaml");
    std::fs::write(&changed, text.replacen(from, to, 1)).expect("it can be written");
    let output = validated(&[changed]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(fault), "{fault}: {said}");
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    let texts = list.as_array().into_iter().flatten().map(Value::as_str);
    texts.map(|text| text.expect("it is a text")).collect()
}

mod python {
    use super::{FOLDER, files, is_refused, manifests, of_kind, root};

    #[test]
    fn every_manifest_is_valid() {
        let manifests = manifests();
        let kustomization = std::fs::read_to_string(root().join(FOLDER).join("kustomization.yaml"));
        let kustomization = kustomization.expect("it can be read");
        for file in files() {
            let name = file
                .file_name()
                .expect("it is a file")
                .to_str()
                .expect("names are UTF-8");
            assert!(
                kustomization.contains(&format!("\n  - {name}\n")),
                "{name} is a resource"
            );
        }
        assert_eq!(manifests.len(), kustomization.matches(".yaml\n").count());
        assert!(kustomization.contains(&format!("newTag: \"{}\"", env!("CARGO_PKG_VERSION"))));
        for manifest in &manifests {
            let place = &manifest["metadata"]["namespace"];
            assert!(place == "sla-monitor" || manifest["kind"] == "Namespace", "{manifest}");
            assert_eq!(manifest["metadata"]["name"], "sla-monitor");
        }
    }

    #[test]
    fn what_is_not_valid_is_refused() {
        let file = |name: &str| root().join(FOLDER).join(name);
        is_refused(
            &file("deployment.yaml"),
            "replicas: 2",
            "replicas: two",
            "'two' is not of type",
        );
        is_refused(
            &file("deployment.yaml"),
            "runAsNonRoot",
            "runAsNoRoot",
            "'runAsNoRoot' was unexpected",
        );
        is_refused(
            &file("networkpolicy.yaml"),
            "podSelector",
            "podSelectors",
            "'podSelectors' was unexpected",
        );
        is_refused(
            &file("servicemonitor.yaml"),
            "port: http",
            "ports: http",
            "'ports' was unexpected",
        );
        is_refused(
            &file("servicemonitor.yaml"),
            "layout: [labels]",
            "layout: labels",
            "is not of type 'array'",
        );
    }

    #[test]
    fn the_manifests_fit_each_other() {
        let manifests = manifests();
        let deployment = of_kind(&manifests, "Deployment");
        let template = &deployment["spec"]["template"];
        let pod = &template["spec"];
        let container = &pod["containers"][0];
        assert_eq!(deployment["spec"]["replicas"], 2);
        assert_eq!(
            deployment["spec"]["selector"]["matchLabels"],
            template["metadata"]["labels"]
        );
        let selectors = [
            &of_kind(&manifests, "Service")["spec"]["selector"],
            &of_kind(&manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
            &of_kind(&manifests, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        ];
        for selector in selectors {
            assert_eq!(*selector, template["metadata"]["labels"]);
        }
        let monitor = of_kind(&manifests, "ServiceMonitor");
        let service = of_kind(&manifests, "Service");
        assert_eq!(
            monitor["spec"]["selector"]["matchLabels"],
            service["metadata"]["labels"]
        );
        assert_eq!(
            monitor["spec"]["endpoints"][0]["port"],
            service["spec"]["ports"][0]["name"]
        );
        let job = monitor["spec"]["jobLabel"].as_str().expect("the job is a label");
        assert_eq!(
            service["metadata"]["labels"][job], "sla-monitor",
            "alerts name this job"
        );
        let ports = [
            &service["spec"]["ports"][0]["targetPort"],
            &container["readinessProbe"]["httpGet"]["port"],
        ];
        for port in ports {
            assert_eq!(*port, container["ports"][0]["name"]);
        }
        let secret = &pod["volumes"][0]["projected"]["sources"][1]["secret"];
        let credentials = &monitor["spec"]["endpoints"][0]["authorization"]["credentials"];
        assert_eq!(credentials["name"], secret["name"]);
        assert_eq!(credentials["key"], secret["items"][0]["key"]);
        assert_eq!(pod["volumes"][0]["projected"]["defaultMode"], 0o440);
        assert_eq!(pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]);
        let image = format!("sla-monitor:{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(container["image"], image.as_str());
    }
}

mod postgres {
    use super::{Database, Server, Value, command, get, manifests, of_kind, request, texts};

    #[test]
    fn the_program_starts_as_the_deployment_says() {
        let manifests = manifests();
        let pod = &of_kind(&manifests, "Deployment")["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let database = Database::postgres();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for (name, content) in [("database-url", &*database.url), ("metrics-token", "a-token")] {
            std::fs::write(folder.path().join(name), format!("{content}\n")).expect("it can be written");
        }
        let mounted = container["volumeMounts"][0]["mountPath"]
            .as_str()
            .expect("secrets are mounted");
        let mut program = command();
        for argument in texts(&container["args"]) {
            program.arg(argument.replace(mounted, folder.path().to_str().expect("temporary paths are UTF-8")));
        }
        let settings = of_kind(&manifests, "ConfigMap")["data"]
            .as_object()
            .expect("there are settings");
        for (name, value) in settings {
            program.env(name, value.as_str().expect("variables are texts"));
        }
        let grace = pod["terminationGracePeriodSeconds"].as_i64().expect("it is a number");
        let drain: i64 = settings["SLA_MONITOR_DRAIN"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("it is a number");
        let period = container["readinessProbe"]["periodSeconds"]
            .as_i64()
            .expect("it is a number");
        assert!(
            drain >= 2 * period && grace > drain + 25,
            "{grace} s are enough to stop"
        );
        program.env("SLA_MONITOR_BIND", "127.0.0.1:0");
        let server = Server::spawn(program);
        let endpoint = &of_kind(&manifests, "ServiceMonitor")["spec"]["endpoints"][0];
        let path = endpoint["path"].as_str().expect("it is a path");
        let url = format!(
            "{}{path}?layout={}",
            server.url,
            texts(&endpoint["params"]["layout"])[0]
        );
        assert_eq!(get(&url).status, 401, "a token is required");
        assert_eq!(request("GET", &url, &[("authorization", "Bearer a-token")]).status, 200);
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            let path: &Value = &container[probe]["httpGet"]["path"];
            let url = format!("{}{}", server.url, path.as_str().expect("it is a path"));
            assert_eq!(get(&url).status, 200, "{probe}");
        }
    }
}
