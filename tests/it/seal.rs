//! Sealed state opens only where it was made, unchanged, with a key that the bridge has.

use bank_bridge::errors::{Code, Result};
use bank_bridge::seal::{Binding, Purpose, Sealer, SealingKey};
use proptest::prelude::*;
use serde_json::{Value, json};

const DATABASE: &str = "6f1e4c1a-0000-4000-8000-000000000001";

fn sealer(keys: &[u8]) -> Sealer {
    Sealer::new(keys.iter().map(|byte| SealingKey::new(Box::new([*byte; 32]))).collect()).unwrap()
}

fn open(sealer: &Sealer, text: &str) -> Result<Value> {
    sealer.open(Purpose::Registration, Binding::database(DATABASE), text)
}

fn sealed(sealer: &Sealer) -> String {
    let value = json!({"api_key": "marker-of-a-key", "number": 7});
    sealer.seal(Purpose::Registration, Binding::database(DATABASE), &value).unwrap()
}

fn refused(outcome: Result<Value>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::SEAL_BROKEN);
    assert!(!format!("{error:?}").contains("marker"), "{error:?}");
}

#[test]
fn a_sealed_text_shows_its_key_and_nothing_else() {
    let sealer = sealer(&[1]);
    let text = sealed(&sealer);
    // SHA-256 of 32 bytes 01.
    assert!(text.starts_with("bb1.72cd6e84."), "{text}");
    assert!(text.split('.').nth(2).unwrap().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    assert!(!text.contains("marker"));
    assert_ne!(text, sealed(&sealer), "each has its own nonce");
    assert_eq!(open(&sealer, &text).unwrap()["number"], 7);
}

#[test]
fn it_opens_only_for_its_purpose_database_and_connection() {
    let sealer = sealer(&[1]);
    let value = json!({"cursor": "marker"});
    let bindings = [
        Binding::database(DATABASE),
        Binding::database("another"),
        Binding::connection(DATABASE, "1"),
        Binding::connection(DATABASE, ""),
        Binding::connection(DATABASE, "2"),
        Binding::connection("another", "1"),
    ];
    let places: Vec<_> = [Purpose::Registration, Purpose::Connection]
        .into_iter()
        .flat_map(|purpose| bindings.map(|binding| (purpose, binding)))
        .collect();
    for (number, (purpose, binding)) in places.iter().enumerate() {
        let text = sealer.seal(*purpose, *binding, &value).unwrap();
        for (other, (purpose, binding)) in places.iter().enumerate() {
            let outcome = sealer.open::<Value>(*purpose, *binding, &text);
            if number == other { assert_eq!(outcome.unwrap(), value) } else { refused(outcome) }
        }
    }
}

#[test]
fn keys_rotate() {
    let (old, both, new) = (sealer(&[1]), sealer(&[2, 1]), sealer(&[2]));
    let before = sealed(&old);
    assert!(open(&both, &before).is_ok(), "the old key still opens");
    let after = sealed(&both);
    assert!(open(&new, &after).is_ok(), "the new key seals");
    refused(open(&old, &after));
    refused(open(&new, &before));
}

#[test]
fn keys_are_read_from_base64_of_any_kind() {
    let standard = "//////////////////////////////////////////8=";
    let url_safe = "__________________________________________8";
    let ids: Vec<_> = [standard, url_safe, &format!(" {standard}\n")]
        .iter()
        .map(|text| SealingKey::from_base64("main", text).unwrap().id().to_owned())
        .collect();
    assert!(ids.iter().all(|id| id.len() == 8 && *id == ids[0]), "{ids:?}");
    for wrong in ["", "marker", "////", &standard[4..], &format!("AAAA{standard}")] {
        let error = SealingKey::from_base64("main", wrong).unwrap_err();
        assert_eq!(error.code(), Code::SEALING_KEY_INVALID);
        assert!(!error.to_string().contains("marker") && error.to_string().contains("main"));
    }
    assert_eq!(Sealer::new(Vec::new()).unwrap_err().code(), Code::CONFIGURATION_MISSING);
}

#[test]
fn keys_do_not_show() {
    let shown = format!("{:?}", Sealer::new(vec![SealingKey::new(Box::new([0xab; 32]))]).unwrap());
    assert!(!shown.contains("171") && !shown.contains("abab"), "{shown}");
    let (one, other) = (SealingKey::generate().unwrap(), SealingKey::generate().unwrap());
    assert_ne!(one.id(), other.id());
}

#[test]
fn a_state_that_this_version_does_not_know_is_refused() {
    let sealer = sealer(&[1]);
    let text = sealed(&sealer);
    let typed = sealer.open::<Vec<u8>>(Purpose::Registration, Binding::database(DATABASE), &text);
    refused(typed.map(Value::from));
    refused(open(&sealer, &format!("bb1.72cd6e84.{}", "A".repeat(1 << 20))));
}

proptest! {
    #[test]
    fn no_flipped_bit_opens(byte in 0_usize..120, bit in 0_u8..7) {
        let sealer = sealer(&[1]);
        let mut text = sealed(&sealer).into_bytes();
        let place = byte % text.len();
        text[place] ^= 1 << bit;
        refused(open(&sealer, &String::from_utf8(text).unwrap()));
    }

    #[test]
    fn no_shortened_text_opens(length in 0_usize..100) {
        let sealer = sealer(&[1]);
        let text = sealed(&sealer);
        refused(open(&sealer, &text[..length.min(text.len() - 1)]));
    }

    #[test]
    fn no_other_text_opens_or_panics(text in "(bb1\\.72cd6e84\\.)?[A-Za-z0-9_.-]{0,80}|\\PC{0,40}") {
        refused(open(&sealer(&[1]), &text));
    }

    #[test]
    fn whatever_is_sealed_comes_back(text in "\\PC{0,2000}", uuid in "\\PC{0,40}", connection in "\\PC{0,20}") {
        let sealer = sealer(&[3, 1]);
        let binding = Binding::connection(&uuid, &connection);
        let sealed = sealer.seal(Purpose::Connection, binding, &text).unwrap();
        prop_assert_eq!(sealer.open::<String>(Purpose::Connection, binding, &sealed).unwrap(), text);
    }
}
