//! SARIF held against the schema of the standard and against facts written out by hand.

use crate::model::Change;
use crate::report::{sample, sample_logs};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../tests/fixtures/schema/sarif-2.1.0.json");

fn written(report: &sample::Sample) -> Value {
    serde_json::from_str(&sample::write("sarif", report)).expect("JSON")
}

/// Fails where a document is not what the standard's schema wants.
fn hold(document: &Value) {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    // The pattern of a language tag in it is no regular expression: a bracket is closed that was not opened.
    for place in ["run", "toolComponent"] {
        let language = format!("/definitions/{place}/properties/language");
        if let Some(Value::Object(language)) = schema.pointer_mut(&language) {
            language.remove("pattern");
        }
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn is_what_the_schema_wants_whatever_was_audited() {
    for report in [
        sample::report(),
        sample::configurations(),
        sample_logs::logs(),
        sample::of(Vec::new()),
    ] {
        hold(&written(&report));
    }
}

#[test]
#[should_panic(expected = "startLine")]
fn a_line_zero_would_not_pass() {
    let mut document = written(&sample::configurations());
    let region = "/runs/0/results/0/locations/0/physicalLocation/region/startLine";
    *document.pointer_mut(region).expect("a region") = json!(0);
    hold(&document);
}

#[test]
fn all_rules_are_told_with_their_remedies() {
    let document = written(&sample::of(Vec::new()));
    let rules = &document["runs"][0]["tool"]["driver"]["rules"];
    let ids: Vec<&str> = rules
        .as_array()
        .expect("a list")
        .iter()
        .map(|rule| rule["id"].as_str().expect("text"))
        .collect();
    assert_eq!(ids, ["RC901", "RC902", "PF901", "GN002"]);
    let open = &rules[0];
    assert_eq!(open["name"], "MailForAnyoneIsRelayedForAnyone");
    assert_eq!(open["defaultConfiguration"]["level"], "error");
    assert_eq!(open["properties"]["security-severity"], "9.5");
    assert_eq!(
        open["help"]["text"],
        "Open relays are abused for spam within hours.\n\nAccept mail for outside recipients only from clients that \
         logged in.\n\nPostfix: Set in main.cf, then run postfix reload:\nsmtpd_relay_restrictions = \
         permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination\n\nSee RFC 2505 section 2.1, \
         CVE-1999-0512."
    );
    assert!(
        open["help"]["markdown"]
            .as_str()
            .expect("text")
            .contains("```\nsmtpd_relay_restrictions = ")
    );
    assert_eq!(rules[3]["defaultConfiguration"]["level"], "note");
    assert_eq!(rules[3]["properties"].get("security-severity"), None);
}

#[test]
fn a_finding_in_a_file_has_its_place() {
    let document = written(&sample::configurations());
    let result = &document["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "PF901");
    assert_eq!(result["ruleIndex"], 2);
    assert_eq!(result["level"], "error");
    assert_eq!(document["runs"][0]["columnKind"], "unicodeCodePoints");
    assert_eq!(
        result["locations"][0]["physicalLocation"],
        json!({
            "artifactLocation": {"uri": "etc/postfix/main.cf"},
            "region": {
                "startLine": 12, "startColumn": 27, "endColumn": 36,
                "snippet": {"text": "mynetworks = 127.0.0.0/8, 0.0.0.0/0"},
            },
        })
    );
    assert_eq!(
        result["relatedLocations"][0],
        json!({
            "physicalLocation": {
                "artifactLocation": {"uri": "etc/postfix/master.cf"},
                "region": {"startLine": 9, "snippet": {"text": "smtp inet n - y - - smtpd"}},
            },
            "message": {"text": "uses it"},
        })
    );
    let print = sample::open_configuration().findings[0].fingerprint.clone();
    assert_eq!(
        result["partialFingerprints"],
        json!({"relaycheck/v1": print})
    );
    assert_eq!(result.get("suppressions"), None);
}

#[test]
fn what_was_put_aside_is_suppressed_with_its_reason() {
    let document = written(&sample::configurations());
    let aside = &document["runs"][0]["results"][1];
    assert_eq!(aside["ruleId"], "GN002");
    assert_eq!(
        aside["suppressions"],
        json!([{"kind": "external", "status": "accepted", "justification": "aliases lie elsewhere"}])
    );
    // The file as a whole is meant: no line, no region.
    assert_eq!(
        aside["locations"][0]["physicalLocation"],
        json!({"artifactLocation": {"uri": "etc/postfix/main.cf"}})
    );
}

#[test]
fn a_server_has_a_logical_location_and_a_client_too() {
    let document = written(&sample::report());
    let result = &document["runs"][0]["results"][0];
    assert_eq!(
        result["locations"],
        json!([{"logicalLocations": [{
            "name": "mail.example.com:25",
            "fullyQualifiedName": "smtp://mail.example.com:25",
            "kind": "resource",
        }]}])
    );
    assert_eq!(
        result["properties"]["reproduce"],
        "relaycheck --forms plain,percent-hack mail.example.com:25"
    );

    let document = written(&sample_logs::logs());
    let results = &document["runs"][0]["results"];
    let place = &results[0]["locations"][0];
    assert_eq!(place["logicalLocations"][0]["name"], "203.0.113.7");
    assert_eq!(
        place["physicalLocation"],
        json!({"artifactLocation": {"uri": "file:///var/log/mail.log"}, "region": {"startLine": 120}})
    );
    assert_eq!(results[0]["properties"]["count"], 12);
    assert_eq!(results[1]["baselineState"], "new");
}

#[test]
fn the_invocation_says_what_was_not_decided() {
    let mut report = sample::report();
    let invocation = |report: &sample::Sample| written(report)["runs"][0]["invocations"][0].clone();
    let told = |invocation: &Value| -> Vec<String> {
        let all = invocation["toolExecutionNotifications"].as_array();
        let text = |one: &Value| one["message"]["text"].as_str().expect("text").to_owned();
        all.expect("a list").iter().map(text).collect()
    };
    let whole = invocation(&report);
    assert_eq!(whole["executionSuccessful"], true);
    assert_eq!(whole["startTimeUtc"], "2026-11-24T08:00:00Z");
    assert_eq!(whole["endTimeUtc"], "2026-11-24T08:00:12.345Z");
    // Not the silent address of a network.
    assert_eq!(
        told(&whole),
        [
            "mail.example.com:25: 1 of 5 forms were not answered",
            "smtp.example.net:587: 1 of 2 forms were not answered",
            "192.0.2.4:25: inconclusive: this client was turned away",
            "sink.example.net:25: inconclusive: everything is accepted, which shows nothing",
        ]
    );
    report.run.complete = false;
    let cut = invocation(&report);
    assert_eq!(cut["executionSuccessful"], false);
    assert_eq!(
        told(&cut)[0],
        "the run did not go through everything it was asked"
    );
    let files = invocation(&sample::configurations());
    assert_eq!(
        told(&files)[0],
        "etc/postfix: not read: /etc/aliases: not found"
    );
}

#[test]
fn every_change_has_its_state_and_links_are_none() {
    let mut report = sample::report();
    for (change, state) in [
        (Change::New, "new"),
        (Change::Same, "unchanged"),
        (Change::Changed, "updated"),
        (Change::Fixed, "absent"),
    ] {
        report.outcomes[0].findings[0].baseline = Some(change);
        report.outcomes[0].findings[0].message = "see [this](0)".to_owned();
        let document = written(&report);
        let result = &document["runs"][0]["results"][0];
        assert_eq!(result["baselineState"], state);
        assert_eq!(result["message"]["text"], "see [this]\\(0)");
        hold(&document);
    }
}
