//! The methods that take a bank file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::support::{bridge, importing};

const RUN: &str = "0192f0c1-2345-7abc-8def-0123456789ab";
const TABLE: &str = "Posted;Details;Who;Moved;After\n\
    23/11/2026;Subscription November;Atelier Wouters;48,50;1048,50\n\
    24/11/2026;Advance electricity;Noordzee Energie NV;-239,00;809,50\n\
    25/11/2026;Invoice 2026/0412;Boekhandel Het Blad;1210,00;2019,50\n";

#[tokio::test]
async fn a_caller_names_its_run_once_and_may_only_look() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    let mut params = importing(&registration, "BNK1");
    params["run"] = json!(RUN);
    params["dry_run"] = json!(true);
    let started = bridge.call("bank.import_start", params.clone()).await;
    assert_eq!(started, json!({"run": RUN}));
    assert_eq!(bridge.ended(RUN).await["state"], "done");
    let again = bridge.fail("bank.import_start", params.clone()).await;
    assert_eq!(again["data"]["args"], json!({"path": "run"}), "{again}");
    params["run"] = json!("the first one");
    let wrong = bridge.fail("bank.import_start", params).await;
    assert_eq!(wrong["data"]["code"], "BB-1003");
    let other = bridge.start(&registration, "BNK1").await;
    bridge.ended(&other).await;
    assert_eq!(*bridge.backend.looked.lock().unwrap(), [(RUN.to_owned(), true), (other, false)]);
}

#[tokio::test]
async fn a_ping_tells_the_largest_file() {
    let bridge = bridge(|config| config.max_file_size = 4_096).await;
    assert_eq!(bridge.call("bank.ping", json!({})).await["max_file_size"], 4_096);
}

fn table(text: &str) -> Value {
    json!({"name": "bank.csv", "content": STANDARD.encode(text)})
}

fn roles(proposal: &Value) -> Vec<(&str, &str)> {
    let columns = proposal["columns"].as_array().unwrap().iter();
    columns.map(|one| (one["column"].as_str().unwrap(), one["role"].as_str().unwrap_or("-"))).collect()
}

#[tokio::test]
async fn a_table_that_no_preset_knows_gets_a_proposal() {
    let bridge = bridge(|_| {}).await;
    let proposal = bridge.call("bank.propose_preset", table(TABLE)).await;
    let found = roles(&proposal);
    assert_eq!(found.len(), 5);
    assert_eq!((found[0], found[3]), (("Posted", "booked"), ("Moved", "amount")));
    assert_eq!(proposal["columns"][0]["example"], "23/11/2026");
    assert_eq!(proposal["rows"][1][2], "Noordzee Energie NV");
    assert_eq!(
        (&proposal["date_order_open"], &proposal["decimal_mark_open"]),
        (&json!(false), &json!(false))
    );

    // The header tells tables apart, whatever their rows.
    let december = TABLE.replace("/11/", "/12/");
    let same = bridge.call("bank.propose_preset", table(&december)).await;
    assert_eq!(same["fingerprint"], proposal["fingerprint"]);
    let other = bridge.call("bank.propose_preset", table(&TABLE.replace("Who", "Whom"))).await;
    assert_ne!(other["fingerprint"], proposal["fingerprint"]);
}

#[tokio::test]
async fn what_the_user_says_of_columns_replaces_the_proposal() {
    let bridge = bridge(|_| {}).await;
    let mut params = table(TABLE);
    params["columns"] = json!([{"role": "text", "column": "Who"}, {"role": "counterparty-name", "column": "Details"},
                               {"role": "balance", "column": ""}]);
    params["bank"] = json!("Savings Bank");
    let proposal = bridge.call("bank.propose_preset", params.clone()).await;
    assert_eq!(
        roles(&proposal)[1..],
        [("Details", "counterparty-name"), ("Who", "text"), ("Moved", "amount"), ("After", "-")]
    );
    let preset = proposal["preset"].as_str().unwrap();
    assert!(preset.contains("Savings Bank"), "{preset}");

    // The text reads the table.
    let mut parse = table(TABLE);
    parse["preset"] = json!(preset);
    let parsed = bridge.call("bank.parse", parse).await;
    assert_eq!(parsed["statements"][0]["lines"][1]["counterparty"]["name"], "Advance electricity");

    params["columns"] = json!([{"role": "colour", "column": "Who"}]);
    assert_eq!(
        bridge.fail("bank.propose_preset", params.clone()).await["data"]["args"]["path"],
        "columns.role"
    );
    params["columns"] = json!([{"role": "text", "column": "Nowhere"}]);
    assert_eq!(bridge.fail("bank.propose_preset", params).await["data"]["code"], "BB-3605");
    assert_eq!(bridge.fail("bank.propose_preset", table("Dear customer\n")).await["data"]["code"], "BB-3603");
}

#[tokio::test]
async fn what_a_table_leaves_open_is_said() {
    let bridge = bridge(|_| {}).await;
    let open = "Posted;Details;Moved\n01/02/2026;One;1,50\n03/04/2026;Two;-2,25\n";
    let mut params = table(open);
    let proposal = bridge.call("bank.propose_preset", params.clone()).await;
    assert_eq!(proposal["date_order_open"], true, "{proposal}");
    params["date_order"] = json!("dmy");
    let said = bridge.call("bank.propose_preset", params).await;
    assert!(said["preset"].as_str().unwrap().contains("dates = \"dmy\""), "{said}");
}
